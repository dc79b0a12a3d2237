"""Room rates: how many messages a minute one group is told, by all processes together.

The outbox itself is the counter, so it survives whatever the processes do not, and a reply and a
plan's message count alike.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.outreach.allowances import limit_table, limits
from app.domain.people.groups import Group
from app.outbox import OutboxMessage

MINUTE = timedelta(minutes=1)
ON_ITS_WAY = timedelta(seconds=15)  # a call may reach the gateway that long after its attempt


def full_until(
    session: Session, group_ids: Collection[int], now: datetime
) -> Mapping[int, datetime]:
    """Until when nothing more may be said in these groups; one in which something may is not in
    the answer. Until the transaction ends nobody else is told that there is room: replies and
    broadcasts are two lanes. The caller says one thing in each."""
    if not group_ids:
        return {}
    held = sa.select(Group.id).where(Group.id.in_(group_ids)).order_by(Group.id)
    session.execute(held.with_for_update(key_share=True))
    period, most = MINUTE + ON_ITS_WAY, limits.value(session, limit_table.ROOM_MESSAGES_A_MINUTE)
    told: defaultdict[int, list[datetime]] = defaultdict(list)
    for group_id, at in session.execute(
        sa.select(OutboxMessage.group_id, OutboxMessage.attempted_at)
        .where(OutboxMessage.group_id.in_(group_ids), OutboxMessage.attempted_at > now - period)
        .order_by(OutboxMessage.attempted_at.desc())
    ):
        assert group_id is not None
        assert at is not None
        told[group_id].append(at)
    return {it: times[most - 1] + period for it, times in told.items() if len(times) >= most}
