"""Orders, as shops have posted them, and whose they are."""

from datetime import datetime

from flask import abort, request

from app.console.frame import PAGE, Answer, console, page, siyu
from app.domain.loyalty import orders as shop_orders
from app.domain.loyalty.orders import Order
from app.domain.people.members import Member


@console.get("/orders")
def orders() -> Answer:
    before = _place_of(request.args.get("before", ""))
    with siyu().database.reading() as session:
        shown = shop_orders.newest(session, before, PAGE + 1)
        buyers = {one.member_id for one in shown if one.member_id}
        found = session.query(Member).where(Member.id.in_(buyers))
        return page(
            "orders.html",
            orders=shown[:PAGE],
            members={member.id: member for member in found},
            older=_cursor_of(shown[PAGE - 1]) if len(shown) > PAGE else None,
        )


@console.get("/orders/<int:order_id>")
def order(order_id: int) -> Answer:
    with siyu().database.reading() as session:
        shown = session.get(Order, order_id) or abort(404)
        return page(
            "order.html",
            order=shown,
            member=session.get(Member, shown.member_id) if shown.member_id else None,
            lines=shop_orders.lines_of(session, order_id),
            refunds=shop_orders.refunds_of(session, order_id),
        )


def _cursor_of(last: Order) -> str:
    return f"{last.paid_at.isoformat()}~{last.id}"


def _place_of(cursor: str) -> tuple[datetime, int] | None:
    """What ``_cursor_of`` wrote; None for anything else, which is the first page."""
    at, _mark, number = cursor.partition("~")
    try:
        place = datetime.fromisoformat(at), int(number)
    except ValueError:
        return None
    return place if place[0].tzinfo else None
