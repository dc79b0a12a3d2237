"""Orders and refunds, as the shops' systems post them: once, however often they are sent."""

from typing import Any

from apiflask import APIBlueprint
from sqlalchemy.orm import Session

from app import inbox, whereabouts
from app.api import outcomes, partners, refusals
from app.api.callers import siyu
from app.api.order_shapes import BuyerNamed, OrderKept, PaidOrder, Refund
from app.api.refusals import RefusedRequest
from app.api.shapes import Accepted
from app.domain.loyalty import orders
from app.domain.loyalty.orders import Buyer, Order
from app.domain.people import channels
from app.domain.people.members import Member
from app.inbox import InboxEvent

blueprint = APIBlueprint("api_orders", __name__, tag="partners")


@blueprint.post("/orders")
@blueprint.auth_required(partners.bearer)
@blueprint.input(PaidOrder)
@blueprint.output(OrderKept)
@blueprint.doc(
    operation_id="post_order",
    responses=refusals.named(
        *("bad_request", "not_logged_in", "other_content", "too_large", "fields", "too_many"),
        "not_handled",
    )
    | {202: outcomes.LATER_DESCRIBED},
)
def post_order(json_data: PaidOrder) -> OrderKept | tuple[Accepted, int]:
    """订单 · Order

    重发同一订单结果相同；同号不同内容会被拒绝。Sent again it changes nothing; the same number with
    another content is refused.
    """
    by = partners.partner()
    partners.check_moment("paid_at", json_data.paid_at)
    with siyu().database.reading() as session:
        names = names_of(session, json_data.member or BuyerNamed())
        member = orders.buyer(session, Buyer(**names))
        subject = (
            whereabouts.of(session, member.id).subject
            if member
            else f"order:{json_data.source}:{json_data.order_no}"
        )
    handled = partners.keep(
        by,
        key=_key(json_data.source, json_data.order_no),
        kind="order_paid",
        subject=subject,
        fields=json_data.model_dump(mode="json", exclude={"member"}, exclude_none=True) | names,
        member_id=member.id if member else None,
        happened_at=json_data.paid_at,
    )
    return _answer(handled, json_data.source, json_data.order_no)


@blueprint.post("/orders/<source>/<order_no>/refunds")
@blueprint.auth_required(partners.bearer)
@blueprint.input(Refund)
@blueprint.output(OrderKept)
@blueprint.doc(
    operation_id="post_refund",
    responses=refusals.named(
        *("bad_request", "not_logged_in", "unknown_order", "other_content", "refund_too_large"),
        *("too_large", "fields", "too_many", "not_handled"),
    )
    | {202: outcomes.LATER_DESCRIBED},
)
def post_refund(source: str, order_no: str, json_data: Refund) -> OrderKept | tuple[Accepted, int]:
    """退款 · Refund

    可以分几次退，合计不超过订单金额。In several parts if need be, in all not more than was paid.
    """
    by = partners.partner()
    partners.check_moment("at", json_data.at)
    key = f"refund:{source}:{order_no}:{json_data.refund_no}"
    with siyu().database.reading() as session:
        paid = inbox.by_key(session, _key(source, order_no)) if _is_name(source, order_no) else None
        if paid is None:
            raise RefusedRequest("unknown_order")
        if inbox.by_key(session, key) is None:
            _check_room(session, paid, json_data.amount_fen)
    handled = partners.keep(
        by,
        key=key,
        kind="order_refunded",
        subject="",  # the order's lane is its own too
        fields=json_data.model_dump(mode="json") | {"source": source, "order_no": order_no},
        cause=paid,
        happened_at=json_data.at,
    )
    return _answer(handled, source, order_no)


def names_of(session: Session, named: BuyerNamed) -> dict[str, Any]:
    """Of her phone number only the blind index is kept. Raises RefusedRequest."""
    channel = channels.by_key(session, named.channel) if named.channel else None
    if named.channel and channel is None:
        raise RefusedRequest("fields", mistakes={"member.channel": "unknown_channel_key"})
    if named.member_id is not None and session.get(Member, named.member_id) is None:
        raise RefusedRequest("fields", mistakes={"member.member_id": "unknown_member"})
    names = {
        "member_id": named.member_id,
        "unionid": named.unionid,
        "phone_index": siyu().vault.blind_index(named.phone) if named.phone else None,
        "channel_id": channel.id if channel else None,
        "openid": named.openid,
    }
    return {name: value for name, value in names.items() if value is not None}


def _check_room(session: Session, paid: InboxEvent, amount_fen: int) -> None:
    """Whether so much of the order is left. Raises RefusedRequest."""
    order = orders.of_number(session, paid.fields["source"], paid.fields["order_no"])
    refunded_fen = order.refunded_fen if order else 0
    if refunded_fen + amount_fen > paid.fields["amount_fen"]:
        raise RefusedRequest("refund_too_large")


def _answer(handled: bool, source: str, order_no: str) -> OrderKept | tuple[Accepted, int]:
    if not handled:
        return outcomes.LATER, 202
    with siyu().database.reading() as session:
        order = orders.of_number(session, source, order_no)
    if order is None:
        raise RefusedRequest("not_handled")
    return _shown(order)


def _shown(order: Order) -> OrderKept:
    return OrderKept(
        source=order.source,
        order_no=order.order_no,
        amount_fen=order.amount_fen,
        refunded_fen=order.refunded_fen,
        member_known=order.member_id is not None,
    )


def _key(source: str, order_no: str) -> str:
    return f"order:{source}:{order_no}"


def _is_name(*parts: str) -> bool:
    """Nothing else was ever kept, and a database refuses to look for some of it."""
    return all(part.isascii() and part.isprintable() and ":" not in part for part in parts)
