"""Acting codes: which live code would take a newcomer who came through another at this moment: that
one itself, or the first that is open of those that stand in for it (``live_code_terms``).

A few statements, however many codes are asked about.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.outreach.live_codes.live_code_terms import LiveCodeArrival, LiveCodeTerms
from sop.times import opening_hours

_Terms = Mapping[int, LiveCodeTerms]


def of(
    session: Session, code_ids: Collection[int], zone: ZoneInfo, at: datetime
) -> Mapping[int, int]:
    """By code, the one that acts. A code for which none is open has no entry."""
    terms = _reachable(session, code_ids)
    closed = frozenset(_closed(session, terms, at.astimezone(zone)))
    found = ((code_id, _first_open(code_id, terms, closed)) for code_id in code_ids)
    return {code_id: acting_id for code_id, acting_id in found if acting_id is not None}


def _reachable(session: Session, code_ids: Collection[int]) -> _Terms:
    """The terms of these codes and of all that may act for them: a statement for each step of the
    longest way. A code without terms is always open."""
    terms: dict[int, LiveCodeTerms] = {}
    wanted = set(code_ids)
    while wanted:
        rows = session.scalars(
            sa.select(LiveCodeTerms).where(LiveCodeTerms.live_code_id.in_(wanted))
        ).all()
        terms |= {one.live_code_id: one for one in rows}
        wanted = {one.fallback_id for one in rows if one.fallback_id is not None} - terms.keys()
    return terms


def _closed(session: Session, terms: _Terms, local: datetime) -> Iterator[int]:
    a_day = {code_id: one.members_max_a_day for code_id, one in terms.items()}
    in_all = {code_id: one.members_max for code_id, one in terms.items()}
    yield from _full(session, a_day, LiveCodeArrival.counted_on == local.date())
    yield from _full(session, in_all, LiveCodeArrival.counted_on.is_not(None))
    for code_id, one in terms.items():
        if not opening_hours.is_open(opening_hours.parse(one.hours), local):
            yield code_id


def _full(
    session: Session, most: Mapping[int, int | None], which: sa.ColumnElement[bool]
) -> Iterator[int]:
    """Those that have taken as many members as they may."""
    limited = {code_id: number for code_id, number in most.items() if number is not None}
    if not limited:
        return
    rows = session.execute(
        sa.select(LiveCodeArrival.through_id, sa.func.count())
        .where(LiveCodeArrival.through_id.in_(limited), which)
        .group_by(LiveCodeArrival.through_id)
    )
    taken = {code_id: count for code_id, count in rows}  # noqa: C416  rows, not pairs
    yield from (code_id for code_id, number in limited.items() if taken.get(code_id, 0) >= number)


def _first_open(code_id: int, terms: _Terms, closed: Collection[int]) -> int | None:
    candidate: int | None = code_id
    seen: set[int] = set()
    while candidate is not None and candidate not in seen:
        if candidate not in closed:
            return candidate
        seen.add(candidate)
        candidate = terms[candidate].fallback_id
    return None
