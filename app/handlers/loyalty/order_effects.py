"""What follows from a member's order, whether it has just been paid or is found to be hers later:
each step reads the order as it now stands, so that both come to the same. Orders of hers that are
found together are worked through together.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from app import inbox
from app.domain.loyalty import order_batches, order_owners, orders
from app.domain.loyalty.earning import rules
from app.domain.loyalty.earning.earnings import Given
from app.domain.loyalty.orders import Order
from app.handlers import figures
from app.handlers.loyalty import (
    cash_points,
    lotteries,
    memberships,
    order_points,
    redemptions,
    tier_reviews,
)
from app.handlers.scene import Scene

TOGETHER_MAX = 20  # orders of one member


def order_paid(session: Session, scene: Scene, now: datetime) -> None:
    """Written by OF_SHOPS."""
    order = _order(session, scene)
    if _is_hers(session, scene, order):
        follow(session, [(scene, order)], now)


def order_refunded(session: Session, scene: Scene, now: datetime) -> None:
    figures.refigure(session, scene, now)
    _take_back(session, {_order(session, scene): scene}, now)
    tier_reviews.look(session, scene, now)


def imported(session: Session, scene: Scene, now: datetime) -> None:
    """Written by an import. All of hers that wait behind each other are worked through together."""
    behind = inbox.alike_behind(session, scene.event, TOGETHER_MAX)
    scenes = [scene, *(replace(scene, event=event) for event in behind)]
    told = [
        (one, order) for one, order in _orders(session, scenes) if _is_hers(session, one, order)
    ]
    follow(session, told, now)
    for event in behind:
        inbox.mark_handled(event, now)


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
    follow(session, [(scene, order) for order in found], now)


def follow(session: Session, told: Sequence[tuple[Scene, Order]], now: datetime) -> None:
    """What follows from orders of hers, of which money may have been paid back before we knew.
    Figures and tier, which go by all of her orders, are looked at once; but where a campaign is for
    a segment they go one by one, since it asks how she stands after each."""
    session.flush()
    for scene, _order in told[-1:]:
        tier_reviews.let_end(session, scene, now)
    if any(campaign.segments for campaign in rules.campaigns(session)):
        for scene, order in told:
            _follow(session, {order: scene}, now)
    elif told:
        _follow(session, {order: scene for scene, order in told}, now)


def _follow(session: Session, told: Mapping[Order, Scene], now: datetime) -> None:
    *_, last = told.values()
    paid_back = {order: scene for order, scene in told.items() if order.refunded_fen}
    figures.refigure(session, last, now)
    known_before = [order for order, scene in told.items() if order.event_id != scene.event.id]
    _earn(session, told, order_points.paid_for(session, known_before), now)
    for order, scene in told.items():
        lotteries.give_boxes(session, scene, order, now)
    _take_back(session, paid_back, now)
    tier_reviews.look(session, last, now)


def _earn(
    session: Session, told: Mapping[Order, Scene], before: Collection[Order], now: datetime
) -> None:
    """Decided one after another, since a cap that one of them fills, or a card that it brings,
    counts for those after it; booked together. Those ``before`` were paid for."""
    given: list[Given] = []
    for order, scene in told.items():
        if order not in before:
            given += order_points.keep(session, scene, order)
        memberships.begin(session, scene, order, now)
    order_points.book_all(session, given, now)


def _take_back(session: Session, told: Mapping[Order, Scene], now: datetime) -> None:
    order_points.take_back(session, told, now)
    for order, scene in told.items():
        memberships.end(session, scene, order, now)
        lotteries.take_boxes_back(session, scene, order, now)
        redemptions.give_back(session, scene, order, now)
        cash_points.give_back(session, scene, order, now)


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
