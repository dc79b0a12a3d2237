"""Recalls: who takes back what she said wants it forgotten. That she said something stays, and what
it led to; what it said goes, wherever it is quoted."""

from sqlalchemy.orm import Session

from app import inbox
from app.domain.insight import tags
from app.handlers.scene import Scene


def forget(session: Session, scene: Scene, key: str) -> None:
    """``key`` is that of the event that was the message."""
    event_id = inbox.forget_content(session, key)
    if event_id is not None:
        tags.forget_evidence(session, scene.member.id, event_id)
