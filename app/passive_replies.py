"""Passive replies: what an account without the customer-service right says, in the answer to the
callback itself.

The reply is a row of the outbox like everything said, under the way ``passive``, which the sender
leaves alone. The door that took the callback waits a moment for the worker, settles the first such
row of the event as accepted, and only then answers with it. Whatever cuts it off in between, the
platform pushes the same event again, and every push gets the same reply, read from the row. A row
that no push came for is given up.
"""

import threading
import time
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import outbox
from app.domain.outreach import halts
from app.domain.outreach.allowances.windows import PASSIVE
from app.domain.people.channels import Channel
from app.inbox import InboxEvent
from app.outbox import OutboxMessage, State
from app.wiring import Siyu
from bots.messages import Received
from bots.official_account.passive_replies import CannotReply, Reply

ANSWER_WITHIN_S = 3.5  # of the five seconds after which the platform hangs up
LOOK_EVERY_S = 0.02
WAITING_MAX = 6  # the web process has eight threads, see the Procfile
_places = threading.BoundedSemaphore(WAITING_MAX)


def reply_to(siyu: Siyu, channel_key: str, received: Received, until_s: float) -> Reply | None:
    """What is said to this push; None when there is nothing to say, or not by ``until_s`` on the
    monotonic clock."""
    event_id = _handled(siyu, f"{channel_key}/{received.key}", until_s)
    if event_id is None:
        return None
    with siyu.database.reading() as session:
        rows = _rows(session, event_id)
        if not rows or (said := _said(rows)) is not None:
            return said if rows else None
        if halts.is_on(session):
            return None
        channel = session.get_one(Channel, rows[0].channel_id)
    return _settled(siyu, channel, event_id, rows)


def _settled(
    siyu: Siyu, channel: Channel, event_id: int, rows: Sequence[OutboxMessage]
) -> Reply | None:
    """The first reply that can be one is accepted, and so is it for whoever asks at the same
    moment. Files are uploaded before the transaction."""
    refused: dict[int, str] = {}
    chosen_id, content = 0, {}
    client = siyu.official_account(channel)
    for row in rows:
        try:
            chosen_id, content = row.id, dict(client.prepared(row.kind, row.content))
            break
        except CannotReply as reason:
            refused[row.id] = str(reason)
    now = siyu.clock()
    with siyu.database.writing() as session:
        locked = _rows(session, event_id, lock=True)
        if (said := _said(locked)) is not None:
            return said
        for row in (row for row in locked if row.state == State.PLANNED):
            if row.id == chosen_id:
                row.content, row.state, row.attempts = content, State.ACCEPTED, 1
                row.attempted_at = row.settled_at = now
            elif row.id in refused:
                row.state, row.reason, row.settled_at = State.FAILED, refused[row.id], now
            else:
                outbox.suppress(row, "one_reply_per_push", now)
        return _said(locked)


def _rows(session: Session, event_id: int, *, lock: bool = False) -> Sequence[OutboxMessage]:
    """Everything said passively because of an event, as it was put."""
    rows = (
        sa.select(OutboxMessage)
        .where(OutboxMessage.event_id == event_id, OutboxMessage.way == PASSIVE)
        .order_by(OutboxMessage.id)
    )
    return session.scalars(rows.with_for_update() if lock else rows).all()


def _said(rows: Sequence[OutboxMessage]) -> Reply | None:
    for row in rows:
        if row.state == State.ACCEPTED:
            return Reply(row.kind, row.content, row.created_at)
    return None


def _handled(siyu: Siyu, key: str, until_s: float) -> int | None:
    """The id of the event once it is handled; None when it is set aside, or not handled in time.
    So many may wait at once, lest a slow worker take all threads from other callbacks."""
    if not _places.acquire(blocking=False):
        return _look(siyu, key)[0]
    try:
        event_id, is_open = _look(siyu, key)
        while is_open and time.monotonic() < until_s:
            time.sleep(LOOK_EVERY_S)
            event_id, is_open = _look(siyu, key)
        return event_id
    finally:
        _places.release()


def _look(siyu: Siyu, key: str) -> tuple[int | None, bool]:
    """(its id if it is handled, whether it may still be)."""
    with siyu.database.reading() as session:
        event = session.scalars(sa.select(InboxEvent).where(InboxEvent.key == key)).one()
    is_open = event.handled_at is None and event.quarantined_at is None
    return (event.id if event.handled_at else None), is_open
