"""Segments counted while an operator waits: nothing takes longer than it may, and what would is
estimated."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.clockwork import segment_counts
from app.domain.insight import segments
from app.domain.insight.segments import Segment
from app.domain.people.members import Member
from app.segments import counting, keeping, time_limits
from app.segments.counting import Counted
from app.segments.time_limits import TookTooLong
from tagging.segments import reading
from tests.console_desk import Desk
from tests.world import World

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
ENDLESS = sa.text(
    "WITH RECURSIVE endless(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM endless)"
    " SELECT count(*) FROM endless"
)
NAMED = reading.parse({"kind": "has", "what": "nickname"})
EVERYBODY = {"rule.is": "all", "rule.was": "all"}
Within = Callable[[Session, float], AbstractContextManager[None]]


def gather(session: Session, members: int) -> None:
    """Three in seven of them have a nickname."""
    ids = range(1, members + 1)
    known: list[dict[str, Any]] = [
        {"id": number, "nickname": "小雨" if number % 7 < 3 else "", "created_at": NOW}
        for number in ids
    ]
    session.execute(sa.insert(Member), known)


def over_the_first(times: int) -> Within:
    """A limit that is over at once, so many times."""
    left = iter([True] * times)

    @contextmanager
    def within(session: Session, timeout_s: float) -> Iterator[None]:
        if next(left, False):
            raise TookTooLong(f"{timeout_s} s")
        yield

    return within


def test_what_takes_too_long_is_ended_and_the_session_goes_on(session: Session) -> None:
    with pytest.raises(TookTooLong), time_limits.within(session, 0.05):
        session.execute(ENDLESS)
    assert session.scalar(sa.select(1)) == 1


def test_what_goes_wrong_in_time_is_no_matter_of_time(session: Session) -> None:
    with pytest.raises(sa.exc.DBAPIError), time_limits.within(session, 60):
        session.execute(sa.text("SELECT nothing FROM nowhere"))


def test_an_estimate_asks_about_few_and_comes_near(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "SAMPLE", 400)
    gather(session, 2_000)
    exact = counting.count(session, NAMED, NOW)
    monkeypatch.setattr(time_limits, "within", over_the_first(1))
    estimated = counting.count(session, NAMED, NOW)
    assert exact is not None
    assert estimated is not None
    assert (exact.is_exact, estimated.is_exact) == (True, False)
    assert abs(estimated.number - exact.number) < exact.number / 20


def test_an_estimate_of_few_members_is_the_count(session: Session) -> None:
    gather(session, 14)
    assert counting.estimate(session, NAMED, NOW) == Counted(6, is_exact=True)


def test_an_estimate_goes_through_no_table(sqlite_url: str) -> None:
    engine = sa.create_engine(sqlite_url)
    with Session(engine) as session:
        gather(session, 100)
        asked = reading.parse({"kind": "ordered", "least": 2, "within_days": 90})
        statement = counting.sample(asked, NOW, range(10, 101, 10))
        written = str(statement.compile(engine, compile_kwargs={"literal_binds": True}))
        plan = [row.detail for row in session.execute(sa.text(f"EXPLAIN QUERY PLAN {written}"))]
    engine.dispose()
    assert [line for line in plan if line.startswith("SEARCH members") and "rowid=?" in line]
    assert not [line for line in plan if line.startswith("SCAN")]


def test_the_page_says_that_it_is_an_estimate_and_when_there_is_none(
    world: World, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with world.siyu.database.writing() as session:
        gather(session, 8)
    monkeypatch.setattr(counting, "SAMPLE", 4)
    for times, said in ((0, ">8</span> 位会员"), (1, "≈ 8</span> 位会员（抽样估计）")):
        monkeypatch.setattr(time_limits, "within", over_the_first(times))
        assert said in desk.post("/segments/count", EVERYBODY, page="/segments/new").text
    monkeypatch.setattr(time_limits, "within", over_the_first(2))
    assert "一时数不完" in desk.post("/segments/count", EVERYBODY, page="/segments/new").text


def kept(world: World, key: str, definition: dict[str, Any]) -> int:
    with world.siyu.database.writing() as session:
        told = {"name": key, "operator_id": None, "now": world.now}
        return keeping.add(session, key=key, definition=definition, **told).id


def counts(world: World) -> dict[str, tuple[int | None, bool]]:
    return {one.key: (one.members, one.sampled) for one in world.rows(Segment)}


def test_the_scheduler_counts_what_was_written_and_everything_once_a_night(world: World) -> None:
    world.at(2, "23:00")
    kept(world, "named", {"kind": "has", "what": "nickname"})
    segment_counts.look(world.siyu)
    assert counts(world) == {"named": (0, False)}
    with world.siyu.database.writing() as session:
        gather(session, 7)
    world.at(3, "02:00")
    segment_counts.look(world.siyu)
    assert counts(world) == {"named": (0, False)}, "not yet"
    world.at(3, "03:00")
    segment_counts.look(world.siyu)
    assert counts(world) == {"named": (3, False)}
    assert [one.counted_at for one in world.rows(Segment)] == [world.now]


def test_what_takes_too_long_is_counted_by_a_sample_and_called_that(
    world: World, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(world, "named", {"kind": "has", "what": "nickname"})
    with world.siyu.database.writing() as session:
        gather(session, 7)
    monkeypatch.setattr(time_limits, "within", over_the_first(1))
    monkeypatch.setattr(counting, "SAMPLE", 4)
    segment_counts.look(world.siyu)
    assert counts(world) == {"named": (2, True)}
    assert "≈ 2" in desk.read("/segments")
    world.now += timedelta(days=1)
    monkeypatch.setattr(time_limits, "within", over_the_first(2))
    segment_counts.look(world.siyu)
    assert counts(world) == {"named": (None, False)}
    assert [one.counted_at for one in world.rows(Segment)] == [world.now]


def test_a_look_ends_in_time_and_the_next_goes_on_with_those_counted_longest_ago(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in ("first", "second", "third"):
        kept(world, key, {"kind": "opted_out"})
    monkeypatch.setattr(segment_counts, "LOOK_FOR", timedelta(seconds=-1))
    segment_counts.look(world.siyu)
    assert set(counts(world).values()) == {(None, False)}
    with world.siyu.database.writing() as session:
        segments.keep_count(session, 1, 1, 5, world.now - timedelta(days=3))
    with world.siyu.database.reading() as session:
        assert [one for one, _ in segments.uncounted(session, world.now)] == [2, 3, 1]


def test_a_number_of_an_earlier_version_is_not_kept(world: World) -> None:
    segment_id = kept(world, "named", {"kind": "has", "what": "nickname"})
    with world.siyu.database.writing() as session:
        told = {"name": "named", "operator_id": None, "now": world.now}
        found = session.get_one(Segment, segment_id)
        keeping.revise(session, found, definition={"kind": "opted_out"}, **told)
    with world.siyu.database.writing() as session:
        segments.keep_count(session, segment_id, 1, 99, world.now)
    assert counts(world) == {"named": (None, False)}
