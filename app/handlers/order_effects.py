"""What follows from a member's order, whether it has just been paid or is found to be hers later:
each step reads the order as it now stands, so that both come to the same.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from app import inbox
from app.domain.loyalty import order_batches, order_owners, orders
from app.domain.loyalty.earning import rules
from app.domain.loyalty.earning.earnings import Given
from app.domain.loyalty.orders import Order
from app.handlers import (
    cash_points,
    figures,
    lotteries,
    memberships,
    order_points,
    redemptions,
    tier_reviews,
)
from app.handlers.scene import Scene
from app.inbox import InboxEvent

TOGETHER_MAX = 20  # orders of one member


def order_paid(session: Session, scene: Scene, now: datetime) -> None:
    """Written by OF_SHOPS."""
    order = _order(session, scene)
    if _is_hers(session, scene, order):
        paid(session, scene, order, now)


def order_refunded(session: Session, scene: Scene, now: datetime) -> None:
    refunded(session, scene, _order(session, scene), now)


def imported(session: Session, scene: Scene, now: datetime) -> None:
    """Written by an import, which may know of money that was paid back already. All of hers that
    wait behind each other are worked through together: what an order earns is decided one after
    another, but figures and tier, which go by all of her orders, are looked at once."""
    behind = _behind(session, scene.event)
    scenes = [scene, *(replace(scene, event=event) for event in behind)]
    told = [
        (one, order) for one, order in _orders(session, scenes) if _is_hers(session, one, order)
    ]
    if told:
        figures.refigure(session, scene, now)
        _earn_together(session, told, now)
        for one, order in told:
            lotteries.give_boxes(session, one, order, now)
            if order.refunded_fen:
                _take_back(session, one, order, now)
        tier_reviews.look(session, told[-1][0], now)
    for event in behind:
        inbox.mark_handled(event, now)


def paid(session: Session, scene: Scene, order: Order, now: datetime) -> None:
    figures.refigure(session, scene, now)
    order_points.earn(session, scene, order, now)
    memberships.begin(session, scene, order, now)
    tier_reviews.look(session, scene, now)
    lotteries.give_boxes(session, scene, order, now)


def refunded(session: Session, scene: Scene, order: Order, now: datetime) -> None:
    figures.refigure(session, scene, now)
    _take_back(session, scene, order, now)
    tier_reviews.look(session, scene, now)


def attach(session: Session, scene: Scene, now: datetime) -> None:
    """Orders that were nobody's and name her are hers from now on, with all that follows."""
    member, identity = scene.member, scene.identity
    found = order_owners.nobodys(
        session,
        unionid=member.unionid,
        phone_index=member.phone_index,
        channel_id=identity.channel_id if identity else None,
        openid=identity.external_id if identity else "",
    )
    for order in found:
        order.member_id = member.id
        session.flush()
        paid(session, scene, order, now)


def _take_back(session: Session, scene: Scene, order: Order, now: datetime) -> None:
    order_points.take_back(session, scene, order, now)
    memberships.end(session, scene, order, now)
    lotteries.take_boxes_back(session, scene, order, now)
    redemptions.give_back(session, scene, order, now)
    cash_points.give_back(session, scene, order, now)


def _earn_together(session: Session, told: Sequence[tuple[Scene, Order]], now: datetime) -> None:
    """A card that one of them brings counts for those after it."""
    given: list[Given] = []
    for scene, order in told:
        given += order_points.keep(session, scene, order)
        memberships.begin(session, scene, order, now)
    order_points.book_all(session, given, now)


def _behind(session: Session, event: InboxEvent) -> Sequence[InboxEvent]:
    """The orders to be worked through with this one. A campaign for a segment asks how she stands
    after each of them: then there are none."""
    if any(campaign.segments for campaign in rules.campaigns(session)):
        return []
    return inbox.alike_behind(session, event, TOGETHER_MAX)


def _is_hers(session: Session, scene: Scene, order: Order) -> bool:
    """The order may have been known before: as nobody's, which is hers now, or as somebody else's,
    whose it stays."""
    if order.member_id is None:
        order.member_id = scene.member.id
        session.flush()
    return order.member_id == scene.member.id


def _order(session: Session, scene: Scene) -> Order:
    fields = scene.event.fields
    order = orders.of_number(session, fields["source"], fields["order_no"], lock=True)
    assert order is not None, "an earlier step has written it"
    return order


def _orders(session: Session, scenes: Sequence[Scene]) -> list[tuple[Scene, Order]]:
    keys = [(one.event.fields["source"], one.event.fields["order_no"]) for one in scenes]
    known = order_batches.known(session, keys)
    return [(scene, known[key]) for scene, key in zip(scenes, keys, strict=True)]
