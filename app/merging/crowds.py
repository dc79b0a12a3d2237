"""Crowds that a record is in by name, its snapshots and the segments it has come into: the record
that stays is in them from here on, so that a snapshot still means her and nobody has to enter a
segment again that she was in.

Where both records are in one, the absorbed one's row stays behind and is seen by nobody.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.domain.insight.segments import Segment, SegmentEntry, SegmentSnapshot, SnapshotMember

# Kept by the crowd and the member, in this order: found through the crowds, which are few.
PLACES: Mapping[Any, tuple[str, sa.Select[Any]]] = {
    SnapshotMember.__table__: ("snapshot_id", sa.select(SegmentSnapshot.id)),
    SegmentEntry.__table__: ("segment_id", sa.select(Segment.id)),
}


def carry(session: Session, kept_id: int, absorbed_id: int) -> dict[str, list[int]]:
    """Returns the ids of the crowds in which the record that stays has taken the other's place."""
    _count_on(session, kept_id, absorbed_id)
    carried = {}
    for rows, (crowd, those) in PLACES.items():
        hers = rows.alias()
        is_in = sa.exists().where(hers.c[crowd] == rows.c[crowd], hers.c.member_id == kept_id)
        place = sa.update(rows).where(rows.c[crowd].in_(those), rows.c.member_id == absorbed_id)
        taken = place.where(~is_in).values(member_id=kept_id).returning(rows.c[crowd])
        carried[rows.name] = list(session.scalars(taken))
    return carried


def carry_back(
    session: Session, carried: Mapping[str, list[int]], kept_id: int, absorbed_id: int
) -> None:
    """What is still there of them."""
    for rows, (crowd, _those) in PLACES.items():
        ids = carried.get(rows.name, [])
        place = sa.update(rows).where(rows.c[crowd].in_(ids), rows.c.member_id == kept_id)
        session.execute(place.values(member_id=absorbed_id))


def _count_on(session: Session, kept_id: int, absorbed_id: int) -> None:
    """Where both came in, the record that stays goes on from the higher number: plans know each
    entry by it, and the entries of both are hers now."""
    theirs = aliased(SegmentEntry)
    higher = (
        sa.select(theirs.times)
        .where(
            theirs.segment_id == SegmentEntry.segment_id,
            theirs.member_id == absorbed_id,
            theirs.times > SegmentEntry.times,
        )
        .scalar_subquery()
    )
    hers = sa.update(SegmentEntry).where(
        SegmentEntry.segment_id.in_(sa.select(Segment.id)), SegmentEntry.member_id == kept_id
    )
    session.execute(
        hers.where(higher.is_not(None))
        .values(times=higher)
        .execution_options(synchronize_session=False)
    )
