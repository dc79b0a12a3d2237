"""Going on: after a pause, or once more with what failed, under the same rows."""

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import lanes
from app.broadcasting import launching
from app.broadcasting.rows import UNSENT_AFTER
from app.db import table_of
from app.domain.outreach import broadcasts
from app.domain.outreach.broadcasts import Broadcast, NotAllowed
from app.lanes import RECIPIENTS
from app.outbox import OutboxMessage, State
from app.programme import Programme
from app.sending.second_attempts import SENT_AGAIN
from sop import broadcasts as sop_broadcasts

AT_ONCE = 1_000


def resume(session: Session, broadcast: Broadcast, programme: Programme, now: datetime) -> None:
    """What was planned when it was paused is as fresh as if it were planned now; one that missed
    its hour is launched. Raises NotAllowed."""
    if broadcast.launched_at is None:
        launching.launch(session, broadcast, programme, now)
        return
    broadcasts.move_to(session, broadcast, broadcasts.State.RUNNING, now)
    session.execute(
        sa.update(OutboxMessage)
        .where(OutboxMessage.broadcast_id == broadcast.id, OutboxMessage.state == State.PLANNED)
        .values(expires_at=now + UNSENT_AFTER)
        .execution_options(synchronize_session=False)
    )
    _touch_all_lanes(session)


def resend(
    session: Session,
    broadcast: Broadcast,
    failed: Collection[str],
    unknown: Collection[str],
    now: datetime,
) -> int:
    """Plans once more what ``failed`` for one of these reasons, and what is ``unknown`` for one of
    those: whoever names such a reason takes the risk that some get the message twice. It goes at
    the broadcast's pace. Returns how many. Raises NotAllowed unless it runs or has finished."""
    session.refresh(broadcast, with_for_update=True)
    if broadcast.state not in (broadcasts.State.RUNNING, broadcasts.State.FINISHED):
        raise NotAllowed(broadcast.state)
    broadcasts.move_to(session, broadcast, broadcasts.State.RUNNING, now)
    pace, ids = broadcast.parsed.pace_a_minute, _ids(session, broadcast, failed, unknown)
    begin = max(broadcast.paced_to or now, now)
    due, broadcast.paced_to = sop_broadcasts.moments(begin, [begin] * len(ids), pace)
    for start in range(0, len(ids), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        _plan_again(session, ids[part], due[part])
    _touch_all_lanes(session)
    return len(ids)


def _touch_all_lanes(session: Session) -> None:
    for lane in range(lanes.LANES):
        lanes.touch(session, lanes.BROADCASTS, lane)


def _ids(
    session: Session, broadcast: Broadcast, failed: Collection[str], unknown: Collection[str]
) -> Sequence[int]:
    named = sa.or_(
        sa.and_(OutboxMessage.state == State.FAILED, _reason_in(failed)),
        sa.and_(OutboxMessage.state == State.UNKNOWN, _reason_in(unknown)),
    )
    return session.scalars(
        sa.select(OutboxMessage.id)
        .where(
            OutboxMessage.broadcast_id == broadcast.id,
            OutboxMessage.pipe != RECIPIENTS,  # a job speaks for them
            named,
        )
        .order_by(OutboxMessage.id)
    ).all()


def _reason_in(reasons: Collection[str]) -> sa.ColumnElement[bool]:
    return sa.func.coalesce(OutboxMessage.reason, "").in_(reasons)


def _plan_again(session: Session, ids: Sequence[int], due: Sequence[datetime]) -> None:
    """Rows that somebody else has sent again meanwhile are no longer in these states."""
    table = table_of(OutboxMessage)
    again = (
        sa.update(table)
        .where(
            table.c.id == sa.bindparam("its_id"),
            sa.or_(table.c.state == State.FAILED, table.c.state == State.UNKNOWN),
        )
        .values(
            state=State.PLANNED,
            due_at=sa.bindparam("again_at"),
            expires_at=sa.bindparam("until"),
            settled_at=None,
            attempts=0,
            doubtful_at=None,
            reason=SENT_AGAIN,
        )
    )
    rows = [
        {"its_id": number, "again_at": at, "until": at + UNSENT_AFTER}
        for number, at in zip(ids, due, strict=True)
    ]
    session.connection().execute(again, rows)
