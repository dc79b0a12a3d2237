"""Points for orders: given by the rules of the day they were paid on, taken back by refunds."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.loyalty.earning import earnings, order_points
from app.domain.loyalty.earning.earnings import Given
from app.domain.loyalty.orders import Buyer, Order
from app.domain.people.channels import Channel
from app.handlers import acting
from app.handlers.scene import Scene


def earn(session: Session, scene: Scene, order: Order, now: datetime) -> int:
    """Returns the points; 0 when the order has earned before. Her tier is looked at afterwards."""
    return earnings.total(earnings.book(session, keep(session, scene, order), now))


def keep(session: Session, scene: Scene, order: Order) -> list[Given]:
    """What the order earns, which is still to be booked."""
    programme = scene.programme
    channel = session.get(Channel, order.channel_id) if order.channel_id else None
    return order_points.keep(
        session,
        order,
        acting.standing_at(session, scene.member, _named(scene, order), order.paid_at),
        on=programme.business_day(order.paid_at),
        channel=channel.key if channel else "",
        event_id=scene.event.id,
        zone=programme.zone,
    )


def book_all(session: Session, given: Iterable[Given], now: datetime) -> None:
    """What several orders earn, together."""
    earnings.book_all(session, list(given), now)


def take_back(session: Session, scene: Scene, order: Order, now: datetime) -> None:
    order_points.take_back(session, order, scene.event.id, now)


def _named(scene: Scene, order: Order) -> Buyer:
    """Whom the shop has named; by a member's id, only in the event that tells of the order."""
    return replace(order.named, member_id=scene.event.fields.get("member_id"))
