"""Rewards 兑换品: what points can be exchanged for, at what price, when and by whom.

A reward is goods that are sent or handed over, a coupon, a code from a list, or a blind box, which
is a draw of a lottery. What it says may be changed at any time, which makes a new version of it;
whoever has redeemed it keeps what held then. One without a price is on no shelf: it is only won.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id
from app.domain.loyalty.spending import windows
from app.domain.loyalty.spending.windows import Window

PAY_WITHIN = timedelta(minutes=30)  # where money belongs to the price


class RewardKind(StrEnum):
    GOODS = "goods"
    COUPON = "coupon"
    CODE = "code"
    BLIND_BOX = "blind_box"


class BadReward(ValueError):
    """What it says contradicts itself; the text names the field."""


class Why(StrEnum):
    """Why she cannot have it at present."""

    NOT_ON_OFFER = "not_on_offer"
    NOT_OPEN = "not_open"
    OTHER_TIER = "other_tier"
    NONE_LEFT = "none_left"
    HAD_ENOUGH = "had_enough"
    HAD_ENOUGH_THIS_MONTH = "had_enough_this_month"
    TOO_FEW_POINTS = "too_few_points"
    NO_ADDRESS = "no_address"


class Reward(Base):
    """``money_fen`` is paid in a shop on top of ``points``. Without ``stock`` there is no end of
    it; ``taken`` is how much of it has gone."""

    __tablename__ = "rewards"
    __table_args__ = (
        sa.CheckConstraint("stock IS NULL OR taken <= stock", name="taken_within_stock"),
        sa.CheckConstraint("taken >= 0", name="taken_not_negative"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str]
    intro: Mapped[str]
    kind: Mapped[str]
    coupon_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("coupons.id"))
    lottery_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("lotteries.id"))
    points: Mapped[int]
    money_fen: Mapped[int]
    stock: Mapped[int | None]
    taken: Mapped[int] = mapped_column(default=0)
    per_member: Mapped[int | None]
    per_month: Mapped[int | None]
    tier_ids: Mapped[list[Any]]
    windows: Mapped[list[Any]]
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    @property
    def has_price(self) -> bool:
        return self.points > 0 or self.money_fen > 0

    @property
    def open_windows(self) -> list[Window]:
        return [Window.of(written) for written in self.windows]

    @property
    def left(self) -> int | None:
        return None if self.stock is None else self.stock - self.taken


@dataclass(frozen=True, slots=True)
class Hers:
    """What decides about one member: how often she had it, in all and this month."""

    tier_id: int | None
    points: int
    had: int
    had_this_month: int


def draft(session: Session, *, kind: str, now: datetime, **terms: Any) -> Reward:
    """A new reward; ``terms`` are its other columns. Raises BadReward."""
    reward = Reward(kind=RewardKind(kind), taken=0, version=1, created_at=now, **terms)
    _check(reward)
    session.add(reward)
    session.flush()
    return reward


def change(session: Session, reward: Reward, **terms: Any) -> None:
    """What holds from now on, all but its kind. The caller has locked it. Raises BadReward."""
    if all(getattr(reward, name) == value for name, value in terms.items()):
        return
    for name, value in terms.items():
        setattr(reward, name, value)
    _check(reward)
    reward.version += 1
    session.flush()


def close(reward: Reward, now: datetime) -> None:
    """Nobody can redeem it any more; what was redeemed stays."""
    reward.closed_at = reward.closed_at or now


def why_not(reward: Reward, hers: Hers, zone: ZoneInfo, now: datetime) -> Why | None:
    """The first thing that stands between her and it; None when she can have it."""
    if reward.closed_at is not None or not reward.has_price:
        return Why.NOT_ON_OFFER
    if not is_open(reward, zone, now):
        return Why.NOT_OPEN
    if reward.tier_ids and hers.tier_id not in reward.tier_ids:
        return Why.OTHER_TIER
    if reward.left == 0:
        return Why.NONE_LEFT
    if reward.per_member is not None and hers.had >= reward.per_member:
        return Why.HAD_ENOUGH
    if reward.per_month is not None and hers.had_this_month >= reward.per_month:
        return Why.HAD_ENOUGH_THIS_MONTH
    return Why.TOO_FEW_POINTS if hers.points < reward.points else None


def is_open(reward: Reward, zone: ZoneInfo, now: datetime) -> bool:
    has_begun = reward.opens_at is None or reward.opens_at <= now
    has_ended = reward.closes_at is not None and reward.closes_at <= now
    return has_begun and not has_ended and windows.is_open(reward.open_windows, now, zone)


def opens_next(reward: Reward, zone: ZoneInfo, now: datetime) -> datetime | None:
    """When it can be had again, or for the first time; None when never."""
    begins = max(now, reward.opens_at) if reward.opens_at else now
    found = windows.next_open(reward.open_windows, begins, zone)
    if found is None or (reward.closes_at is not None and reward.closes_at <= found):
        return None
    return found


def lock(session: Session, reward_id: int) -> Reward:
    """One that is there. Until the transaction ends nobody else counts its stock."""
    return session.get_one(Reward, reward_id, with_for_update=True, populate_existing=True)


def all_of(session: Session) -> Sequence[Reward]:
    order = (Reward.closed_at.is_not(None), Reward.id.desc())
    return session.scalars(sa.select(Reward).order_by(*order)).all()


def on_shelf(session: Session) -> Sequence[Reward]:
    """What has a price and is not closed, the cheapest first."""
    priced = sa.or_(Reward.points > 0, Reward.money_fen > 0)
    wanted = sa.select(Reward).where(Reward.closed_at.is_(None), priced)
    return session.scalars(wanted.order_by(Reward.points, Reward.id)).all()


def _check(reward: Reward) -> None:
    kind = RewardKind(reward.kind)
    if (reward.coupon_id is not None) != (kind is RewardKind.COUPON):
        raise BadReward("coupon_id")
    if (reward.lottery_id is not None) != (kind is RewardKind.BLIND_BOX):
        raise BadReward("lottery_id")
    if reward.stock is not None and reward.stock < reward.taken:
        raise BadReward("stock")
    for name in ("points", "money_fen"):
        if getattr(reward, name) < 0:
            raise BadReward(name)
    for name in ("per_member", "per_month"):
        if getattr(reward, name) is not None and getattr(reward, name) < 1:
            raise BadReward(name)
    if reward.opens_at and reward.closes_at and reward.closes_at <= reward.opens_at:
        raise BadReward("closes_at")
    for written in reward.windows:
        Window.of(written)
