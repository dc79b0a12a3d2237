"""Tags given to a member and taken from her: platforms that mirror them hear of it, and plans."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.insight import tag_exclusions, tags
from app.handlers import mirrors
from app.handlers.scene import Scene, happen


def give(
    session: Session,
    scene: Scene,
    tag_id: int,
    *,
    rule: str,
    rule_version: int | None,
    evidence: str = "",
    expires_at: datetime | None = None,
    now: datetime,
) -> bool:
    """Gives the member a tag; what it excludes is taken from her. Returns False when she has it
    already; if this rule gave it, it lasts until ``expires_at`` now."""
    given = tags.give(
        session,
        scene.member.id,
        tag_id,
        rule=rule,
        rule_version=rule_version,
        event_id=scene.event.id,
        evidence=evidence,
        expires_at=expires_at,
        now=now,
    )
    if not given:
        tags.prolong(session, scene.member.id, tag_id, rule, expires_at)
        return False
    for excluded in tag_exclusions.held_against(session, scene.member.id, tag_id):
        take(session, scene, excluded, rule=rule, now=now)
    mirrors.tell(session, scene.event, scene.member.id, tag_id, now)
    name = session.get_one(tags.Tag, tag_id).name
    happen(session, scene, "tagged", tag=name, now=now)
    return True


def take(session: Session, scene: Scene, tag_id: int, *, rule: str, now: datetime) -> bool:
    """Takes a tag from the member because of this event. Returns False when she has it not."""
    taken = tags.remove(
        session, scene.member.id, tag_id, None, now, rule=rule, event_id=scene.event.id
    )
    if taken:
        mirrors.tell(session, scene.event, scene.member.id, tag_id, now)
    return taken
