"""Her tier is looked at when something may have moved it: a payment, a refund, a day's first
word."""

from datetime import datetime, time

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.loyalty.standing import tier_schemes
from app.domain.loyalty.standing.tier_terms import Measure
from app.handlers.scene import Scene, place
from app.inbox import InboxEvent
from app.reviewing import records, reviews
from sop.times import wall_clocks

look = place


def let_end(session: Session, scene: Scene, now: datetime) -> None:
    """Before what asks for a tier: one that was over when she acted is over, whether or not the
    clock has come round to her."""
    reviews.let_end(session, scene.member, scene.programme, scene.event.happened_at, now)


def look_at_interaction(session: Session, scene: Scene, now: datetime) -> None:
    """Days with an interaction are asked for by few schemes, and a day counts once: the rest of
    what she does on it need not be looked at."""
    if not tier_schemes.asks_for(session, Measure.INTERACTION_DAYS):
        return
    if not _was_here_today(session, scene):
        place(session, scene, now)


def _was_here_today(session: Session, scene: Scene) -> bool:
    zone, at = scene.programme.zone, scene.event.happened_at
    day_begins_at = wall_clocks.moment(at.astimezone(zone).date(), time(), zone)
    earlier = sa.select(InboxEvent.id).where(
        InboxEvent.member_id == scene.member.id,
        InboxEvent.kind.in_(records.INTERACTIONS),
        InboxEvent.happened_at >= day_begins_at,
        InboxEvent.happened_at <= at,
        InboxEvent.id < scene.event.id,
    )
    return session.scalar(earlier.limit(1)) is not None
