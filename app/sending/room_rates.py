"""Room rates: how many messages a minute one group is told, by all processes together.

The outbox itself is the counter, so it survives whatever the processes do not, and a reply and a
plan's message count alike.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.outreach import limit_table, limits
from app.domain.people.groups import Group
from app.outbox import OutboxMessage

MINUTE = timedelta(minutes=1)
ON_ITS_WAY = timedelta(seconds=15)  # a call may reach the gateway that long after its attempt


def full_until(session: Session, group_id: int, now: datetime) -> datetime | None:
    """Until when nothing more may be said in the group, or None when something may. Until the
    transaction ends nobody else is told that there is room: replies and broadcasts are two lanes.
    """
    session.execute(sa.select(Group.id).where(Group.id == group_id).with_for_update(key_share=True))
    period = MINUTE + ON_ITS_WAY
    filling = session.scalar(
        sa.select(OutboxMessage.attempted_at)
        .where(OutboxMessage.group_id == group_id, OutboxMessage.attempted_at > now - period)
        .order_by(OutboxMessage.attempted_at.desc())
        .offset(limits.value(session, limit_table.ROOM_MESSAGES_A_MINUTE) - 1)
        .limit(1)
    )
    return filling + period if filling is not None else None
