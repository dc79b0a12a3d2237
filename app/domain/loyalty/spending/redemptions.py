"""Redemptions 兑换记录: what members have redeemed or won, and what became of it.

A redemption has a code, which she shows, and a key from the business fact that made it:
``redeem:{member}:{her own word}``, or ``won:{draw}`` when it was won. It waits to be paid, if money
belongs to the price, then to be fulfilled; both are moments, and so is that it was cancelled. Where
goods go is sealed under ``delivery_context`` of the key.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once, partial_index
from app.domain.loyalty.entries import Cause
from app.domain.loyalty.spending import coupons
from app.domain.loyalty.spending.rewards import Reward

State = Literal["unpaid", "waiting", "fulfilled", "cancelled"]


class Redemption(Base):
    """``points`` and ``money_fen`` are what it cost then. ``paid_source`` and ``paid_order_no``:
    the order with which the money was paid. ``coupon_code`` is what a coupon's reward gave."""

    __tablename__ = "redemptions"
    __table_args__ = (
        sa.Index("ix_redemptions_of_member", "member_id", "redeemed_at"),
        sa.Index("ix_redemptions_of_reward", "reward_id", "id"),
        partial_index("ix_redemptions_open", "fulfilled_at IS NULL AND cancelled_at IS NULL", "id"),
        partial_index(
            "ix_redemptions_unpaid",
            "paid_at IS NULL AND cancelled_at IS NULL AND pay_until IS NOT NULL",
            "pay_until",
        ),
        partial_index(
            "ix_redemptions_order", "paid_order_no IS NOT NULL", "paid_source", "paid_order_no"
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    code: Mapped[str] = mapped_column(unique=True)
    reward_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("rewards.id"))
    reward_version: Mapped[int]
    member_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("members.id"))
    points: Mapped[int]
    money_fen: Mapped[int]
    rule: Mapped[str]
    event_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("inbox.id"))
    sealed_delivery: Mapped[bytes | None]
    redeemed_at: Mapped[datetime]
    pay_until: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]
    paid_source: Mapped[str | None]
    paid_order_no: Mapped[str | None]
    fulfilled_at: Mapped[datetime | None]
    fulfilled_by: Mapped[str | None]
    note: Mapped[str | None]
    coupon_code: Mapped[str | None]
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[str | None]

    @property
    def was_won(self) -> bool:
        return self.points == 0 and self.money_fen == 0

    @property
    def is_due(self) -> bool:
        """Whether the money is still to be paid."""
        return self.pay_until is not None and self.paid_at is None and self.cancelled_at is None

    @property
    def state(self) -> State:
        if self.cancelled_at is not None:
            return "cancelled"
        if self.fulfilled_at is not None:
            return "fulfilled"
        return "unpaid" if self.is_due else "waiting"


def delivery_context(key: str) -> str:
    """Under which the vault seals where the goods of this redemption go."""
    return f"delivery:{key}"


def add(
    session: Session,
    reward: Reward,
    member_id: int,
    *,
    key: str,
    cause: Cause,
    now: datetime,
    **rest: Any,
) -> Redemption | None:
    """Writes one down, once for each key; None when it is there. ``rest`` are other columns; what
    it costs is nothing unless they say so."""
    values = {
        "key": key,
        "code": coupons.new_code(),
        "reward_id": reward.id,
        "reward_version": reward.version,
        "member_id": member_id,
        "points": 0,
        "money_fen": 0,
        "rule": cause.rule,
        "event_id": cause.event_id,
        "redeemed_at": now,
    }
    made = insert_once(session, Redemption, values | rest, unique=["key"])
    return session.get_one(Redemption, made) if made is not None else None


def by_key(session: Session, key: str) -> Redemption | None:
    return session.scalar(sa.select(Redemption).where(Redemption.key == key))


def by_code(session: Session, code: str, *, lock: bool = False) -> Redemption | None:
    wanted = sa.select(Redemption).where(Redemption.code == code)
    if lock:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    return session.scalar(wanted)


def had(
    session: Session, member_id: int, reward_ids: Sequence[int], since: datetime | None = None
) -> dict[int, int]:
    """By reward: how often she has redeemed it, without what was cancelled or won."""
    counted = sa.select(Redemption.reward_id, sa.func.count()).where(
        Redemption.member_id == member_id,
        Redemption.reward_id.in_(reward_ids),
        Redemption.cancelled_at.is_(None),
        sa.or_(Redemption.points > 0, Redemption.money_fen > 0),
    )
    if since is not None:
        counted = counted.where(Redemption.redeemed_at >= since)
    rows = session.execute(counted.group_by(Redemption.reward_id))
    return {reward_id: count for reward_id, count in rows}  # noqa: C416  rows, not pairs


def of_member(session: Session, member_id: int, limit: int) -> Sequence[sa.Row[Redemption, Reward]]:
    """Hers with what each is of, the newest first."""
    return session.execute(
        _with_reward()
        .where(Redemption.member_id == member_id)
        .order_by(Redemption.redeemed_at.desc(), Redemption.id.desc())
        .limit(limit)
    ).all()


def of_order(session: Session, source: str, order_no: str) -> Sequence[Redemption]:
    """Those whose money this order has paid."""
    paid = sa.select(Redemption).where(
        Redemption.paid_source == source, Redemption.paid_order_no == order_no
    )
    return session.scalars(paid.order_by(Redemption.id)).all()


def unpaid(session: Session, limit: int, now: datetime) -> Sequence[Redemption]:
    """Those whose time to be paid is over."""
    due = sa.select(Redemption).where(
        Redemption.paid_at.is_(None),
        Redemption.cancelled_at.is_(None),
        Redemption.pay_until <= now,
    )
    return session.scalars(due.order_by(Redemption.pay_until).limit(limit)).all()


def newest(
    session: Session,
    *,
    reward_id: int | None = None,
    only_open: bool = False,
    before_id: int | None = None,
    limit: int,
) -> Sequence[sa.Row[Redemption, Reward]]:
    wanted = _with_reward().order_by(Redemption.id.desc()).limit(limit)
    if reward_id is not None:
        wanted = wanted.where(Redemption.reward_id == reward_id)
    if only_open:
        wanted = wanted.where(Redemption.fulfilled_at.is_(None), Redemption.cancelled_at.is_(None))
    if before_id is not None:
        wanted = wanted.where(Redemption.id < before_id)
    return session.execute(wanted).all()


def _with_reward() -> sa.Select[Redemption, Reward]:
    return sa.select(Redemption, Reward).join(Reward, Reward.id == Redemption.reward_id)
