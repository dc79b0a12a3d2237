"""Paid memberships: a paid order begins what its lines are cards of, a refund ends it.

``membership_begun``, ``membership_ending`` (a reminder) and ``membership_ended`` are events of our
own, each under its kind and the membership's number, with the fields ``card`` (its sku) and
``membership``. What the clock alone brings of them is in ``app.clockwork.memberships``.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from app import inbox
from app.domain.loyalty.orders import Order
from app.domain.loyalty.standing import benefits, memberships
from app.domain.loyalty.standing.membership_cards import MembershipCard
from app.domain.loyalty.standing.memberships import Membership
from app.handlers.loyalty import gifts
from app.handlers.scene import Scene
from app.inbox import InboxEvent

BEGUN, ENDING, ENDED = "membership_begun", "membership_ending", "membership_ended"


def begin(session: Session, scene: Scene, order: Order, now: datetime) -> None:
    """Hers is what the order's lines are cards of; each is begun once."""
    if order.member_id is None:
        return
    for it in memberships.begin(session, order, scene.event.id, scene.programme.zone, now):
        tell(session, BEGUN, it, scene.event, now)


def end(session: Session, scene: Scene, order: Order, now: datetime) -> None:
    """What was paid back ends."""
    for it in memberships.end(session, order, scene.programme.zone):
        tell(session, ENDED, it, scene.event, now)


def welcome(session: Session, scene: Scene, now: datetime) -> None:
    """Whoever has bought a card gets the coupons that it brings, once for each purchase; nothing
    when it has been paid back before we come to it."""
    fields = scene.event.fields
    it = session.get_one(Membership, int(fields["membership"]))
    if it.end_reason == memberships.REFUNDED:
        return
    held = benefits.present(session, benefits.of_card(it.card_id))
    gifts.give(session, scene, held, f"membership:{it.id}", now)


def tell(
    session: Session, kind: str, it: Membership, cause: InboxEvent | None, now: datetime
) -> None:
    """Lets the pipeline know, once of each kind for each membership. What lapsed and is paid back
    later has ended once."""
    card = session.get_one(MembershipCard, it.card_id)
    inbox.receive_own(
        session,
        key=key_of(kind, it.id),
        kind=kind,
        subject=f"member:{it.member_id}",
        fields={"card": card.sku, "membership": it.id},
        cause=cause,
        member_id=it.member_id,
        now=now,
    )


def key_of(kind: str, membership_id: object) -> str:
    return f"{kind}:{membership_id}"
