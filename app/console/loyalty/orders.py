"""Orders, as shops have posted them, and whose they are."""

from datetime import datetime

from flask import abort, request
from flask_babel import gettext as _

from app import row_ids
from app.console.frame import PAGE, Answer, console, page, siyu
from app.console.languages import in_language
from app.domain.loyalty import orders as shop_orders
from app.domain.loyalty.order_batches import OF_FILE
from app.domain.loyalty.orders import Order
from app.domain.people.members import Member
from app.imports.order_rows import SHOPS


@console.get("/orders")
def orders() -> Answer:
    before = _place_of(request.args.get("before", ""))
    with siyu().database.reading() as session:
        shown = shop_orders.newest(session, before, PAGE + 1)
        buyers = {one.member_id for one in shown if one.member_id}
        found = session.query(Member).where(Member.id.in_(buyers))
        return page(
            "loyalty/orders.html",
            orders=shown[:PAGE],
            members={member.id: member for member in found},
            older=_cursor_of(shown[PAGE - 1]) if len(shown) > PAGE else None,
        )


@console.get("/orders/<int:order_id>")
def order(order_id: int) -> Answer:
    with siyu().database.reading() as session:
        shown = session.get(Order, order_id) or abort(404)
        return page(
            "loyalty/order.html",
            order=shown,
            member=session.get(Member, shown.member_id) if shown.member_id else None,
            lines=shop_orders.lines_of(session, order_id),
            refunds=shop_orders.refunds_of(session, order_id),
        )


@console.app_template_filter()
def shop_in_words(source: str) -> str:
    """The shops that everybody knows; others as they call themselves."""
    known = next((shop for shop in SHOPS if shop.key == source), None)
    return in_language(known) if known else source


@console.app_template_filter()
def refund_in_words(refund_no: str) -> str:
    """What a file tells of money back has no number of its own."""
    return _("来自导入的文件") if refund_no.startswith(OF_FILE) else refund_no


def _cursor_of(last: Order) -> str:
    return f"{last.paid_at.isoformat()}~{last.id}"


def _place_of(cursor: str) -> tuple[datetime, int] | None:
    """What ``_cursor_of`` wrote; None for anything else, which is the first page."""
    at, _mark, number = cursor.partition("~")
    try:
        place = datetime.fromisoformat(at), row_ids.read(number)
    except ValueError:
        return None
    return place if place[0].tzinfo else None
