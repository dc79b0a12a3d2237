"""Segment counts: each segment is counted once a night, and soon after it was written.

A thread of the scheduler does it beside the ticks. Counting only reads, so it locks nobody. A look
ends after ``LOOK_FOR``, and the next one goes on. What cannot be counted in time is counted by a
sample of the members.
"""

from datetime import timedelta

import structlog
from sqlalchemy.exc import OperationalError

from app.clockwork import nights
from app.domain.insight import segments
from app.domain.insight.segments import Segment
from app.segments import counting, keeping
from app.wiring import Siyu
from tagging.segments.nesting import NoSuchSegment
from tagging.segments.reading import BadSegment

LOOK_FOR = timedelta(seconds=20)
TIMEOUT_S = 15.0  # for one of them, and as long again for a sample
_log = structlog.get_logger(__name__)


def look(siyu: Siyu) -> None:
    """Counts those that were not counted since the last night began, as far as a look goes."""
    began_at = siyu.clock()
    try:
        with siyu.database.reading() as session:
            due = segments.uncounted(session, nights.last_began_at(siyu.programme, began_at))
        for segment_id, version in due:
            if siyu.clock() > began_at + LOOK_FOR:
                break
            _count(siyu, segment_id, version)
    except OperationalError as error:
        _log.warning("database trouble, the next look tries again", error=str(error.orig))


def _count(siyu: Siyu, segment_id: int, version: int) -> None:
    now = siyu.clock()
    with siyu.database.reading() as session:
        chosen = session.get(Segment, segment_id)
        if chosen is None:
            return
        try:
            rule = keeping.rule_of(session, chosen.key)
        except (BadSegment, NoSuchSegment) as unreadable:
            _log.warning("a segment cannot be read", key=chosen.key, why=str(unreadable))
            return
        counted = counting.count(session, rule, now, TIMEOUT_S)
    with siyu.database.writing() as session:
        number = counted.number if counted is not None else None
        sampled = counted is not None and not counted.is_exact
        segments.keep_count(session, segment_id, version, number, now, sampled=sampled)
