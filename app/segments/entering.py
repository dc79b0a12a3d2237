"""Entering: who has come into a segment since it was looked at last, and who is out of it again.

Looked at once an hour for the segments that running plans wait for, all of it set-based; and for
one member at once when something happens to her that the segment asks about. Whoever goes out and
comes back between two looks has not been out.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db import Id, insert_all_once, insert_selected
from app.domain.insight import segments
from app.domain.insight.segments import SegmentEntry
from app.domain.people.members import Member
from app.segments import crowds, keeping
from tagging.segments import rules
from tagging.segments.rules import Leaf, Rule

# What of a rule each thing that happens may turn; what is not here may turn any of it.
_TURNED: dict[str, tuple[str, type[Leaf]]] = {
    "replied": ("chatted", rules.Happened),
    "signed_in": ("signed_in", rules.PointsBetween),
    "answered": ("quiz_answered", rules.PointsBetween),
    "clicked": ("radar_opened", rules.PointsBetween),
    "tagged": ("", rules.TagHeld),
    "tier_changed": ("", rules.OneOf),
}


def look(session: Session, key: str, now: datetime) -> int | None:
    """Notes who has come in and who is out. Returns the segment's id; None when there is none."""
    segment = segments.by_key(session, key)
    if segment is None:
        return None
    is_in = crowds.at(session, now)(f"segment:{key}")
    whose = SegmentEntry.segment_id == segment.id
    she_is = sa.exists().where(Member.id == SegmentEntry.member_id, is_in)
    # an absorbed record stays where it is: it may be told apart again
    waits = sa.exists().where(Member.id == SegmentEntry.member_id, Member.same_as_id.is_not(None))
    out = sa.update(SegmentEntry).where(whose, SegmentEntry.left_at.is_(None), ~she_is, ~waits)
    back = sa.update(SegmentEntry).where(whose, SegmentEntry.left_at.is_not(None), she_is)
    again = {"left_at": None, "entered_at": now, "times": SegmentEntry.times + 1}
    for statement in (out.values(left_at=now), back.values(again)):
        session.execute(statement.execution_options(synchronize_session=False))
    names = ["segment_id", "member_id", "times", "entered_at"]
    times, at = sa.literal(1), sa.literal(now, SegmentEntry.entered_at.type)
    whom: sa.Select[*tuple[Any, ...]] = sa.select(sa.literal(segment.id, Id), Member.id, times, at)
    insert_selected(session, SegmentEntry, names, whom.where(is_in), unique=names[:2])
    return segment.id


def look_at_her(session: Session, key: str, member_id: int, now: datetime) -> int | None:
    """For the how-many-eth time she has come into the segment just now; None when she is not in it,
    or was before."""
    segment = segments.by_key(session, key)
    if segment is None or not crowds.held(session, [member_id], [f"segment:{key}"], now):
        return None
    hers = {"segment_id": segment.id, "member_id": member_id}
    entry = {**hers, "times": 1, "entered_at": now}
    if insert_all_once(session, SegmentEntry, [entry], unique=[*hers]):
        return 1
    again = {"left_at": None, "entered_at": now, "times": SegmentEntry.times + 1}
    came_back = sa.update(SegmentEntry).filter_by(**hers).where(SegmentEntry.left_at.is_not(None))
    return session.scalar(
        came_back.values(again)
        .returning(SegmentEntry.times)
        .execution_options(synchronize_session=False)
    )


def entry_since(
    segment_id: int, since: datetime
) -> tuple[sa.ColumnElement[bool], sa.ScalarSelect[str]]:
    """Whether ``Member`` has come in since, and the name of the time she did last."""
    hers = (SegmentEntry.segment_id == segment_id, SegmentEntry.member_id == Member.id)
    came = sa.exists().where(*hers, SegmentEntry.left_at.is_(None), SegmentEntry.entered_at > since)
    times = sa.cast(SegmentEntry.times, sa.String)
    return came, sa.select(sa.literal("segment:") + times).where(*hers).scalar_subquery()


def may_lead_in(session: Session, key: str, happening: str) -> bool:
    """Whether what is heard under this name may have brought somebody into the segment."""
    segment = segments.by_key(session, key)
    return segment is not None and _turns(keeping.whole(session, segment.rule), happening)


def _turns(rule: Rule, happening: str) -> bool:
    if happening not in _TURNED:
        return True
    kind, shape = _TURNED[happening]
    return any(
        leaf.kind == kind if isinstance(leaf, rules.Happened) else isinstance(leaf, shape)
        for leaf in rules.leaves(rule)
    )
