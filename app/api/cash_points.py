"""Points as cash on an order: a shop asks what they would pay, reserves them, and then posts or
voids them."""

from datetime import datetime
from typing import Annotated

from apiflask import APIBlueprint
from pydantic import BaseModel, Field, StrictInt
from sqlalchemy.orm import Session

from app import whereabouts
from app.api import asking, orders, outcomes, partners, refusals
from app.api.callers import siyu
from app.api.order_shapes import BuyerNamed, Number, Paid, Source
from app.api.refusals import RefusedRequest
from app.api.reward_shapes import Word
from app.api.shapes import Accepted, Incoming
from app.domain.loyalty import orders as shop_orders
from app.domain.loyalty import points
from app.domain.loyalty.orders import Buyer
from app.domain.loyalty.spending import cash_points, cash_terms
from app.domain.loyalty.spending.cash_points import CashPayment
from app.domain.people.members import Member

blueprint = APIBlueprint("api_cash_points", __name__, tag="partners")
_MAY = ("bad_request", "not_logged_in", "too_large", "fields", "too_many", "not_handled")


class CashQuote(Incoming):
    """一张还没付款的订单 · an order that is not paid yet."""

    member: BuyerNamed
    order_fen: Annotated[
        Paid, Field(description="抵扣前的订单金额 · its price before that, in fen")
    ]


class CashOffer(BaseModel):
    """最多能用多少积分 · how many points she can use."""

    points: int
    amount_fen: int = Field(description="可抵多少分 · what they pay, in fen")
    balance: int
    points_per_yuan: int | None = Field(description="空为不提供 · null: it is not offered")


class CashWish(CashQuote):
    source: Source
    order_no: Number
    key: Word
    points: Annotated[
        StrictInt | None,
        Field(ge=1, le=2**53, description="不填就尽量多用 · left out: as many as may be"),
    ] = None


class CashOrder(Incoming):
    source: Source
    order_no: Number


class CashKept(BaseModel):
    """抵现现在的样子 · the payment as it now stands."""

    source: str
    order_no: str
    points: int
    amount_fen: int
    until: datetime
    posted_at: datetime | None
    voided_at: datetime | None
    given_back: int = Field(description="退款后退回的积分 · points that came back with refunds")


@blueprint.post("/cash-points/quote")
@blueprint.auth_required(partners.bearer)
@blueprint.input(CashQuote)
@blueprint.output(CashOffer)
@blueprint.doc(operation_id="quote_cash_points", responses=refusals.named("unknown_buyer", *_MAY))
def quote(json_data: CashQuote) -> CashOffer:
    """积分抵现试算 · What points would pay

    什么也不动。Nothing is moved.
    """
    partners.partner()
    with siyu().database.reading() as session:
        member = _buyer(session, json_data.member)
        balance = points.balance_of(session, member.id).points
        terms = cash_terms.present(session)
    most = terms.most(balance, json_data.order_fen) if terms else 0
    return CashOffer(
        points=most,
        amount_fen=terms.worth_fen(most) if terms else 0,
        balance=balance,
        points_per_yuan=terms.points_per_yuan if terms else None,
    )


@blueprint.post("/cash-points")
@blueprint.auth_required(partners.bearer)
@blueprint.input(CashWish)
@blueprint.output(CashKept)
@blueprint.doc(
    operation_id="reserve_cash_points",
    responses=refusals.named(
        *("unknown_buyer", "other_content", "not_on_offer", "too_few_points"),
        *("too_many_points", "already_reserved"),
        *_MAY,
    )
    | {202: outcomes.LATER_DESCRIBED},
)
def reserve(json_data: CashWish) -> CashKept | tuple[Accepted, int]:
    """冻结积分 · Reserve points for an order

    一张订单一次；到期没有入账会自动退回。Once for an order; not posted in time, they come back.
    """
    with siyu().database.reading() as session:
        member = _buyer(session, json_data.member)
        subject = whereabouts.of(session, member.id).subject
    fields = {
        "source": json_data.source,
        "order_no": json_data.order_no,
        "order_fen": json_data.order_fen,
        "points": json_data.points,
    }
    key = f"cash_asked:{json_data.source}:{json_data.order_no}:{json_data.key}"
    return _told(json_data, "cash_asked", key, fields, subject, member.id)


@blueprint.post("/cash-points/post")
@blueprint.auth_required(partners.bearer)
@blueprint.input(CashOrder)
@blueprint.output(CashKept)
@blueprint.doc(
    operation_id="post_cash_points",
    responses=refusals.named("not_held", *_MAY) | {202: outcomes.LATER_DESCRIBED},
)
def post(json_data: CashOrder) -> CashKept | tuple[Accepted, int]:
    """订单已付，积分入账 · The order has been paid: spend them"""
    return _ended("cash_posted", json_data)


@blueprint.post("/cash-points/void")
@blueprint.auth_required(partners.bearer)
@blueprint.input(CashOrder)
@blueprint.output(CashKept)
@blueprint.doc(
    operation_id="void_cash_points",
    responses=refusals.named("not_held", *_MAY) | {202: outcomes.LATER_DESCRIBED},
)
def void(json_data: CashOrder) -> CashKept | tuple[Accepted, int]:
    """订单取消，积分退回 · There will be no such order: give them back"""
    return _ended("cash_voided", json_data)


def _ended(kind: str, named: CashOrder) -> CashKept | tuple[Accepted, int]:
    with siyu().database.reading() as session:
        payment = cash_points.of_order(session, named.source, named.order_no)
        if payment is None:
            raise RefusedRequest("not_held")
        subject = whereabouts.of(session, payment.member_id).subject
    key = f"{kind}:{named.source}:{named.order_no}"
    return _told(named, kind, key, named.model_dump(), subject, payment.member_id)


def _told(
    named: CashWish | CashOrder,
    kind: str,
    key: str,
    fields: dict[str, object],
    subject: str,
    member_id: int,
) -> CashKept | tuple[Accepted, int]:
    """Keeps what the shop tells and answers with what came of it."""
    handled = partners.keep(
        partners.partner(),
        key=key,
        kind=kind,
        subject=subject,
        fields=fields,
        member_id=member_id,
        happened_at=siyu().clock(),
    )
    if not handled:
        return outcomes.LATER, 202
    asking.raise_if_refused(key)
    with siyu().database.reading() as session:
        payment = cash_points.of_order(session, named.source, named.order_no)
    if payment is None:
        raise RefusedRequest("not_handled")
    return _kept(payment)


def _buyer(session: Session, named: BuyerNamed) -> Member:
    """Raises RefusedRequest."""
    member = shop_orders.buyer(session, Buyer(**orders.names_of(session, named)))
    if member is None:
        raise RefusedRequest("unknown_buyer")
    return member


def _kept(payment: CashPayment) -> CashKept:
    return CashKept(
        source=payment.source,
        order_no=payment.order_no,
        points=payment.points,
        amount_fen=payment.amount_fen,
        until=payment.until,
        posted_at=payment.posted_at,
        voided_at=payment.voided_at,
        given_back=payment.given_back,
    )
