"""Feeding: whoever of a broadcast waits gets her row in the outbox, a slice at a time.

A slice and the cursor behind it are one transaction under the lock of the broadcast's row, so two
feeders take turns and one that is killed leaves nothing half done. The outbox is fed only a few
seconds ahead of the sender, so that little is planned when somebody presses pause or cancel.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from app import odd_ones, outbox
from app.broadcasting import launching, rows
from app.broadcasting.rows import Slice
from app.domain.outreach import broadcasts
from app.domain.outreach.approvals import NotApproved
from app.domain.outreach.broadcasts import Broadcast, State
from app.outbox import OutboxMessage
from app.programme import Programme
from sop import broadcasts as sop_broadcasts
from sop.broadcasts import BroadcastDefinition

SLICE = 500
AHEAD = timedelta(seconds=10)
AHEAD_MAX = 10_000  # what the sender says in so many seconds, and what one mass job takes
CLEARED_AT_ONCE = 2_000
EVER = 2**62
CANCELLED = "cancelled"
_log = structlog.get_logger(__name__)
_PLANNED = OutboxMessage.state == sa.text("'planned'")


def attend(session: Session, broadcast_id: int, programme: Programme, now: datetime) -> bool:
    """Does for one broadcast what is to be done now, as much as fits a transaction. Returns
    whether there may be more of it at once. One that somebody else attends to is left to her."""
    broadcast = session.scalar(
        sa.select(Broadcast).where(Broadcast.id == broadcast_id).with_for_update(skip_locked=True)
    )
    if broadcast is None or broadcast.ended_at is not None:
        return False
    if broadcast.state == State.SCHEDULED:
        return _begin(session, broadcast, programme, now)
    if broadcast.state == State.CANCELLED:
        return _clear_away(session, broadcast, now)
    if broadcast.state == State.RUNNING:
        return _feed(session, broadcast, programme, now)
    return False


def _begin(session: Session, broadcast: Broadcast, programme: Programme, now: datetime) -> bool:
    """At its hour it is launched; long after it, only an operator may still want that."""
    if broadcast.scheduled_at is None or broadcast.scheduled_at > now:
        return False
    if now - broadcast.scheduled_at > broadcasts.GRACE:
        broadcasts.move_to(session, broadcast, State.PAUSED, now)
        broadcast.reason = broadcasts.MISSED
        return False
    try:
        with session.begin_nested():
            launching.launch(session, broadcast, programme, now)
    except NotApproved:
        broadcasts.move_to(session, broadcast, State.PAUSED, now)
        broadcast.reason = broadcasts.NOT_APPROVED
        return False
    return True


def _feed(session: Session, broadcast: Broadcast, programme: Programme, now: datetime) -> bool:
    if broadcast.fed_at is not None:
        return _finish(session, broadcast, now)
    definition = broadcast.parsed
    begin, room = _room(session, broadcast, definition.pace_a_minute, now)
    if not room:
        return False
    turns = _next(session, broadcast, definition, min(room, SLICE), now)
    if not turns:
        return _nobodys_turn(session, broadcast, definition, now)
    wished = [begin] * len(turns)
    if definition.own_time is not None:
        wished = [datetime.fromtimestamp(turn, UTC) for turn, _ in turns]
    due, broadcast.paced_to = sop_broadcasts.moments(begin, wished, definition.pace_a_minute)
    is_rest = definition.tryout is not None and turns[0][0] == launching.REST
    winner = broadcast.winner if is_rest else None
    turn = list(zip((number for _, number in turns), due, strict=True))
    _put(session, broadcast, winner, turn, programme, now)
    broadcast.fed_turn, broadcast.fed_to = turns[-1]
    return True


def _put(
    session: Session,
    broadcast: Broadcast,
    winner: str | None,
    turn: Sequence[tuple[int, datetime]],
    programme: Programme,
    now: datetime,
) -> None:
    """Puts the rows of these into the outbox; at whom it raises gets one that says so."""

    def part(some: Sequence[tuple[int, datetime]]) -> Slice:
        numbers, due = zip(*some, strict=True)
        return Slice(broadcast, broadcast.parsed, numbers, due, winner)

    def put(some: Sequence[tuple[int, datetime]]) -> None:
        outbox.put_all(session, rows.of(session, part(some), programme, now))

    odd = odd_ones.found(session, turn, put)
    for it in odd:
        _log.error("a recipient in trouble", broadcast=broadcast.id, exc_info=it.error)
    if odd:
        outbox.put_all(session, rows.in_trouble(part([it.one for it in odd]), now))


def _next(
    session: Session,
    broadcast: Broadcast,
    definition: BroadcastDefinition,
    limit: int,
    now: datetime,
) -> Sequence[tuple[int, int]]:
    """(turn, id) of those who wait and whose turn it is."""
    if definition.own_time is not None:
        return broadcasts.next_by_turn(session, broadcast, limit, int((now + AHEAD).timestamp()))
    if definition.tryout is not None:
        may_go_on = broadcast.tried_at is not None and broadcast.winner is not None
        last_turn = launching.REST if may_go_on else launching.FIRST
        return broadcasts.next_by_turn(session, broadcast, limit, last_turn)
    return [(0, number) for number in broadcasts.next_recipients(session, broadcast, limit)]


def _nobodys_turn(
    session: Session, broadcast: Broadcast, definition: BroadcastDefinition, now: datetime
) -> bool:
    """All have been told, or it is not time for the others yet, or not decided what they hear."""
    if definition.tryout is not None and broadcast.tried_at is None:
        broadcast.tried_at = now
        return True
    if definition.goes_by_turns and broadcasts.next_by_turn(session, broadcast, 1, EVER):
        return False
    broadcast.fed_at = now
    return True


def _room(
    session: Session, broadcast: Broadcast, pace_a_minute: int | None, now: datetime
) -> tuple[datetime, int]:
    """From when on how many more may be due. What is late already comes first, so that after a
    pause nothing goes out faster than the pace."""
    if pace_a_minute is None:
        return now, AHEAD_MAX - _planned(session, broadcast, now + AHEAD)
    gap = timedelta(minutes=1) / pace_a_minute
    late = _planned(session, broadcast, now)
    begin = max(broadcast.paced_to or now, now + late * gap)
    return begin, max(0, -((begin - now - AHEAD) // gap))


def _planned(session: Session, broadcast: Broadcast, until: datetime) -> int:
    """How many are planned by then. Counted no further than matters, and without what was put off:
    that has had its turn."""
    planned = sa.select(OutboxMessage.id).where(
        OutboxMessage.broadcast_id == broadcast.id,
        OutboxMessage.state == sa.text("'planned'"),
        OutboxMessage.reason.is_(None),
        OutboxMessage.due_at <= until,
    )
    counted = planned.limit(AHEAD_MAX).subquery()
    return session.scalar(sa.select(sa.func.count()).select_from(counted)) or 0


def _finish(session: Session, broadcast: Broadcast, now: datetime) -> bool:
    if not _is_open(session, broadcast, "planned", "attempting"):
        broadcasts.move_to(session, broadcast, State.FINISHED, now)
    return False


def _clear_away(session: Session, broadcast: Broadcast, now: datetime) -> bool:
    """What a cancelled broadcast had planned is not sent: nobody sends it from the moment it is
    cancelled, and here it is written down."""
    planned = (
        sa.select(OutboxMessage.id)
        .where(OutboxMessage.broadcast_id == broadcast.id, _PLANNED)
        .limit(CLEARED_AT_ONCE)
    )
    cleared = session.execute(
        sa.update(OutboxMessage)
        .where(OutboxMessage.id.in_(planned), _PLANNED)
        .values(**outbox.suppressed(CANCELLED, now))
        .execution_options(synchronize_session=False)
    )
    if not _is_open(session, broadcast, "planned", "attempting"):
        broadcast.ended_at = now
    return bool(cleared.rowcount)  # type: ignore[attr-defined]


def _is_open(session: Session, broadcast: Broadcast, *states: str) -> bool:
    found = sa.select(OutboxMessage.id).where(
        OutboxMessage.broadcast_id == broadcast.id, OutboxMessage.state.in_(states)
    )
    return session.scalar(found.limit(1)) is not None
