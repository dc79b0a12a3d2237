"""Expiry: points lapse when their lot's date has come."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.loyalty import lots, points

BATCH = 200
RULE = points.Cause("expiry")


def expire_due(session: Session, now: datetime) -> bool:
    """Lets the lots that are past their date lapse, up to a batch. Returns whether there may be
    more."""
    due = lots.expired(session, BATCH, now)
    for lot in due:
        points.expire(session, lot, RULE, now)
    return len(due) == BATCH
