"""Lotteries 抽奖: their prizes, their odds, and who may draw when.

A lottery is drafted, opened and closed. From its opening its prizes, odds and stocks are fixed, and
the hash of its seed is published; with its closing the seed is. A prize brings points, a reward, or
nothing; one that is out of stock falls to the consolation prize, which has no end. Members draw for
points or freely so many times a day; a lottery with neither is drawn by blind boxes alone.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id
from app.domain.loyalty.spending import odds, prizes, windows
from app.domain.loyalty.spending.prizes import Offered
from app.domain.loyalty.spending.windows import Window
from app.domain.vault import Vault

SEED_BYTES = 32
WORD_MAX = 20


class BadLottery(ValueError):
    """What it says contradicts itself; the text names the field."""


class NotADraft(Exception):
    """It was opened, so nothing about its prizes can change any more."""


class Why(StrEnum):
    """Why she cannot draw at present."""

    NOT_ON_OFFER = "not_on_offer"
    NOT_OPEN = "not_open"
    OTHER_TIER = "other_tier"
    HAD_ENOUGH = "had_enough"
    HAD_ENOUGH_TODAY = "had_enough_today"
    TOO_FEW_POINTS = "too_few_points"


class Lottery(Base):
    """``points`` is the price of a draw, None where points buy none. ``drawn`` is the number of the
    last draw. ``seed`` is there in hexadecimal once the lottery has closed."""

    __tablename__ = "lotteries"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str]
    intro: Mapped[str]
    word: Mapped[str | None]  # said in a chat, it is a draw
    points: Mapped[int | None]
    free_per_day: Mapped[int]
    per_day: Mapped[int | None]
    per_member: Mapped[int | None]
    tier_ids: Mapped[list[Any]]
    windows: Mapped[list[Any]]
    begins_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    sealed_seed: Mapped[bytes | None]
    commitment: Mapped[str | None]
    seed: Mapped[str | None]
    drawn: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    @property
    def is_for_members(self) -> bool:
        return self.points is not None or self.free_per_day > 0

    @property
    def is_running(self) -> bool:
        return self.opened_at is not None and self.closed_at is None


@dataclass(frozen=True, slots=True)
class Hers:
    """What decides about one member: her draws in all, today, and those of today that were free."""

    tier_id: int | None
    points: int
    drawn: int
    drawn_today: int
    free_today: int


def draft(session: Session, offered: Sequence[Offered], *, now: datetime, **terms: Any) -> Lottery:
    """A new lottery; ``terms`` are its other columns. Raises BadLottery, BadPrizes."""
    lottery = Lottery(drawn=0, created_at=now, **terms)
    _check(lottery)
    session.add(lottery)
    session.flush()
    prizes.put(session, lottery.id, offered)
    return lottery


def change(session: Session, lottery: Lottery, offered: Sequence[Offered], **terms: Any) -> None:
    """The caller has locked it. Raises BadLottery, BadPrizes, and NotADraft once it is open."""
    if lottery.opened_at is not None:
        raise NotADraft(lottery.name)
    for name, value in terms.items():
        setattr(lottery, name, value)
    _check(lottery)
    prizes.put(session, lottery.id, offered)


def open_to_all(session: Session, lottery: Lottery, vault: Vault, now: datetime) -> None:
    """Draws its seed and publishes the hash; again it changes nothing. The caller has locked it.
    Raises BadPrizes."""
    if lottery.opened_at is not None:
        return
    prizes.check(prizes.of(session, lottery.id))
    seed = secrets.token_bytes(SEED_BYTES)
    lottery.sealed_seed = vault.seal(seed.hex(), context=_context(lottery))
    lottery.commitment = odds.commitment(seed)
    lottery.opened_at = now
    session.flush()


def close(lottery: Lottery, vault: Vault, now: datetime) -> None:
    """Nobody draws any more, and the seed is told; again it changes nothing. The caller has locked
    it. Raises NotADraft for one that was never open."""
    if lottery.opened_at is None:
        raise NotADraft(lottery.name)
    if lottery.closed_at is None:
        lottery.seed, lottery.closed_at = seed_of(lottery, vault).hex(), now


def seed_of(lottery: Lottery, vault: Vault) -> bytes:
    """Of one that was opened."""
    assert lottery.sealed_seed is not None, "it has a seed from its opening on"
    return bytes.fromhex(vault.open(lottery.sealed_seed, context=_context(lottery)))


def why_not(lottery: Lottery, hers: Hers, zone: ZoneInfo, now: datetime) -> Why | None:
    """The first thing that stands between her and a draw; None when she can have one."""
    if not lottery.is_running or not lottery.is_for_members:
        return Why.NOT_ON_OFFER
    if not is_open(lottery, zone, now):
        return Why.NOT_OPEN
    if lottery.tier_ids and hers.tier_id not in lottery.tier_ids:
        return Why.OTHER_TIER
    if lottery.per_member is not None and hers.drawn >= lottery.per_member:
        return Why.HAD_ENOUGH
    if lottery.per_day is not None and hers.drawn_today >= lottery.per_day:
        return Why.HAD_ENOUGH_TODAY
    if hers.free_today < lottery.free_per_day:
        return None
    if lottery.points is None:
        return Why.HAD_ENOUGH_TODAY
    return Why.TOO_FEW_POINTS if hers.points < lottery.points else None


def is_open(lottery: Lottery, zone: ZoneInfo, now: datetime) -> bool:
    has_begun = lottery.begins_at is None or lottery.begins_at <= now
    has_ended = lottery.ends_at is not None and lottery.ends_at <= now
    spans = [Window.of(written) for written in lottery.windows]
    return has_begun and not has_ended and windows.is_open(spans, now, zone)


def lock(session: Session, lottery_id: int) -> Lottery:
    """One that is there. Until the transaction ends nobody else draws."""
    return session.get_one(Lottery, lottery_id, with_for_update=True, populate_existing=True)


def all_of(session: Session) -> Sequence[Lottery]:
    return session.scalars(sa.select(Lottery).order_by(Lottery.id.desc())).all()


def running(session: Session) -> Sequence[Lottery]:
    """Those that members can draw, as far as they are open."""
    return _running(session)


def spoken(session: Session, said: str) -> Lottery | None:
    """The running one that this word draws, the newest of several."""
    if not 0 < len(said) <= WORD_MAX:
        return None  # most of what is said
    return next((one for one in _running(session, Lottery.word == said)), None)


def _running(session: Session, *where: sa.ColumnElement[bool]) -> list[Lottery]:
    open_ones = (Lottery.opened_at.is_not(None), Lottery.closed_at.is_(None), *where)
    found = session.scalars(sa.select(Lottery).where(*open_ones).order_by(Lottery.id.desc()))
    return [one for one in found if one.is_for_members]


def _check(lottery: Lottery) -> None:
    for name in ("points", "per_day", "per_member"):
        if getattr(lottery, name) is not None and getattr(lottery, name) < 1:
            raise BadLottery(name)
    if lottery.free_per_day < 0:
        raise BadLottery("free_per_day")
    if lottery.begins_at and lottery.ends_at and lottery.ends_at <= lottery.begins_at:
        raise BadLottery("ends_at")
    for written in lottery.windows:
        Window.of(written)


def _context(lottery: Lottery) -> str:
    return f"lottery:{lottery.id}:seed"
