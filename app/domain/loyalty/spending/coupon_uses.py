"""What becomes of a member's coupon: used for an order, come back with its refund, taken back.

Events: ``coupon_used`` under ``use_key`` with the fields ``code``, ``coupon_id``, ``source`` and
``order_no``: one order can have it, whoever asks first.
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.loyalty.spending import coupons
from app.domain.loyalty.spending.coupons import Coupon, MemberCoupon


class NotUsable(Exception):
    """The coupon has expired, was taken back, or was used for another order."""


def use_key(held: MemberCoupon) -> str:
    """Of the present use, or the next one: each time it comes back, it may be used anew."""
    again = f":{held.came_back}" if held.came_back else ""
    return f"coupon_used:{held.code}{again}"


def is_for(coupon: Coupon, tier_id: int | None) -> bool:
    """Whether a holder of this tier may use it."""
    return not coupon.tier_ids or tier_id in coupon.tier_ids


def use(
    session: Session, code: str, *, source: str, order_no: str, used_at: datetime
) -> MemberCoupon:
    """Uses it for an order; again for the same order it is the same use. Raises NotUsable,
    also for a code that nobody holds."""
    held = coupons.by_code(session, code, lock=True)
    if held is None:
        raise NotUsable("unknown")
    if held.used_at is not None:
        if (held.used_source, held.used_order_no) != (source, order_no):
            raise NotUsable("used")
        return held
    if coupons.has_expired(held, used_at):
        raise NotUsable("expired")
    held.used_at, held.used_source, held.used_order_no = used_at, source, order_no
    session.flush()
    return held


def come_back(session: Session, source: str, order_no: str) -> Sequence[MemberCoupon]:
    """After an order was paid back in full: those it has used, as far as they come back, can be
    used again until the day they had. Again it changes nothing. Returns them."""
    rows = session.execute(
        sa.select(MemberCoupon, Coupon)
        .join(Coupon, Coupon.id == MemberCoupon.coupon_id)
        .where(MemberCoupon.used_source == source, MemberCoupon.used_order_no == order_no)
        .where(Coupon.comes_back)
        .with_for_update(of=MemberCoupon)
        .execution_options(populate_existing=True)
    ).all()
    for held, _coupon in rows:
        held.used_at = held.used_source = held.used_order_no = None
        held.came_back += 1
    session.flush()
    return [held for held, _coupon in rows]


def void(session: Session, code: str, now: datetime) -> MemberCoupon:
    """Takes one back that has not been used, and puts it back into the stock; again it changes
    nothing. Raises NotUsable."""
    held = coupons.by_code(session, code, lock=True)
    if held is None or held.used_at is not None:
        raise NotUsable("used" if held else "unknown")
    if held.voided_at is None:
        held.voided_at = now
        put_back = sa.update(Coupon).where(Coupon.id == held.coupon_id)
        session.execute(put_back.values(issued=Coupon.issued - 1))
    session.flush()
    return held
