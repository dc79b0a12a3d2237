"""Coupons for many at once: one coupon, a thousand members, a few statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.loyalty.entries import Cause
from app.domain.loyalty.spending import coupons
from app.domain.loyalty.spending.coupons import Coupon, MemberCoupon

NONE_LEFT, TOO_MANY = "coupon_none_left", "coupon_limit"


@dataclass(frozen=True, slots=True)
class Given:
    """By member: the code of what she holds under her key, or why she was given none."""

    codes: Mapping[int, str]
    refused: Mapping[int, str]


def issue(
    session: Session, coupon_id: int, keys: Mapping[int, str], *, cause: Cause, now: datetime
) -> Given:
    """Gives each member of ``keys`` one, once for her key: who was given it before has that one.

    The coupon is locked until the transaction ends, so nobody gets one too many; those who come
    first in ``keys`` get the last of the stock. The caller holds the members.
    """
    coupon = session.get_one(Coupon, coupon_id, with_for_update=True, populate_existing=True)
    codes = _held(session, keys)
    waiting = [member_id for member_id in keys if member_id not in codes]
    too_many = _with_enough(session, coupon, waiting)
    meant = [member_id for member_id in waiting if member_id not in too_many]
    lucky = {one: keys[one] for one in meant[: _left(coupon, len(meant), now)]}
    _hand_out(session, coupon, lucky, cause, now)
    refused = dict.fromkeys(too_many, TOO_MANY) | dict.fromkeys(meant[len(lucky) :], NONE_LEFT)
    return Given(codes | _held(session, lucky), refused)


def _held(session: Session, keys: Mapping[int, str]) -> dict[int, str]:
    """By member, the code of what was issued under her key."""
    rows = session.execute(
        sa.select(MemberCoupon.key, MemberCoupon.code).where(MemberCoupon.key.in_(keys.values()))
    )
    code_of = {key: code for key, code in rows}  # noqa: C416  rows, not pairs
    return {member_id: code_of[key] for member_id, key in keys.items() if key in code_of}


def _with_enough(session: Session, coupon: Coupon, member_ids: Sequence[int]) -> set[int]:
    """Those who have had as many of it as one member may."""
    if coupon.per_member is None or not member_ids:
        return set()
    rows = session.scalars(
        sa.select(MemberCoupon.member_id)
        .where(MemberCoupon.coupon_id == coupon.id, MemberCoupon.member_id.in_(member_ids))
        .where(MemberCoupon.voided_at.is_(None))
        .group_by(MemberCoupon.member_id)
        .having(sa.func.count() >= coupon.per_member)
    )
    return set(rows)


def _left(coupon: Coupon, wanted: int, now: datetime) -> int:
    """How many of as many as are wanted may still be issued."""
    is_past = coupon.valid_until is not None and coupon.valid_until <= now
    if coupon.closed_at is not None or is_past:
        return 0
    return wanted if coupon.stock is None else min(wanted, coupon.stock - coupon.issued)


def _hand_out(
    session: Session, coupon: Coupon, keys: Mapping[int, str], cause: Cause, now: datetime
) -> None:
    expires_at = coupons.expiry_of(coupon, now)
    rows = [
        coupons.row_of(member_id, coupon.id, key, cause, now) | {"expires_at": expires_at}
        for member_id, key in keys.items()
    ]
    if rows:
        session.execute(sa.insert(MemberCoupon), rows)
        coupon.issued += len(rows)
        session.flush()
