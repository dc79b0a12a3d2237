"""Points about to expire: once a member and day, an event of our own that plans may wait for.

``points_expiring``, under ``points_expiring:{member}:{business day of expiry}``, with the fields
``points`` (how many lapse on that day, as of now) and ``on`` (the day, YYYY-MM-DD). It is found so
many days ahead as the limit ``points_warning_days`` says; a house that was down that day tells it
as soon as it is up, as long as the day has not come.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import inbox
from app.domain.loyalty.lots import Lot
from app.domain.outreach.allowances import limit_table, limits
from app.inbox import InboxEvent
from app.programme import Programme

BATCH = 500
KIND = "points_expiring"


def put(session: Session, programme: Programme, now: datetime) -> bool:
    """Keeps what nobody has been told of yet, up to a batch. Returns whether there may be more."""
    today = programme.business_day(now)
    days_ahead = limits.value(session, limit_table.POINTS_WARNING_DAYS)
    room = BATCH
    for ahead in range(1, days_ahead + 1):
        on = today + timedelta(days=ahead)
        found = _untold(session, programme, on, room)
        for member_id, points in found:
            _tell(session, member_id, points, on, now)
        room -= len(found)
        if room == 0:
            return True
    return False


def _untold(
    session: Session, programme: Programme, on: date, limit: int
) -> Sequence[sa.Row[int, int]]:
    """(member, points) of the lots that lapse on this day where the shop is."""
    begins_at = datetime.combine(on, time(), programme.zone)
    ends_at = datetime.combine(on + timedelta(days=1), time(), programme.zone)
    key = sa.literal(f"{KIND}:") + sa.cast(Lot.member_id, sa.String) + sa.literal(f":{on}")
    return session.execute(
        sa.select(Lot.member_id, sa.func.sum(Lot.remaining))
        .where(
            Lot.remaining > 0,
            Lot.expires_at >= begins_at,
            Lot.expires_at < ends_at,
            ~sa.exists().where(InboxEvent.key == key),
        )
        .group_by(Lot.member_id)
        .order_by(Lot.member_id)
        .limit(limit)
    ).all()


def _tell(session: Session, member_id: int, points: int, on: date, now: datetime) -> None:
    inbox.receive_own(
        session,
        key=f"{KIND}:{member_id}:{on}",
        kind=KIND,
        subject=f"member:{member_id}",
        fields={"points": int(points), "on": str(on)},
        member_id=member_id,
        now=now,
    )
