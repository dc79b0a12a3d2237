"""Segments 人群: rules that say which members are meant, in versions; snapshots, which hold who was
in one at a moment; and who came into one, and how often.

What a rule can say is in ``tagging.segments``. That it can be asked, that no segment is made of
itself and that none in use is deleted is seen to in ``app.segments.keeping``.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypedDict, Unpack

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once
from tagging.segments import reading
from tagging.segments.rules import Rule

KEY = re.compile(r"[A-Za-z0-9_-]{1,40}")


class BadKey(ValueError):
    """The key is no name: letters, digits, - and _."""


class KeyTaken(Exception):
    """There is a segment of this key already."""


class Segment(Base):
    """``members``: how many were in it when they were counted last, at ``counted_at``; ``sampled``
    where that was too many to count them all. None: it took too long even for a sample."""

    __tablename__ = "segments"
    __table_args__ = (sa.Index("ix_segments_counted_at", "counted_at"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    definition: Mapped[dict[str, Any]]
    version: Mapped[int] = mapped_column(default=1)
    operator_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("operators.id"))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    members: Mapped[int | None]
    counted_at: Mapped[datetime | None]
    sampled: Mapped[bool] = mapped_column(default=False, server_default=sa.text("false"))

    @property
    def rule(self) -> Rule:
        """Raises BadSegment when somebody has written it past us."""
        return reading.parse(self.definition)

    @property
    def is_readable(self) -> bool:
        try:
            return bool(self.rule)
        except reading.BadSegment:
            return False


class SegmentVersion(Base):
    __tablename__ = "segment_versions"
    __table_args__ = (sa.UniqueConstraint("segment_id", "version"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    segment_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("segments.id"))
    version: Mapped[int]
    name: Mapped[str]
    definition: Mapped[dict[str, Any]]
    operator_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("operators.id"))
    created_at: Mapped[datetime]


class SegmentSnapshot(Base):
    """Who was in it then. ``segment_id`` None: of a segment that is no more, or of none."""

    __tablename__ = "segment_snapshots"
    __table_args__ = (sa.Index("ix_segment_snapshots_segment_id", "segment_id", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    segment_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("segments.id"))
    name: Mapped[str]
    definition: Mapped[dict[str, Any]]
    members: Mapped[int] = mapped_column(default=0)
    operator_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("operators.id"))
    taken_at: Mapped[datetime]


class SnapshotMember(Base):
    """No foreign key to the member: a million look-ups would take several times as long as the
    rows, and nothing ever deletes what they point to."""

    __tablename__ = "segment_snapshot_members"
    __table_args__ = ({"sqlite_with_rowid": False},)

    snapshot_id: Mapped[int] = mapped_column(Id, primary_key=True)
    member_id: Mapped[int] = mapped_column(Id, primary_key=True)


class SegmentEntry(Base):
    """That a member has come into a segment, how many ``times`` so far, and when she did last or
    was found to be out again. Kept for the segments that running plans wait for."""

    __tablename__ = "segment_entries"
    __table_args__ = (
        sa.Index("ix_segment_entries_entered_at", "segment_id", "entered_at"),
        {"sqlite_with_rowid": False},
    )

    segment_id: Mapped[int] = mapped_column(Id, primary_key=True)
    member_id: Mapped[int] = mapped_column(Id, primary_key=True)
    times: Mapped[int] = mapped_column(default=1)
    entered_at: Mapped[datetime]
    left_at: Mapped[datetime | None]


class Written(TypedDict):
    """What somebody wrote of a segment, and when."""

    name: str
    definition: dict[str, Any]
    operator_id: int | None
    now: datetime


def add(session: Session, *, key: str, **written: Unpack[Written]) -> Segment:
    """A new segment. Raises BadKey and KeyTaken."""
    if not KEY.fullmatch(key):
        raise BadKey(key)
    values = {
        "key": key,
        "name": written["name"],
        "definition": written["definition"],
        "version": 1,
        "operator_id": written["operator_id"],
        "created_at": written["now"],
        "changed_at": written["now"],
    }
    segment_id = insert_once(session, Segment, values, unique=["key"])
    if segment_id is None:
        raise KeyTaken(key)
    made = session.get_one(Segment, segment_id)
    _keep_version(session, made)
    return made


def revise(session: Session, segment: Segment, **written: Unpack[Written]) -> None:
    """The next version, which counts from now on wherever the segment is named; a new name alone
    is none. The caller has locked it."""
    segment.name = written["name"]
    if written["definition"] == segment.definition:
        return
    segment.definition, segment.version = written["definition"], segment.version + 1
    segment.operator_id, segment.changed_at = written["operator_id"], written["now"]
    segment.members = segment.counted_at = None
    _keep_version(session, segment)


def delete(session: Session, segment: Segment) -> None:
    """Its snapshots stay. That nothing uses it is the caller's to know."""
    snapshots = sa.update(SegmentSnapshot).where(SegmentSnapshot.segment_id == segment.id)
    session.execute(snapshots.values(segment_id=None))
    for table in (SegmentVersion, SegmentEntry):
        session.execute(sa.delete(table).where(table.segment_id == segment.id))
    session.delete(segment)
    session.flush()


def uncounted(session: Session, since: datetime) -> Sequence[tuple[int, int]]:
    """(id, version) of those that were not counted since then, those counted longest ago first."""
    rows = session.execute(
        sa.select(Segment.id, Segment.version)
        .where(sa.or_(Segment.counted_at.is_(None), Segment.counted_at < since))
        .order_by(Segment.counted_at.is_not(None), Segment.counted_at, Segment.id)
    )
    return [(segment_id, version) for segment_id, version in rows]


def keep_count(
    session: Session,
    segment_id: int,
    version: int,
    members: int | None,
    now: datetime,
    *,
    sampled: bool = False,
) -> None:
    """How many are in it, unless it has been written anew meanwhile."""
    session.execute(
        sa.update(Segment)
        .where(Segment.id == segment_id, Segment.version == version)
        .values(members=members, sampled=sampled, counted_at=now)
    )


def by_key(session: Session, key: str) -> Segment | None:
    return session.scalar(sa.select(Segment).where(Segment.key == key))


def all_of(session: Session) -> Sequence[Segment]:
    return session.scalars(sa.select(Segment).order_by(Segment.id.desc())).all()


def all_locked(session: Session) -> Sequence[Segment]:
    """All, and nobody changes what one is made of until the transaction ends."""
    rows = sa.select(Segment).order_by(Segment.id).with_for_update()
    return session.scalars(rows.execution_options(populate_existing=True)).all()


def versions_of(session: Session, segment_id: int) -> Sequence[SegmentVersion]:
    """The newest first."""
    rows = sa.select(SegmentVersion).where(SegmentVersion.segment_id == segment_id)
    return session.scalars(rows.order_by(SegmentVersion.version.desc())).all()


def _keep_version(session: Session, segment: Segment) -> None:
    session.add(
        SegmentVersion(
            segment_id=segment.id,
            version=segment.version,
            name=segment.name,
            definition=segment.definition,
            operator_id=segment.operator_id,
            created_at=segment.changed_at,
        )
    )
    session.flush()
