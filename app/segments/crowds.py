"""Crowds: what a filter calls by name, a segment or a snapshot, as a condition on members, and
which of some members are in it. In a segment that there is not is nobody."""

from collections.abc import Collection, Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.insight.segments import SnapshotMember
from app.domain.outreach.audience import CrowdOf
from app.domain.people.members import Member
from app.segments import compiling, keeping
from tagging.segments.nesting import NoSuchSegment


def at(session: Session, now: datetime) -> CrowdOf:
    """What is meant by a name as of ``now``: each is looked up when it is asked for, once."""
    known: dict[str, sa.ColumnElement[bool]] = {}

    def crowd_of(name: str) -> sa.ColumnElement[bool]:
        if name not in known:
            known[name] = _condition(session, name, now)
        return known[name]

    return crowd_of


def held(
    session: Session, member_ids: Collection[int], names: Collection[str], now: datetime
) -> Mapping[int, frozenset[str]]:
    """In which of these each of the members is; who is in none may be missing. One query a name."""
    crowd_of, found = at(session, now), dict[int, set[str]]()
    for name in sorted(names):
        those = sa.select(Member.id).where(Member.id.in_(set(member_ids)), crowd_of(name))
        for member_id in session.scalars(those):
            found.setdefault(member_id, set()).add(name)
    return {member_id: frozenset(names) for member_id, names in found.items()}


def _condition(session: Session, name: str, now: datetime) -> sa.ColumnElement[bool]:
    kind, _colon, key = name.partition(":")
    if kind == "snapshot":
        return sa.exists().where(
            SnapshotMember.snapshot_id == int(key), SnapshotMember.member_id == Member.id
        )
    try:
        rule = keeping.rule_of(session, key)
    except NoSuchSegment:
        return sa.false()
    return sa.and_(Member.same_as_id.is_(None), compiling.condition(rule, now))
