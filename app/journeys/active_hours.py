"""Active hours: at what time of the day a member has been most active of late."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.inbox import InboxEvent
from app.journeys.past import MESSAGES

LOOKS_BACK = timedelta(days=60)
TIMES_MIN = 3  # fewer say nothing yet
SIGNS = (*MESSAGES, "event.click", "sign_in", "radar_opened")


def of_members(
    session: Session, member_ids: Collection[int], zone: ZoneInfo, now: datetime
) -> Mapping[int, time]:
    """By member: the full hour in which she acted most often, the earliest of several; those of
    whom too little is known are not in the answer."""
    acted: dict[int, Counter[int]] = {}
    signs = sa.select(InboxEvent.member_id, InboxEvent.happened_at).where(
        InboxEvent.member_id.in_(member_ids),
        InboxEvent.kind.in_(SIGNS),
        InboxEvent.happened_at >= now - LOOKS_BACK,
    )
    for member_id, at in session.execute(signs):
        assert member_id is not None
        acted.setdefault(member_id, Counter())[at.astimezone(zone).hour] += 1
    return {
        member_id: time(min(hours, key=lambda hour: (-hours[hour], hour)))
        for member_id, hours in acted.items()
        if hours.total() >= TIMES_MIN
    }
