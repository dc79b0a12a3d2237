"""Points, growth value and tier of two records that were made one: what comes back or is taken back
later is the member's, and each record has its own again when they turn out to be two."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app import inbox
from app.domain.loyalty import expiry, ledger, points
from app.domain.loyalty.earning import kinds, rules
from app.domain.loyalty.points import Cause
from app.domain.loyalty.standing import tiers
from app.domain.loyalty.standing.tiers import TierChange
from app.domain.people.members import Member
from app.domain.people.merges import Merge
from app.merging import leftovers
from tests import mini_world
from tests.mini_world import MiniWorld
from tests.two_records import asked, operator, taken_back, two_records

CAUSE = Cause("test")


@pytest.fixture
def world(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[MiniWorld]:
    with mini_world.opened(tmp_path, database_url, redis_url) as opened:
        yield opened
        with opened.siyu.database.reading() as session:
            assert ledger.discrepancies(session) == []


def has(world: MiniWorld, member_id: int) -> tuple[int, int]:
    with world.siyu.database.reading() as session:
        held = points.balance_of(session, member_id)
        return held.points, held.arrears


def tier(world: MiniWorld, member_id: int) -> str:
    with world.siyu.database.reading() as session:
        held = tiers.of(session, session.get_one(Member, member_id))
        return held.key if held else ""


def told(world: MiniWorld, kind: str, key: str, **fields: Any) -> None:
    with world.siyu.database.writing() as session:
        numbered = {"source": "tb", "order_no": "E1"}
        subject = "order:tb:E1"
        inbox.receive_own(
            session, key=key, kind=kind, subject=subject, fields=numbered | fields, now=world.now
        )
    world.work()


def buys(world: MiniWorld, member_id: int, fen: int) -> None:
    """A point for a yuan."""
    with world.siyu.database.writing() as session:
        about: dict[str, Any] = {"written": {}, "operator_id": None, "now": world.now}
        rules.add(session, key="order", kind=kinds.ORDER, points=1, **about)
    when = {"paid_at": world.now.isoformat(), "lines": []}
    told(world, "order_paid", "order:tb:E1", member_id=member_id, amount_fen=fen, **when)


def is_paid_back(world: MiniWorld, fen: int, number: str = "R1") -> None:
    about = {"refund_no": number, "amount_fen": fen, "at": world.now.isoformat()}
    told(world, "order_refunded", f"refund:tb:E1:{number}", **about)


def looks(world: MiniWorld) -> None:
    """The clock's: what is due in the ledger, then what came back to absorbed records."""
    with world.siyu.database.writing() as session:
        while expiry.expire_due(session, world.now):
            pass
    with world.siyu.database.writing() as session:
        assert not leftovers.carry(session, world.siyu.programme, world.now)


def test_an_order_of_the_other_record_that_is_paid_back_takes_its_growth_and_tier(
    world: MiniWorld,
) -> None:
    older, younger = two_records(world)
    buys(world, younger, 60_000)
    assert tier(world, younger) == "gold"
    asked(world, older, younger, OperatorId=str(operator(world)))
    assert tier(world, older) == "gold"
    is_paid_back(world, 50_000)
    assert tier(world, older) == "silver", "a hundred and what both had before"
    is_paid_back(world, 10_000, "R2")
    assert tier(world, older) == "basic"
    assert has(world, older) == (40, 0)
    assert has(world, younger) == (0, 0)
    came_to = [one.growth for one in world.rows(TierChange, TierChange.member_id == older)]
    assert came_to == [640, 140, 40], "each change says what both records came to"


def test_told_apart_again_each_record_has_what_is_left_of_its_own(world: MiniWorld) -> None:
    older, younger = two_records(world)
    own = [has(world, one)[0] for one in (older, younger)]
    buys(world, younger, 60_000)
    asked(world, older, younger, OperatorId=str(operator(world)))
    is_paid_back(world, 50_000)
    taken_back(world, world.rows(Merge)[0].id)
    assert has(world, older) == (own[0], 0)
    assert has(world, younger) == (own[1] + 100, 0)
    assert (tier(world, older), tier(world, younger)) == ("basic", "silver")


@pytest.mark.parametrize("how", ["given up", "over", "posted in part"])
def test_what_a_hold_of_the_other_record_gives_back_is_hers(world: MiniWorld, how: str) -> None:
    older, younger = two_records(world)
    mine, others = has(world, older)[0], has(world, younger)[0]
    with world.siyu.database.writing() as session:
        until = world.now + timedelta(hours=1)
        about: dict[str, Any] = {"cause": CAUSE, "now": world.now}
        points.reserve(session, younger, 10, key="hold", until=until, **about)
    asked(world, older, younger, OperatorId=str(operator(world)))
    assert has(world, older)[0] == mine + others - 10
    looks(world)
    assert has(world, older)[0] == mine + others - 10, "it is still held"
    world.now += timedelta(hours=2) if how == "over" else timedelta(0)
    with world.siyu.database.writing() as session:
        about = {"cause": CAUSE, "now": world.now}
        if how == "given up":
            points.void(session, "hold", key="hold:void", **about)
        elif how == "posted in part":
            points.post(session, "hold", amount=4, key="hold:post", **about)
    spent = 4 if how == "posted in part" else 0
    for _ in range(2):
        looks(world)
    assert has(world, older)[0] == mine + others - spent
    assert has(world, younger) == (0, 0)
    taken_back(world, world.rows(Merge)[0].id)
    assert has(world, older) == (mine, 0)
    assert has(world, younger) == (others - spent, 0)


def test_points_that_come_back_keep_the_day_on_which_they_lapse(world: MiniWorld) -> None:
    older, younger = two_records(world)
    mine, others = has(world, older)[0], has(world, younger)[0]
    with world.siyu.database.writing() as session:
        lapses_at = world.now + timedelta(days=3)
        about: dict[str, Any] = {"cause": CAUSE, "now": world.now}
        points.award(session, younger, 30, key="short", expires_at=lapses_at, growth=0, **about)
        points.spend(session, younger, 30, key="cup", **about)
    asked(world, older, younger, OperatorId=str(operator(world)))
    with world.siyu.database.writing() as session:
        points.reverse(session, "cup", key="cup:back", **about)
    looks(world)
    assert has(world, older)[0] == mine + others + 30
    world.now += timedelta(days=4)
    looks(world)
    assert has(world, older)[0] == mine + others
