"""Staff touches: who is in a message by staff counts as told once staff are about to be asked, and
does not when she has certainly not been: its platform refused her, staff did not confirm, it was
cancelled. Where nobody knows, it counts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.outreach import crowds
from app.domain.outreach.staff_messages import StaffMessage
from app.outbox import OutboxMessage

MARKETING = "marketing"


def end(
    session: Session,
    message: StaffMessage,
    which: sa.ColumnElement[bool],
    ended: Mapping[str, Any],
    zone: ZoneInfo,
    *,
    times: int,
) -> None:
    """Ends these recipients' messages as ``ended`` says. ``times`` -1: they have not been told
    after all; 1: they have, after all; 0: as far as is known, they have."""
    session.flush()
    rows = session.execute(
        sa.update(OutboxMessage)
        .where(which)
        .values(**ended)
        .returning(OutboxMessage.member_id, OutboxMessage.category, OutboxMessage.attempted_at)
        .execution_options(synchronize_session=False)
    ).all()
    by_moment: dict[tuple[str, datetime], set[int]] = {}
    for member_id, category, attempted_at in rows:
        at = _counted_at(message, attempted_at)
        if member_id is not None and times:
            by_moment.setdefault((category or MARKETING, at), set()).add(member_id)
    for (category, at), member_ids in sorted(by_moment.items()):
        crowds.count(session, member_ids, category, zone, at, times)


def _counted_at(message: StaffMessage, attempted_at: datetime | None) -> datetime:
    """What an operator wrote is counted when she prepares it, anything else when it is begun."""
    return (
        message.created_at
        if message.operator_id is not None
        else attempted_at or message.created_at
    )
