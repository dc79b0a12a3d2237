"""Who was in a segment or a snapshot as either of two records is in it as the one they became, and
back again."""

from typing import Any

import sqlalchemy as sa

from app.domain.insight import segments
from app.domain.insight.segments import SegmentEntry, SnapshotMember
from app.domain.loyalty.orders import Order
from app.segments import entering, keeping, snapshots
from tests.mini_world import MiniWorld
from tests.two_records import asked, operator, taken_back, two_records, world

__all__ = ("world",)


def buyers(world: MiniWorld, *ids: int) -> None:
    """There is a segment of buyers, and these have ordered."""
    with world.siyu.database.writing() as session:
        rule: dict[str, Any] = {"kind": "ordered", "within_days": 30, "least_fen": 100}
        told = {"name": "买过", "operator_id": None, "now": world.now}
        keeping.add(session, key="buyers", definition=rule, **told)
        paid = {"source": "youzan", "amount_fen": 100, "paid_at": world.now}
        session.add_all(
            Order(member_id=one, order_no=str(one), created_at=world.now, **paid) for one in ids
        )


def looked_at(world: MiniWorld) -> list[tuple[int, int, bool]]:
    """The segment is looked at: who has come in, how often, and is out again."""
    with world.siyu.database.writing() as session:
        entering.look(session, "buyers", world.now)
        rows = session.scalars(sa.select(SegmentEntry).order_by(SegmentEntry.member_id)).all()
        return [(row.member_id, row.times, row.left_at is not None) for row in rows]


def in_snapshots(world: MiniWorld) -> list[int]:
    with world.siyu.database.reading() as session:
        return list(session.scalars(sa.select(SnapshotMember.member_id)))


def test_who_was_in_a_segment_or_a_snapshot_is_in_it_still(world: MiniWorld) -> None:
    older, younger = two_records(world)
    buyers(world, younger)
    assert looked_at(world) == [(younger, 1, False)]
    with world.siyu.database.writing() as session:
        segment = segments.by_key(session, "buyers")
        assert segment is not None
        snapshots.take(session, segment, "今天的", None, world.now)
    asked(world, older, younger, OperatorId=str(operator(world)))
    assert looked_at(world) == [(older, 1, False)]
    assert in_snapshots(world) == [older]
    taken_back(world, 1)
    assert looked_at(world) == [(younger, 1, False)]
    assert in_snapshots(world) == [younger]


def test_where_both_records_came_in_she_goes_on_from_the_higher_number(world: MiniWorld) -> None:
    older, younger = two_records(world)
    buyers(world, older, younger)
    looked_at(world)
    with world.siyu.database.writing() as session:
        often = sa.update(SegmentEntry).where(SegmentEntry.member_id == younger)
        session.execute(often.values(times=3))
    asked(world, older, younger, OperatorId=str(operator(world)))
    assert looked_at(world) == [(older, 3, False), (younger, 3, False)]
    taken_back(world, 1)
    assert looked_at(world) == [(older, 3, False), (younger, 3, False)]
