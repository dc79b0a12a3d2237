"""Paid memberships that lapse, and reminders before: events of our own that plans may wait for.

``membership_ended`` unless she has renewed, and ``membership_ending`` once for each membership, so
many days before as the card says; see ``app.handlers.loyalty.memberships`` for their fields.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.domain.loyalty.standing import membership_cards, memberships
from app.domain.loyalty.standing.membership_cards import MembershipCard
from app.domain.loyalty.standing.memberships import Membership
from app.handlers.loyalty.memberships import ENDED, ENDING, key_of, tell
from app.inbox import InboxEvent
from app.programme import Programme

BATCH = 500


def look(session: Session, _programme: Programme, now: datetime) -> bool:
    """Up to a batch of each. Returns whether there may be more."""
    lapsed = memberships.lapse(session, now, BATCH)
    for it in lapsed:
        goes_on = memberships.until(session, it.member_id, it.card_id)
        if goes_on is None or goes_on <= now:
            tell(session, ENDED, it, None, now)
    more = len(lapsed) == BATCH
    for card in membership_cards.all_of(session):
        untold = _untold(session, card, now)
        for it in untold:
            tell(session, ENDING, it, None, now)
        more = more or len(untold) == BATCH
    return more


def _untold(session: Session, card: MembershipCard, now: datetime) -> Sequence[Membership]:
    """Those that end soon, behind which nothing has been bought, and of which nobody was told."""
    later = aliased(Membership)
    is_renewed = sa.exists().where(
        later.member_id == Membership.member_id,
        later.card_id == Membership.card_id,
        later.ended_at.is_(None),
        later.ends_at > Membership.ends_at,
    )
    key = sa.literal(key_of(ENDING, "")) + sa.cast(Membership.id, sa.String)
    return session.scalars(
        sa.select(Membership)
        .where(
            Membership.card_id == card.id,
            Membership.ended_at.is_(None),
            Membership.ends_at > now,
            Membership.ends_at <= now + timedelta(days=card.notice_days),
            ~is_renewed,
            ~sa.exists().where(InboxEvent.key == key),
        )
        .order_by(Membership.ends_at, Membership.id)
        .limit(BATCH)
    ).all()
