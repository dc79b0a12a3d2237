"""Blind boxes 盲盒: an order over an amount brings a draw of a lottery.

Rules say from when until when, in which shop, from how much on, and which lottery. Of the rules
that an order meets each brings one draw, under ``box:{rule}:{order}``; what a draw brought is taken
back when the order has been paid back in full, unless it has been handed over for good.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id
from app.domain import once
from app.domain.loyalty.entries import Cause
from app.domain.loyalty.orders import Order
from app.domain.loyalty.spending import drawing, draws, handovers, lotteries
from app.domain.loyalty.spending.draws import Draw
from app.domain.vault import Vault


class BlindBoxRule(Base):
    """Orders paid from ``begins_at`` until before ``ends_at`` count; without a ``source``, those of
    every shop."""

    __tablename__ = "blind_box_rules"
    __table_args__ = (sa.Index("ix_blind_box_rules_ends_at", "ends_at"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str]
    lottery_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("lotteries.id"))
    source: Mapped[str | None]
    amount_min_fen: Mapped[int]
    begins_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class BadRule(ValueError):
    """The rule contradicts itself; the text names the field."""


def make(session: Session, *, now: datetime, **terms: Any) -> BlindBoxRule:
    """A new rule; ``terms`` are its other columns. Raises BadRule."""
    rule = BlindBoxRule(created_at=now, **terms)
    if rule.amount_min_fen <= 0:
        raise BadRule("amount_min_fen")
    if rule.ends_at <= rule.begins_at:
        raise BadRule("ends_at")
    session.add(rule)
    session.flush()
    return rule


def close(rule: BlindBoxRule, now: datetime) -> None:
    rule.closed_at = rule.closed_at or now


def give(
    session: Session, order: Order, vault: Vault, *, event_id: int | None, now: datetime
) -> list[Draw]:
    """The draws that an order of a member brings; each once, however often it is looked at."""
    if order.member_id is None:
        return []
    given = [
        _draw(session, rule, order, order.member_id, vault, event_id, now)
        for rule in _met_by(session, order)
    ]
    return [one for one in given if one is not None]


def take_back(session: Session, order: Order, *, event_id: int | None, now: datetime) -> list[Draw]:
    """After an order has been paid back in full. Returns the draws whose prizes are taken back."""
    if order.refunded_fen < order.amount_fen:
        return []
    known = once.read(session, all_of, BlindBoxRule)
    drawn = [draws.by_key(session, _key(rule.id, order)) for rule in known]
    return [
        one
        for one in drawn
        if one is not None and drawing.take_back(session, one, event_id=event_id, now=now)
    ]


def all_of(session: Session) -> Sequence[BlindBoxRule]:
    order = (BlindBoxRule.closed_at.is_not(None), BlindBoxRule.id.desc())
    return session.scalars(sa.select(BlindBoxRule).order_by(*order)).all()


def _met_by(session: Session, order: Order) -> Sequence[BlindBoxRule]:
    left_fen = order.amount_fen - order.refunded_fen
    return [
        rule
        for rule in once.read(session, _open, BlindBoxRule)
        if rule.begins_at <= order.paid_at < rule.ends_at
        and rule.amount_min_fen <= left_fen
        and rule.source in (None, order.source)
    ]


def _open(session: Session) -> Sequence[BlindBoxRule]:
    unclosed = sa.select(BlindBoxRule).where(BlindBoxRule.closed_at.is_(None))
    return session.scalars(unclosed.order_by(BlindBoxRule.id)).all()


def _draw(
    session: Session,
    rule: BlindBoxRule,
    order: Order,
    member_id: int,
    vault: Vault,
    event_id: int | None,
    now: datetime,
) -> Draw | None:
    """None when it was drawn before, or the lottery is not running."""
    lottery = lotteries.lock(session, rule.lottery_id)
    if not lottery.is_running:
        return None
    cause = Cause(f"blind_box:{rule.id}", None, event_id)
    key = _key(rule.id, order)
    drawn = draws.draw(session, lottery, member_id, vault, key=key, cause=cause, now=now)
    if drawn is not None:
        handovers.win(session, drawn, vault, now)
    return drawn


def _key(rule_id: int, order: Order) -> str:
    return f"box:{rule_id}:{order.id}"
