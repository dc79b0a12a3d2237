"""Errands: what is done at a platform for an account of ours, and tells no member anything. The
platform's answer comes back as an event of the errand's own kind, in the lane of what caused it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app import lanes, outbox
from app.handlers.scene import AccountScene

MADE_WITHIN = timedelta(hours=24)  # what could not be handed over by then is not wanted any more


def make(
    session: Session,
    scene: AccountScene,
    way: str,
    name: str,
    rule: str,
    content: Mapping[str, Any],
    *,
    through: str = "",
    rule_version: int | None = None,
    now: datetime,
) -> int | None:
    """Has something made at the platform, once, whatever comes: ``name`` is what it is to us.
    Returns the errand's id in the outbox, or None when it was put there before."""
    address = outbox.Address(scene.channel.id, "", way=way, through=through)
    cause = outbox.Cause(rule, rule_version, scene.event.id)
    return outbox.put(
        session,
        address,
        key=f"{way}:{name}",
        purpose=outbox.ERRAND,
        kind=way,
        content=content,
        cause=cause,
        pipe=lanes.BROADCASTS,
        expires_at=now + MADE_WITHIN,
        now=now,
    )


def ask(
    session: Session,
    scene: AccountScene,
    way: str,
    name: str,
    rule: str,
    *,
    through: str,
    recipient: str = "",
    due_at: datetime | None = None,
    expires_at: datetime | None = None,
    now: datetime,
) -> None:
    """Asks for something that is there under the platform's name ``through``, or has it changed;
    once for each event and ``name``."""
    outbox.put(
        session,
        outbox.Address(scene.channel.id, recipient, way=way, through=through),
        key=f"{way}:{name}:{scene.event.id}",
        purpose=outbox.ERRAND,
        kind=way,
        content={},
        cause=outbox.Cause(rule, None, scene.event.id),
        due_at=due_at,
        expires_at=expires_at,
        now=now,
    )


def subject(session: Session, scene: AccountScene, field: str) -> int:
    """Which thing of ours an event is about: as it says itself, or the event that it answers."""
    event = scene.event
    while field not in event.fields and event.cause_id is not None:
        event = session.get_one(type(event), event.cause_id)
    return int(event.fields[field])
