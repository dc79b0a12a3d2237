"""Points as cash on an order, as shops ask for it.

Fields: ``cash_asked``: source, order_no, order_fen, points (None for as many as may be);
``cash_posted`` and ``cash_voided``: source, order_no.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.loyalty import orders
from app.domain.loyalty.orders import Order
from app.domain.loyalty.spending import cash_points, refusals
from app.domain.loyalty.spending.cash_points import NotPossible
from app.handlers.scene import Scene


def reserve(session: Session, scene: Scene, now: datetime) -> None:
    fields, event_id = scene.event.fields, scene.event.id
    try:
        cash_points.reserve(
            session,
            scene.member.id,
            source=fields["source"],
            order_no=fields["order_no"],
            order_fen=fields["order_fen"],
            wanted=fields["points"],
            event_id=event_id,
            now=now,
        )
    except NotPossible as refused:
        refusals.note(session, event_id, refused.why, now)


def post(session: Session, scene: Scene, now: datetime) -> None:
    fields, event_id = scene.event.fields, scene.event.id
    try:
        cash_points.post(session, fields["source"], fields["order_no"], event_id=event_id, now=now)
    except NotPossible as refused:
        refusals.note(session, event_id, refused.why, now)
        return
    order = orders.paid_back(session, fields["source"], fields["order_no"])
    if order is not None:
        give_back(session, scene, order, now)


def void(session: Session, scene: Scene, now: datetime) -> None:
    fields, event_id = scene.event.fields, scene.event.id
    try:
        cash_points.void(session, fields["source"], fields["order_no"], event_id=event_id, now=now)
    except NotPossible as refused:
        refusals.note(session, event_id, refused.why, now)


def give_back(session: Session, scene: Scene, order: Order, now: datetime) -> None:
    """What the order spent, as far as it has been paid back."""
    cash_points.give_back(session, order, event_id=scene.event.id, now=now)
