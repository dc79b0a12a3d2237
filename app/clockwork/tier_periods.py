"""Periods of tiers that end, notices of it, and what operators gave for a time: whoever is due is
looked at again. What changes does so under her own row's lock, and where somebody else has it, a
later look does it; it comes to the same, whenever it is done."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.loyalty.standing import standings
from app.domain.loyalty.standing.tiers import Why
from app.domain.people import members
from app.programme import Programme
from app.reviewing import reviews

BATCH = 500


def look(session: Session, programme: Programme, now: datetime) -> bool:
    """Looks at up to a batch. Returns whether there may be more."""
    due = standings.due(session, programme.business_day(now), BATCH)
    free = members.hold_free(session, due)
    reviews.review(session, free, programme, reviews.Cause(Why.CLOCK), now)
    return len(free) == BATCH
