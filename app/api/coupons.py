"""Coupons: a member sees hers; a till asks what one takes off, and uses it for an order, once."""

from apiflask import APIBlueprint
from sqlalchemy.orm import Session

from app import whereabouts
from app.api import callers, outcomes, partners, refusals
from app.api.callers import caller, member_of, siyu
from app.api.coupon_shapes import (
    Basket,
    CouponTerms,
    CouponUse,
    CouponUsed,
    MyCoupon,
    MyCoupons,
    Priced,
    State,
)
from app.api.refusals import RefusedRequest
from app.api.shapes import Accepted
from app.domain.loyalty.spending import baskets, coupon_uses, coupons
from app.domain.loyalty.spending.coupon_terms import CouponKind
from app.domain.loyalty.spending.coupons import CODE_CHARS, LETTERS, Coupon, MemberCoupon
from app.domain.people import members
from app.reviewing import ends

MINE_MAX = 200
blueprint = APIBlueprint("api_coupons", __name__, tag="coupons")


@blueprint.get("/me/coupons")
@blueprint.auth_required(callers.bearer)
@blueprint.output(MyCoupons)
@blueprint.doc(
    operation_id="my_coupons", responses=refusals.named("not_logged_in", "not_signed_up")
)
def my_coupons() -> MyCoupons:
    """我的优惠券 · My coupons

    最近发的在前。The last one issued comes first.
    """
    house = siyu()
    with house.database.reading() as session:
        member = member_of(session, caller())
        rows = coupons.of_member(session, member.id, MINE_MAX)
    return MyCoupons(coupons=[_mine(held, coupon) for held, coupon in rows])


@blueprint.post("/coupons/<code>/price")
@blueprint.auth_required(partners.bearer)
@blueprint.input(Basket)
@blueprint.output(Priced)
@blueprint.doc(
    operation_id="price_coupon",
    responses=refusals.named(
        *("bad_request", "not_logged_in", "unknown_coupon", "coupon_used", "coupon_expired"),
        *("coupon_not_hers", "too_large", "fields", "too_many"),
    ),
)
def price_coupon(code: str, json_data: Basket) -> Priced:
    """优惠券试算 · What a coupon takes off

    只算不用，问多少次都一样。Nothing is used, however often it is asked.
    """
    partners.partner()
    with siyu().database.reading() as session:
        held = _held(session, code)
        if held.used_at is not None:
            raise RefusedRequest("coupon_used")
        _check_usable(session, held)
        terms = session.get_one(Coupon, held.coupon_id).terms
    lines = [
        baskets.Line(one.sku, one.quantity, one.amount_fen, one.category) for one in json_data.lines
    ]
    off = baskets.price(terms, lines, json_data.source)
    whole_fen = sum(line.amount_fen for line in lines)
    return Priced(
        code=held.code,
        discount_fen=off.total_fen,
        payable_fen=whole_fen - off.total_fen,
        line_fen=list(off.line_fen),
        why_not=off.why_not,
    )


@blueprint.post("/coupons/<code>/use")
@blueprint.auth_required(partners.bearer)
@blueprint.input(CouponUse)
@blueprint.output(CouponUsed)
@blueprint.doc(
    operation_id="use_coupon",
    responses=refusals.named(
        *("bad_request", "not_logged_in", "unknown_coupon", "coupon_used", "coupon_expired"),
        *("coupon_not_hers", "too_large", "fields", "too_many", "not_handled"),
    )
    | {202: outcomes.LATER_DESCRIBED},
)
def use_coupon(code: str, json_data: CouponUse) -> CouponUsed | tuple[Accepted, int]:
    """核销优惠券 · Use a coupon

    一张券只能用于一张订单；同一订单重发结果相同。One order can have it; the same order again has
    the same answer.
    """
    by = partners.partner()
    source, order_no = json_data.source, json_data.order_no
    with siyu().database.reading() as session:
        held = _held(session, code)
        if held.used_at is not None and (held.used_source, held.used_order_no) != (
            source,
            order_no,
        ):
            raise RefusedRequest("coupon_used")
        _check_usable(session, held)
        subject = whereabouts.of(session, held.member_id).subject
    handled = partners.keep(
        by,
        key=coupon_uses.use_key(held),
        kind="coupon_used",
        subject=subject,
        fields={
            "code": held.code,
            "coupon_id": held.coupon_id,
            "source": source,
            "order_no": order_no,
        },
        member_id=held.member_id,
        happened_at=siyu().clock(),
        contradiction="coupon_used",
    )
    if not handled:
        return outcomes.LATER, 202
    with siyu().database.reading() as session:
        held = _held(session, code)
        return _used(held, session.get_one(Coupon, held.coupon_id))


def _held(session: Session, code: str) -> MemberCoupon:
    """Raises RefusedRequest."""
    written = code.strip().upper()
    is_code = len(written) == CODE_CHARS and set(written) <= set(LETTERS)
    held = coupons.by_code(session, written) if is_code else None
    if held is None:
        raise RefusedRequest("unknown_coupon")
    return held


def _check_usable(session: Session, held: MemberCoupon) -> None:
    """Raises RefusedRequest for one that is past its day, or not for her tier. One that this order
    has used stays its own."""
    if held.used_at is not None:
        return
    if coupons.has_expired(held, siyu().clock()):
        raise RefusedRequest("coupon_expired")
    holder, house = members.get(session, held.member_id), siyu()
    tier = ends.tier_of(session, holder, house.programme, house.clock())
    if not coupon_uses.is_for(session.get_one(Coupon, held.coupon_id), tier.id if tier else None):
        raise RefusedRequest("coupon_not_hers")


def _mine(held: MemberCoupon, coupon: Coupon) -> MyCoupon:
    house = siyu()
    return MyCoupon(
        **_terms(coupon).model_dump(),
        code=held.code,
        state=_state(held),
        issued_at=held.issued_at,
        expires_at=held.expires_at,
        used_at=held.used_at,
        url=house.programme.coupon_url(held.code),
    )


def _state(held: MemberCoupon) -> State:
    if held.used_at is not None:
        return "used"
    if held.voided_at is not None:
        return "taken_back"
    return "expired" if coupons.has_expired(held, siyu().clock()) else "usable"


def _used(held: MemberCoupon, coupon: Coupon) -> CouponUsed:
    if held.used_at is None or held.used_source is None or held.used_order_no is None:
        raise RefusedRequest("not_handled")
    return CouponUsed(
        **_terms(coupon).model_dump(),
        code=held.code,
        source=held.used_source,
        order_no=held.used_order_no,
        used_at=held.used_at,
    )


def _terms(coupon: Coupon) -> CouponTerms:
    return CouponTerms(
        name=coupon.name,
        kind=CouponKind(coupon.kind),
        amount_fen=coupon.amount_fen,
        percent=coupon.percent,
        threshold_fen=coupon.threshold_fen,
        nth=coupon.nth,
        times=coupon.times,
        gift_sku=coupon.gift_sku,
        gift_name=coupon.gift_name,
        scope=coupon.terms.scope.as_json(),
    )
