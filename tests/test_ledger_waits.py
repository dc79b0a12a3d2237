"""Who had to wait for another's movement decides by what there is after it, on PostgreSQL."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db import Database
from app.domain.loyalty import ledger, lots, points
from app.domain.people.members import Member

NOW = datetime(2026, 11, 2, 4, tzinfo=UTC)
WHEN: dict[str, Any] = {"cause": points.Cause("test", 1), "now": NOW}
PATIENCE_S = 60
_WAITING = sa.text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    database = Database(sa.create_engine(postgres_url))
    yield database
    database.engine.dispose()


@pytest.fixture
def her(database: Database) -> int:
    """She has ten points for a day and ten for two."""
    with database.writing() as session:
        member = Member(nickname="小雨", created_at=NOW)
        session.add(member)
        session.flush()
        for days in (1, 2):
            ends_at = NOW + timedelta(days=days)
            points.award(session, member.id, 10, key=f"{days}", expires_at=ends_at, **WHEN)
        return member.id


def after(
    database: Database,
    first: Callable[[Session], Any],
    then: Callable[[Session], Any],
    at_last: Callable[[Session], Any] = lambda _session: None,
) -> None:
    """The second begins before the first has committed, and has to wait for it; what the first one
    does ``at_last``, it does while the other waits."""
    raised: list[BaseException] = []

    def follow() -> None:
        try:
            with database.writing() as session:
                then(session)
        except Exception as error:  # noqa: BLE001  raised below
            raised.append(error)

    follower = threading.Thread(target=follow)
    with database.writing() as session:
        first(session)
        follower.start()
        _until_somebody_waits(database)
        at_last(session)
    follower.join()
    if raised:
        raise raised[0]


def _until_somebody_waits(database: Database) -> None:
    gives_up_s = time.monotonic() + PATIENCE_S
    with database.reading() as session:
        while not session.scalar(_WAITING):
            assert time.monotonic() < gives_up_s, "nobody had to wait"
            session.rollback()  # a transaction sees the same activity all the time


def test_a_spending_takes_the_lots_that_the_one_before_has_left(database: Database, her: int):
    def spend(key: str) -> Callable[[Session], Any]:
        return lambda session: points.spend(session, her, 10, key=key, **WHEN)

    after(database, spend("cup"), spend("cake"))
    with database.reading() as session:
        assert points.balance_of(session, her).points == 0
        assert ledger.discrepancies(session) == []


def test_a_spending_finds_the_lot_that_lapses_sooner_and_came_while_it_waited(
    database: Database, her: int
):
    def give(session: Session) -> None:
        points.spend(session, her, 5, key="cup", **WHEN)
        soon = NOW + timedelta(hours=1)
        points.award(session, her, 5, key="gift", expires_at=soon, **WHEN)

    after(database, give, lambda session: points.spend(session, her, 5, key="cake", **WHEN))
    with database.reading() as session:
        left = [(lot.expires_at, lot.remaining) for lot in lots.of(session, her)]
        assert left == [(NOW + timedelta(days=1), 5), (NOW + timedelta(days=2), 10)]
        assert ledger.discrepancies(session) == []


def test_who_spends_while_her_first_points_come_has_them(database: Database):
    with database.writing() as session:
        newcomer = Member(nickname="阿诚", created_at=NOW)
        session.add(newcomer)
    after(
        database,
        lambda session: points.award(session, newcomer.id, 10, key="welcome", **WHEN),
        lambda session: points.spend(session, newcomer.id, 4, key="cup", **WHEN),
    )
    with database.reading() as session:
        assert points.balance_of(session, newcomer.id).points == 6
        assert ledger.discrepancies(session) == []


def test_a_reversal_undoes_what_the_one_before_has_left(database: Database, her: int):
    after(
        database,
        lambda session: points.reverse(session, "1", key="a part", amount=6, **WHEN),
        lambda session: points.reverse(session, "1", key="the rest", **WHEN),
    )
    with database.reading() as session:
        undone = sa.select(points.PointsEntry.key, points.PointsEntry.amount).where(
            points.PointsEntry.kind == "reverse_award"
        )
        assert dict(session.execute(undone).all()) == {"a part": 6, "the rest": 4}
        assert points.balance_of(session, her).points == 10
        assert ledger.discrepancies(session) == []


def test_the_same_reversal_that_was_under_way_is_no_news(database: Database, her: int):
    done: list[int | None] = []

    def reverse(session: Session) -> None:
        done.append(points.reverse(session, "1", key="sent back", amount=6, **WHEN))

    after(database, reverse, reverse)
    assert done[0] is not None
    assert done[1] is None
    with database.reading() as session:
        assert points.balance_of(session, her).points == 14


def test_awards_of_several_taken_back_together_wait_for_one_of_them(database: Database, her: int):
    with database.writing() as session:
        friend = Member(nickname="阿诚", created_at=NOW)
        session.add(friend)
        session.flush()
        points.award(session, friend.id, 10, key="3", **WHEN)
    both = [points.Reversal(key, f"{key}:back", None, WHEN["cause"]) for key in ("1", "3")]
    after(
        database,
        lambda session: points.spend(session, friend.id, 4, key="cup", **WHEN),
        lambda session: points.take_back_all(session, both, NOW),
    )
    with database.reading() as session:
        assert points.balance_of(session, her).points == 10
        assert points.balance_of(session, friend.id).arrears == 4
        assert ledger.discrepancies(session) == []
