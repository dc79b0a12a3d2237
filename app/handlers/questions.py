"""Questions to a platform about an account of ours, whose answers are events, see ``outbox``."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import lanes, outbox
from app.handlers.scene import AccountScene
from app.inbox import InboxEvent
from app.outbox import OutboxMessage, State
from bots.messages import Received


def ask(
    session: Session,
    scene: AccountScene,
    way: str,
    about: str,
    content: Mapping[str, Any],
    now: datetime,
) -> None:
    """Asks once for each event; the answer comes as an event of the kind ``way``."""
    outbox.put(
        session,
        outbox.Address(scene.channel.id, about, way=way),
        key=f"{way}:{scene.event.key}",
        purpose=outbox.QUESTION,
        kind=way,
        content=content,
        cause=outbox.Cause(way, None, scene.event.id),
        now=now,
    )


def asked(session: Session, answer: InboxEvent) -> OutboxMessage:
    """The question that the event answers, or the errand that it says is done: they share their
    key."""
    return session.scalars(sa.select(OutboxMessage).where(OutboxMessage.key == answer.key)).one()


def is_still_to_be_asked(session: Session, channel_id: int, way: str, about: str) -> bool:
    """A question that is still to be asked will be answered with all that is there until then."""
    planned = sa.select(OutboxMessage.id).where(
        OutboxMessage.pipe == lanes.REPLIES,
        OutboxMessage.lane == lanes.of(f"{channel_id}/{about}"),
        OutboxMessage.state == sa.text(f"'{State.PLANNED}'"),
        OutboxMessage.channel_id == channel_id,
        OutboxMessage.recipient == about,
        OutboxMessage.kind == way,
    )
    return session.scalar(planned.limit(1)) is not None


def received(said: Mapping[str, Any], now: datetime) -> Received:
    """One message of a page, as if the platform had said it to us."""
    at = str(said["at"])
    return Received(
        key=str(said["key"]),
        kind=str(said["kind"]),
        sender=str(said["sender"]),
        room=said.get("room") or None,
        happened_at=datetime.fromtimestamp(int(at), UTC) if _is_moment(at) else now,
        fields=said["fields"],
    )


def _is_moment(at: str) -> bool:
    return at.isdecimal() and len(at) < 12
