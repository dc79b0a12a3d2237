"""Tags that operators give and take by hand: the same effects as by a rule, and accounted for."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.insight import tags
from app.domain.insight.tags import Tag
from app.domain.people import operators


def give(session: Session, member_id: int, tag: Tag, operator_id: int, now: datetime) -> bool:
    """Gives the tag; plans hear of it from the caller. Returns False when she has it already."""
    rule = f"operator:{operator_id}"
    given = tags.give(
        session, member_id, tag.id, rule=rule, rule_version=None, event_id=None, now=now
    )
    if not given:
        return False
    subject = f"member:{member_id}"
    operators.record(session, operator_id, "tag.give", subject, {"tag": tag.name}, now)
    return True


def remove(session: Session, member_id: int, tag: Tag, operator_id: int, now: datetime) -> None:
    """Ends the tag; that she had it stays on record."""
    tags.remove(session, member_id, tag.id, operator_id, now)
    subject = f"member:{member_id}"
    operators.record(session, operator_id, "tag.remove", subject, {"tag": tag.name}, now)
