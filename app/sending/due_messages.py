"""Due messages: what a sender has to know of a message to judge it and to say it.

Nearly all that is due is simply said, so its rows are not loaded as objects of the ORM, which cost
several times as much to load and to read. Whatever else becomes of a message is written to its
``OutboxMessage``.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import outbox
from app.outbox import OutboxMessage
from bots.messages import Outgoing, fingerprint


class DueMessage(NamedTuple):
    """A row of the outbox as it was found, without what is of no use to a sender."""

    id: int
    key: str
    channel_id: int
    recipient: str
    to_group: bool
    member_id: int | None
    group_id: int | None
    kind: str
    content: dict[str, Any]
    purpose: str
    way: str
    through: str
    plan_id: int | None
    enrolment_id: int | None
    mass_job_id: int | None
    broadcast_id: int | None
    category: str
    expires_at: datetime | None
    attempted_at: datetime | None
    doubtful_at: datetime | None

    @property
    def is_question(self) -> bool:
        """As of an ``OutboxMessage``."""
        return self.purpose == outbox.QUESTION


AnyMessage = OutboxMessage | DueMessage
COLUMNS = tuple(getattr(OutboxMessage, name) for name in DueMessage._fields)


def rows(session: Session, messages: Iterable[AnyMessage]) -> Mapping[int, OutboxMessage]:
    """The rows behind these messages, to be changed; by their ids."""
    ids = [message.id for message in messages]
    found = session.scalars(_THESE, {"ids": ids}) if ids else ()
    return {row.id: row for row in found}


def outgoing(message: AnyMessage) -> Outgoing:
    """What is said, in the words of a platform's client."""
    return Outgoing(
        key=fingerprint({"key": message.key}),
        recipient=message.recipient,
        kind=message.kind,
        content=message.content,
        to_group=message.to_group,
        way=message.way,
        through=message.through,
    )


_THESE = sa.select(OutboxMessage).where(OutboxMessage.id.in_(sa.bindparam("ids", expanding=True)))
