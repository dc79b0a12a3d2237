"""Snapshots: who is in a segment at a moment, frozen in one statement; nothing is ever written to
those rows again, except that a record's place is taken by the one that absorbs it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db import Id
from app.domain.insight.segments import Segment, SegmentSnapshot, SnapshotMember
from app.domain.outreach import where_used
from app.domain.outreach.materials import content_uses
from app.segments import compiling, keeping
from app.segments.keeping import InUse
from tagging.segments.rules import Rule


def take(
    session: Session, segment: Segment, name: str, operator_id: int | None, now: datetime
) -> SegmentSnapshot:
    """Freezes who is in it now."""
    return _take(session, segment.id, segment.definition, segment.rule, name, operator_id, now)


def take_of(
    session: Session,
    definition: dict[str, Any],
    rule: Rule,
    name: str,
    operator_id: int | None,
    now: datetime,
) -> SegmentSnapshot:
    """Freezes whom a rule means that is no segment's."""
    return _take(session, None, definition, rule, name, operator_id, now)


def newest(session: Session, before_id: int | None, limit: int) -> Sequence[SegmentSnapshot]:
    wanted = sa.select(SegmentSnapshot).order_by(SegmentSnapshot.id.desc()).limit(limit)
    if before_id is not None:
        wanted = wanted.where(SegmentSnapshot.id < before_id)
    return session.scalars(wanted).all()


def of_segment(session: Session, segment_id: int, limit: int) -> Sequence[SegmentSnapshot]:
    """The newest first."""
    hers = sa.select(SegmentSnapshot).where(SegmentSnapshot.segment_id == segment_id)
    return session.scalars(hers.order_by(SegmentSnapshot.id.desc()).limit(limit)).all()


def members_of(session: Session, snapshot_id: int, after_id: int, limit: int) -> Sequence[int]:
    """The ids of its members, in their order, from above ``after_id``."""
    those = sa.select(SnapshotMember.member_id).where(
        SnapshotMember.snapshot_id == snapshot_id, SnapshotMember.member_id > after_id
    )
    return session.scalars(those.order_by(SnapshotMember.member_id).limit(limit)).all()


def delete(session: Session, snapshot: SegmentSnapshot) -> None:
    """Raises InUse."""
    session.refresh(snapshot, with_for_update=True)
    uses = where_used.of(session, content_uses.SNAPSHOT, str(snapshot.id))
    if uses:
        raise InUse(uses)
    hers = SnapshotMember.snapshot_id == snapshot.id
    session.execute(sa.delete(SnapshotMember).where(hers))
    session.delete(snapshot)
    session.flush()


def _take(
    session: Session,
    segment_id: int | None,
    definition: dict[str, Any],
    rule: Rule,
    name: str,
    operator_id: int | None,
    now: datetime,
) -> SegmentSnapshot:
    taken = SegmentSnapshot(
        segment_id=segment_id,
        name=name,
        definition=definition,
        members=0,
        operator_id=operator_id,
        taken_at=now,
    )
    session.add(taken)
    session.flush()
    chosen = compiling.members(keeping.whole(session, rule), now).subquery()
    rows = sa.select(sa.literal(taken.id, Id), chosen.c.id)
    statement = sa.insert(SnapshotMember).from_select(["snapshot_id", "member_id"], rows)
    result = session.execute(statement.execution_options(preserve_rowcount=True))
    taken.members = int(result.rowcount)  # type: ignore[attr-defined]
    session.flush()
    return taken
