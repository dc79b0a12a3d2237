"""Coupons 优惠券: what they are worth, how many there are, and which member holds which.

What it takes off is in ``coupon_terms`` and reckoned by ``baskets``; ``coupon_uses`` is what
becomes of one at a till. What was issued keeps its terms: only the name, the stock, the limit and
the time a coupon is good for may be changed, for what is issued from then on. A member's coupon has
a code that cannot be guessed and a key from the business fact that brought it, such as
``coupon:plan:{plan}:{member}:{step}``.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once, partial_index
from app.domain.loyalty.entries import Cause
from app.domain.loyalty.spending import coupon_terms
from app.domain.loyalty.spending.coupon_terms import BadTerms, CouponKind, Scope, Terms

LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # none that is taken for another
CODE_CHARS = 16  # 80 bits


class NoneLeft(Exception):
    """The coupon is closed, past its day, or all of its stock has been issued."""


class TooManyForHer(Exception):
    """She has had as many of this coupon as one member may."""


class Coupon(Base):
    """Good for ``valid_days`` from its issue, or until ``valid_until``, whichever ends first.
    Without ``stock`` there is no end of them. Only members of ``tier_ids`` may use it, if there are
    any. One that ``comes_back`` does so when its order has been paid back in full."""

    __tablename__ = "coupons"
    __table_args__ = (
        sa.CheckConstraint("stock IS NULL OR issued <= stock", name="issued_within_stock"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    amount_fen: Mapped[int | None]
    percent: Mapped[int | None]
    threshold_fen: Mapped[int] = mapped_column(default=0)
    nth: Mapped[int | None]
    times: Mapped[int | None]
    gift_sku: Mapped[str | None]
    gift_name: Mapped[str | None]
    scope: Mapped[dict[str, Any] | None]
    tier_ids: Mapped[list[Any] | None]
    comes_back: Mapped[bool] = mapped_column(default=False, server_default=sa.text("false"))
    valid_days: Mapped[int | None]
    valid_until: Mapped[datetime | None]
    stock: Mapped[int | None]
    per_member: Mapped[int | None]
    issued: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    @property
    def terms(self) -> Terms:
        return Terms(
            CouponKind(self.kind),
            amount_fen=self.amount_fen,
            percent=self.percent,
            threshold_fen=self.threshold_fen,
            nth=self.nth,
            times=self.times,
            gift_sku=self.gift_sku,
            scope=Scope.of(self.scope),
        )


class MemberCoupon(Base):
    """``came_back``: how often it came back after a use. ``voided_at``: it was taken back, and is
    good for nothing."""

    __tablename__ = "member_coupons"
    __table_args__ = (
        sa.Index("ix_member_coupons_member_id", "member_id", "issued_at"),
        sa.Index("ix_member_coupons_coupon_id", "coupon_id", "member_id"),
        partial_index(
            "ix_member_coupons_order",
            "used_order_no IS NOT NULL",
            *("used_source", "used_order_no"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    coupon_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("coupons.id"))
    member_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("members.id"))
    code: Mapped[str] = mapped_column(unique=True)
    key: Mapped[str] = mapped_column(unique=True)
    rule: Mapped[str]
    rule_version: Mapped[int | None]
    event_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("inbox.id"))
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    used_source: Mapped[str | None]
    used_order_no: Mapped[str | None]
    came_back: Mapped[int] = mapped_column(default=0, server_default="0")
    voided_at: Mapped[datetime | None]


def draft(
    session: Session, *, kind: str, threshold_fen: int = 0, now: datetime, **terms: Any
) -> Coupon:
    """A new coupon; ``terms`` are its other columns. Raises BadTerms."""
    worth = {"kind": CouponKind(kind), "threshold_fen": threshold_fen}
    coupon = Coupon(created_at=now, issued=0, **worth, **terms)
    coupon_terms.check(coupon.terms)
    session.add(coupon)
    session.flush()
    return coupon


def change(
    session: Session,
    coupon: Coupon,
    *,
    name: str,
    valid_days: int | None,
    valid_until: datetime | None,
    stock: int | None,
    per_member: int | None,
) -> None:
    """What holds for coupons issued from now on. The caller has locked it. Raises BadTerms."""
    if stock is not None and stock < coupon.issued:
        raise BadTerms("stock")
    coupon.name, coupon.valid_days, coupon.valid_until = name, valid_days, valid_until
    coupon.stock, coupon.per_member = stock, per_member
    session.flush()


def close(coupon: Coupon, now: datetime) -> None:
    """No more are issued; those that were stay good."""
    coupon.closed_at = coupon.closed_at or now


def issue(
    session: Session, member_id: int, coupon_id: int, *, key: str, cause: Cause, now: datetime
) -> MemberCoupon | None:
    """Gives the member one, once for each ``key``; None when this very one was given before.

    Counting it down locks the coupon until the transaction ends, so nobody gets one too many. The
    caller holds the member. Raises NoneLeft and TooManyForHer, in which case nothing has happened.
    """
    with session.begin_nested():
        values = row_of(member_id, coupon_id, key, cause, now)
        issued_id = insert_once(session, MemberCoupon, values, unique=["key"])
        if issued_id is None:
            return None
        coupon = _count_down(session, coupon_id, now)
        if (
            coupon.per_member is not None
            and _had(session, coupon_id, member_id) > coupon.per_member
        ):
            raise TooManyForHer(f"{coupon.name}: {coupon.per_member}")
        issued = session.get_one(MemberCoupon, issued_id)
        issued.expires_at = expiry_of(coupon, now)
        session.flush()
        return issued


def has_expired(held: MemberCoupon, now: datetime) -> bool:
    """Its day is past, or it was taken back."""
    is_past = held.expires_at is not None and held.expires_at <= now
    return held.used_at is None and (is_past or held.voided_at is not None)


def by_code(session: Session, code: str, *, lock: bool = False) -> MemberCoupon | None:
    wanted = sa.select(MemberCoupon).where(MemberCoupon.code == code)
    if lock:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    return session.scalar(wanted)


def of_member(
    session: Session, member_id: int, limit: int
) -> Sequence[sa.Row[MemberCoupon, Coupon]]:
    """Hers with what each is, the last issued first."""
    return session.execute(
        sa.select(MemberCoupon, Coupon)
        .join(Coupon, Coupon.id == MemberCoupon.coupon_id)
        .where(MemberCoupon.member_id == member_id)
        .order_by(MemberCoupon.issued_at.desc(), MemberCoupon.id.desc())
        .limit(limit)
    ).all()


def all_of(session: Session) -> Sequence[Coupon]:
    order = (Coupon.closed_at.is_not(None), Coupon.id.desc())
    return session.scalars(sa.select(Coupon).order_by(*order)).all()


def on_offer(session: Session) -> Sequence[Coupon]:
    """Those that may still be issued."""
    return [one for one in all_of(session) if one.closed_at is None]


def used_counts(session: Session) -> dict[int, int]:
    """By coupon: how many have been used."""
    rows = session.execute(
        sa.select(MemberCoupon.coupon_id, sa.func.count())
        .where(MemberCoupon.used_at.is_not(None))
        .group_by(MemberCoupon.coupon_id)
    )
    return {coupon_id: count for coupon_id, count in rows}  # noqa: C416  rows, not pairs


def new_code() -> str:
    """One that cannot be guessed."""
    return "".join(secrets.choice(LETTERS) for _ in range(CODE_CHARS))


def row_of(member_id: int, coupon_id: int, key: str, cause: Cause, now: datetime) -> dict[str, Any]:
    """What is kept of one that is issued now; it gets its day of expiry from ``expiry_of``."""
    return {
        "coupon_id": coupon_id,
        "member_id": member_id,
        "code": new_code(),
        "key": key,
        "rule": cause.rule,
        "rule_version": cause.rule_version,
        "event_id": cause.event_id,
        "issued_at": now,
    }


def expiry_of(coupon: Coupon, now: datetime) -> datetime | None:
    """When one that is issued now stops being good; None is never."""
    after = now + timedelta(days=coupon.valid_days) if coupon.valid_days else None
    return min((at for at in (after, coupon.valid_until) if at is not None), default=None)


def _count_down(session: Session, coupon_id: int, now: datetime) -> Coupon:
    left = sa.or_(Coupon.stock.is_(None), Coupon.issued < Coupon.stock)
    not_past = sa.or_(Coupon.valid_until.is_(None), Coupon.valid_until > now)
    counted = session.scalar(
        sa.update(Coupon)
        .where(Coupon.id == coupon_id, Coupon.closed_at.is_(None), left, not_past)
        .values(issued=Coupon.issued + 1)
        .returning(Coupon)
        .execution_options(populate_existing=True)
    )
    if counted is None:
        raise NoneLeft(str(coupon_id))
    return counted


def _had(session: Session, coupon_id: int, member_id: int) -> int:
    hers = sa.select(sa.func.count()).where(
        MemberCoupon.coupon_id == coupon_id,
        MemberCoupon.member_id == member_id,
        MemberCoupon.voided_at.is_(None),
    )
    return session.scalar(hers) or 0
