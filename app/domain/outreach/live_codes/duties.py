"""Duties 当班: to whom live codes of WeCom should lead at a moment, by their rosters (``rosters``)
and by which code acts for which (``acting_codes``): for one, or for all in a few statements.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.outreach.live_codes import acting_codes, rosters
from app.domain.outreach.live_codes.live_code_terms import LiveCodeArrival, LiveCodeTerms
from app.domain.outreach.live_codes.rosters import RosterLead, RosterShift
from app.domain.people import staff
from app.domain.people.live_codes import LiveCode
from app.domain.people.ways_in import WayIn
from sop.times import rosters as shifts
from sop.times.rosters import Shift


@dataclass(frozen=True, slots=True)
class Staffed:
    """A live code of an account, and the staff to whom it may lead."""

    code_id: int
    channel_id: int
    userids: Sequence[str]


def due(session: Session, zone: ZoneInfo, now: datetime) -> list[int]:
    """The live codes that should lead to others than they do, and those whose last change the
    platform has not taken."""
    rows = session.execute(
        sa.select(LiveCode, WayIn, RosterLead)
        .join(WayIn, WayIn.live_code_id == LiveCode.id)
        .outerjoin(RosterLead, RosterLead.live_code_id == LiveCode.id)
        .where(sa.or_(_HAS_SHIFTS, _HANDS_ON, RosterLead.live_code_id.is_not(None)))
        .order_by(LiveCode.id)
    )
    known = {code.id: (code, way_in, lead) for code, way_in, lead in rows if way_in.userids}
    wanted = [
        Staffed(code.id, code.channel_id, way_in.userids) for code, way_in, _ in known.values()
    ]
    if not wanted:
        return []
    return [
        code_id
        for code_id, userids in _leading(session, wanted, zone, now).items()
        if rosters.is_other(*known[code_id][1:], userids, now)
    ]


def leading_to(
    session: Session, code: LiveCode, userids: Sequence[str], zone: ZoneInfo, now: datetime
) -> tuple[str, ...]:
    """To whom the code should lead now if these are its staff; empty where nobody is left."""
    return _leading(session, [Staffed(code.id, code.channel_id, userids)], zone, now)[code.id]


def taken_today(
    session: Session, code_ids: Collection[int], zone: ZoneInfo, now: datetime
) -> Mapping[int, Mapping[str, int]]:
    """By code and userid: how many members have come to her through the code on this business
    day."""
    midnight = datetime.combine(now.astimezone(zone).date(), time(), zone)
    rows = session.execute(
        sa.select(
            LiveCodeArrival.through_id,
            LiveCodeArrival.userid,
            sa.func.count(LiveCodeArrival.member_id.distinct()),
        )
        .where(
            LiveCodeArrival.through_id.in_(code_ids),
            LiveCodeArrival.arrived_at >= midnight,
            LiveCodeArrival.userid.is_not(None),
        )
        .group_by(LiveCodeArrival.through_id, LiveCodeArrival.userid)
    )
    found: dict[int, dict[str, int]] = {}
    for code_id, userid, count in rows:
        found.setdefault(int(str(code_id)), {})[str(userid)] = count
    return found


_HAS_SHIFTS = sa.exists().where(RosterShift.live_code_id == LiveCode.id)
_HANDS_ON = sa.exists().where(
    LiveCodeTerms.live_code_id == LiveCode.id, LiveCodeTerms.fallback_id.is_not(None)
)


def _leading(
    session: Session, wanted: Sequence[Staffed], zone: ZoneInfo, now: datetime
) -> Mapping[int, tuple[str, ...]]:
    """By code, in this order. Where another acts for it, its staff are meant, as long as they are
    of the same account."""
    acting = acting_codes.of(session, [one.code_id for one in wanted], zone, now)
    others = _staffed(session, {to for code_id, to in acting.items() if to != code_id})
    meant = {}
    for one in wanted:
        other = others.get(acting.get(one.code_id, 0), one)
        meant[one.code_id] = other if other.channel_id == one.channel_id else one
    there = _on_duty(session, {one.code_id: one for one in meant.values()}, zone, now)
    return {code_id: there[one.code_id] for code_id, one in meant.items()}


def _staffed(session: Session, code_ids: Collection[int]) -> Mapping[int, Staffed]:
    """Those of them that lead to anybody."""
    if not code_ids:
        return {}
    rows = session.execute(
        sa.select(LiveCode.id, LiveCode.channel_id, WayIn.userids)
        .join(WayIn, WayIn.live_code_id == LiveCode.id)
        .where(LiveCode.id.in_(code_ids))
    )
    found = (Staffed(*row) for row in rows)
    return {one.code_id: one for one in found if one.userids}


def _on_duty(
    session: Session, staffed: Mapping[int, Staffed], zone: ZoneInfo, now: datetime
) -> Mapping[int, tuple[str, ...]]:
    """By code: which of its own staff are there."""
    limited = sa.select(RosterShift).where(RosterShift.live_code_id.in_(staffed))
    known = {(row.live_code_id, row.userid): row.shift for row in session.scalars(limited)}
    taken = taken_today(session, staffed, zone, now)
    gone = staff.gone(session, {one.channel_id for one in staffed.values()})
    return {
        code_id: shifts.on_duty(
            [
                known.get((code_id, userid), Shift(userid))
                for userid in one.userids
                if (one.channel_id, userid) not in gone
            ],
            taken.get(code_id, {}),
            now.astimezone(zone),
        )
        for code_id, one in staffed.items()
    }
