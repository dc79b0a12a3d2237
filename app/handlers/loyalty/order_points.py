"""Points for orders: given by the rules of the day they were paid on, taken back by refunds."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.loyalty.earning import earnings, order_points
from app.domain.loyalty.earning.earnings import Given
from app.domain.loyalty.orders import Buyer, Order
from app.domain.people.channels import Channel
from app.handlers import acting
from app.handlers.scene import Scene


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


def paid_for(session: Session, orders: Collection[Order]) -> Collection[Order]:
    """Those that have brought her anything already, by whatever rules."""
    keys = {order_points.key_of(order): order for order in orders}
    return {keys[key] for key in earnings.paid_for(session, keys)}


def take_back(session: Session, told: Mapping[Order, Scene], now: datetime) -> None:
    taking = {order: scene.event.id for order, scene in told.items()}
    if taking:
        order_points.take_back(session, taking, now)


def _named(scene: Scene, order: Order) -> Buyer:
    """Whom the shop has named; by a member's id, only in the event that tells of the order."""
    return replace(order.named, member_id=scene.event.fields.get("member_id"))
