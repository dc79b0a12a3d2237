"""Streams: what a smart bot is asked by staff is answered while the platform asks for it.

The answer is a row of the outbox like everything said. The platform comes for it again and again;
whoever comes first once it is there settles the row as accepted, and all who come later read the
same words. If nobody comes any more, the row falls due and is posted to the address that came with
the question.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from app.inbox import InboxEvent
from app.outbox import OutboxMessage, State
from app.wiring import Siyu

TROUBLE = "暂时无法回答，请稍后再试。"


@dataclass(frozen=True, slots=True)
class Said:
    text: str = ""
    is_finished: bool = False


def said(siyu: Siyu, channel_key: str, stream: str) -> Said:
    """What has become of a question by now; a question that nobody knows is finished."""
    with siyu.database.writing() as session:
        event = session.scalar(
            sa.select(InboxEvent).where(InboxEvent.key == f"{channel_key}/bot:{stream}")
        )
        if event is None or event.quarantined_at is not None:
            return Said(TROUBLE, is_finished=True)
        if event.handled_at is None:
            return Said()
        fetched = sa.update(OutboxMessage).where(
            OutboxMessage.event_id == event.id, OutboxMessage.state == State.PLANNED
        )
        now = siyu.clock()
        session.execute(
            fetched.values(state=State.ACCEPTED, attempted_at=now, settled_at=now, attempts=1)
        )
        rows = session.scalars(
            sa.select(OutboxMessage)
            .where(OutboxMessage.event_id == event.id)
            .order_by(OutboxMessage.id)
        )
        texts = [str(row.content.get("text", "")) for row in rows]
        return Said("\n\n".join(texts), is_finished=True)
