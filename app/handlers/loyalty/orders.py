"""Orders and refunds that shops have posted. They may be of somebody we do not know yet, so they
are written before it is asked whose scene it is.

Fields of ``order_paid``: source, order_no, paid_at (ISO), amount_fen, lines [{sku, name, quantity,
amount_fen, category}], and what names her (member_id, unionid, phone_index, channel_id, openid;
those given).
Fields of ``order_refunded``: source, order_no, refund_no, amount_fen, at (ISO).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.loyalty import orders
from app.domain.loyalty.orders import Buyer
from app.domain.people import members
from app.inbox import InboxEvent


def pay(session: Session, event: InboxEvent, now: datetime) -> None:
    """Whose it is, is looked up again here: she may have appeared since it was posted, and must not
    become one with another record meanwhile."""
    fields, named = event.fields, named_in(event.fields)
    member = orders.buyer(session, named)
    event.member_id = members.hold(session, member.id).id if member else None
    orders.pay(
        session,
        source=fields["source"],
        order_no=fields["order_no"],
        named=named,
        member_id=event.member_id,
        amount_fen=fields["amount_fen"],
        lines=fields["lines"],
        event_id=event.id,
        paid_at=datetime.fromisoformat(fields["paid_at"]),
        now=now,
    )


def refund(session: Session, event: InboxEvent, _now: datetime) -> None:
    """Her record is locked before her order is, as by everything else that is done about orders, so
    that no two of them can wait for each other."""
    fields = event.fields
    known = orders.of_number(session, fields["source"], fields["order_no"])
    if known is not None and known.member_id is not None:
        members.hold(session, known.member_id)
    order = orders.refund(
        session,
        source=fields["source"],
        order_no=fields["order_no"],
        refund_no=fields["refund_no"],
        amount_fen=fields["amount_fen"],
        event_id=event.id,
        refunded_at=datetime.fromisoformat(fields["at"]),
    )
    event.member_id = order.member_id


def named_in(fields: Mapping[str, Any]) -> Buyer:
    names = ("member_id", "unionid", "phone_index", "channel_id", "openid")
    return Buyer(**{name: fields.get(name) for name in names})
