"""Telling: what a night has shown of members becomes events in their lanes, a few at a time, so
that who is writing to us right now does not wait for a thousand others' figures."""

from datetime import datetime

from sqlalchemy.orm import Session

from app import inbox
from app.domain.insight import figure_changes

AT_ONCE = 100


def has_work(session: Session) -> bool:
    return bool(figure_changes.untold(session, 1))


def tell(session: Session, now: datetime) -> bool:
    """Puts the next changes into the inbox, each once. Returns whether there may be more."""
    waiting = figure_changes.untold(session, AT_ONCE)
    for change in waiting:
        inbox.receive_own(
            session,
            key=f"figures_changed:{change.id}",
            kind="figures_changed",
            subject=f"member:{change.member_id}",
            fields={"ChangeId": str(change.id)},
            member_id=change.member_id,
            now=now,
        )
        change.told_at = now
    return len(waiting) == AT_ONCE
