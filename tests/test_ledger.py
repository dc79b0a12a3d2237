"""Points are money: whatever is booked in whatever order, the ledger adds up."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db import Database
from app.domain.loyalty import expiry, ledger, lots, points
from app.domain.loyalty.points import Cause, NotEnoughPoints, NotReversible
from app.domain.people import channels, members
from app.domain.people.channels import Kind
from app.domain.people.members import Identity, Member
from app.domain.vault import Vault

NOW = datetime(2026, 11, 2, 4, tzinfo=UTC)
CAUSE = Cause("test", 1)


@pytest.fixture
def database(engine: sa.Engine) -> Database:
    return Database(engine)


@pytest.fixture
def member_id(database: Database) -> int:
    with database.writing() as session:
        return new_member(session)


def new_member(session: Session) -> int:
    member = Member(nickname="小雨", created_at=NOW)
    session.add(member)
    session.flush()
    return member.id


def award(session: Session, member_id: int, amount: int, key: str, **more: Any) -> None:
    points.award(session, member_id, amount, key=key, cause=CAUSE, now=NOW, **more)


def spend(session: Session, member_id: int, amount: int, key: str) -> None:
    points.spend(session, member_id, amount, key=key, cause=CAUSE, now=NOW)


def undo(session: Session, of_key: str, amount: int | None = None) -> None:
    key = f"undo:{of_key}:{amount}"
    points.reverse(session, of_key, key=key, amount=amount, cause=CAUSE, now=NOW)


def state_of(session: Session, member_id: int) -> tuple[int, int, int, list[tuple[int, Any]]]:
    balance = points.balance_of(session, member_id)
    held = [(lot.remaining, lot.expires_at) for lot in lots.of(session, member_id)]
    return balance.points, balance.arrears, balance.growth, held


def test_what_is_earned_and_wholly_reversed_never_happened(session: Session):
    member_id = new_member(session)
    award(session, member_id, 40, "first", expires_at=NOW + timedelta(days=1))
    before = state_of(session, member_id)
    award(session, member_id, 25, "second")
    undo(session, "second")
    assert state_of(session, member_id) == before


def test_growth_value_reversed_in_parts_goes_wholly(session: Session):
    member_id = new_member(session)
    award(session, member_id, 3, "award", growth=2)
    for part in range(3):
        key = f"undo {part}"
        points.reverse(session, "award", key=key, amount=1, cause=CAUSE, now=NOW)
    assert state_of(session, member_id) == (0, 0, 0, [])


def test_nothing_is_left_to_reverse_twice(session: Session):
    member_id = new_member(session)
    award(session, member_id, 10, "award")
    undo(session, "award")
    with pytest.raises(NotReversible):
        points.reverse(session, "award", key="again", cause=CAUSE, now=NOW)


def test_lots_are_spent_soonest_to_expire_first_and_refilled_as_they_were(session: Session):
    member_id = new_member(session)
    award(session, member_id, 10, "for ever")
    award(session, member_id, 10, "late", expires_at=NOW + timedelta(days=9))
    award(session, member_id, 10, "soon", expires_at=NOW + timedelta(days=1))
    before = state_of(session, member_id)
    spend(session, member_id, 15, "cup")
    assert [lot.remaining for lot in lots.of(session, member_id)] == [10, 5]
    undo(session, "cup")
    assert state_of(session, member_id) == before


def test_what_cannot_be_taken_back_is_owed_and_paid_first(session: Session):
    member_id = new_member(session)
    award(session, member_id, 30, "order")
    spend(session, member_id, 20, "cup")
    undo(session, "order")
    assert state_of(session, member_id)[:2] == (0, 20)
    award(session, member_id, 25, "sign-in")
    assert state_of(session, member_id)[:2] == (5, 0)


def test_pending_points_are_hers_but_cannot_be_spent_until_their_moment(session: Session):
    member_id = new_member(session)
    award(session, member_id, 30, "order", available_at=NOW + timedelta(days=7))
    with pytest.raises(NotEnoughPoints):
        spend(session, member_id, 1, "cup")
    assert points.balance_of(session, member_id).pending == 30
    expiry.expire_due(session, NOW + timedelta(days=7))
    balance = points.balance_of(session, member_id)
    assert (balance.points, balance.pending) == (30, 0)


def test_a_member_who_comes_before_the_tick_has_what_the_clock_has_brought(session: Session):
    member_id, later = new_member(session), NOW + timedelta(days=8)
    award(session, member_id, 30, "order", available_at=NOW + timedelta(days=7))
    award(session, member_id, 5, "gone", expires_at=NOW + timedelta(days=7))
    points.spend(session, member_id, 30, key="cup", cause=CAUSE, now=later)
    before = state_of(session, member_id)
    assert before[:2] == (0, 0), "the five had lapsed before"
    expiry.expire_due(session, later)
    assert state_of(session, member_id) == before


def test_arrears_are_paid_when_points_become_available(session: Session):
    member_id = new_member(session)
    award(session, member_id, 20, "first")
    spend(session, member_id, 20, "cup")
    undo(session, "first")
    award(session, member_id, 30, "second", available_at=NOW + timedelta(days=7))
    assert points.balance_of(session, member_id).arrears == 20
    expiry.expire_due(session, NOW + timedelta(days=7))
    assert state_of(session, member_id)[:2] == (10, 0)


def test_an_order_sent_back_within_its_return_period_takes_its_own_pending_points(
    session: Session,
):
    member_id = new_member(session)
    award(session, member_id, 10, "sign-in")
    before = state_of(session, member_id)
    award(session, member_id, 30, "order", available_at=NOW + timedelta(days=7))
    undo(session, "order")
    assert state_of(session, member_id) == before
    assert points.balance_of(session, member_id).pending == 0


def test_what_had_lapsed_of_an_order_sent_back_is_not_taken_from_other_points(session: Session):
    member_id, later = new_member(session), NOW + timedelta(days=2)
    award(session, member_id, 10, "sign-in")
    award(session, member_id, 30, "order", expires_at=NOW + timedelta(days=1))
    points.reverse(session, "order", key="undo", cause=CAUSE, now=later)
    assert state_of(session, member_id)[:2] == (10, 0)
    assert ledger.discrepancies(session) == []


def reserve(session: Session, member_id: int, amount: int, key: str, days: int = 1) -> None:
    until = NOW + timedelta(days=days)
    points.reserve(session, member_id, amount, key=key, cause=CAUSE, until=until, now=NOW)


def test_points_on_hold_cannot_be_spent_and_come_back_as_they_were(session: Session):
    member_id = new_member(session)
    award(session, member_id, 10, "for ever")
    award(session, member_id, 10, "soon", expires_at=NOW + timedelta(days=3))
    before = state_of(session, member_id)
    reserve(session, member_id, 15, "order")
    with pytest.raises(NotEnoughPoints):
        spend(session, member_id, 6, "cup")
    points.void(session, "order", key="given up", cause=CAUSE, now=NOW)
    assert state_of(session, member_id) == before


def test_of_a_hold_less_may_be_spent_and_a_refund_restores_the_very_lots(session: Session):
    member_id = new_member(session)
    award(session, member_id, 10, "for ever")
    award(session, member_id, 10, "soon", expires_at=NOW + timedelta(days=3))
    before = state_of(session, member_id)
    reserve(session, member_id, 15, "order")
    points.post(session, "order", amount=12, key="paid", cause=CAUSE, now=NOW)
    assert [lot.remaining for lot in lots.of(session, member_id)] == [8]
    undo(session, "paid", 5)
    undo(session, "paid", 7)
    assert state_of(session, member_id) == before


def test_what_a_refund_paid_arrears_with_does_not_come_back_twice(session: Session):
    member_id = new_member(session)
    award(session, member_id, 10, "soon", expires_at=NOW + timedelta(days=3))
    award(session, member_id, 10, "for ever")
    spend(session, member_id, 20, "cup")
    award(session, member_id, 10, "order")
    spend(session, member_id, 10, "sweets")
    undo(session, "order")
    undo(session, "cup", 10)
    assert state_of(session, member_id) == (0, 0, 20, [])
    points.reverse(session, "cup", key="the rest", cause=CAUSE, now=NOW)
    assert state_of(session, member_id)[3] == [(10, NOW + timedelta(days=3))]


def test_a_hold_is_over_when_its_time_is_and_cannot_be_paid_with(session: Session):
    member_id, later = new_member(session), NOW + timedelta(days=1)
    award(session, member_id, 10, "award")
    reserve(session, member_id, 10, "order")
    with pytest.raises(points.NotHeld):
        points.post(session, "order", key="late", cause=CAUSE, now=later)
    balance = points.balance_of(session, member_id)
    assert (balance.points, balance.reserved) == (10, 0)


def test_a_refusal_books_nothing(session: Session):
    member_id = new_member(session)
    award(session, member_id, 5, "award")
    with pytest.raises(NotEnoughPoints):
        spend(session, member_id, 6, "cup")
    spend(session, member_id, 5, "cup")
    assert ledger.discrepancies(session) == []


@pytest.mark.parametrize("table", ["points_entries", "points_postings", "points_lot_moves"])
@pytest.mark.parametrize("change", ["UPDATE {} SET id = id + 1000", "DELETE FROM {}"])
def test_the_database_refuses_to_change_the_past(
    database: Database, member_id: int, table: str, change: str
):
    with database.writing() as session:
        award(session, member_id, 5, "award")
        spend(session, member_id, 5, "cup")
    with pytest.raises(sa.exc.DBAPIError, match="only grows"), database.writing() as session:
        session.execute(sa.text(change.format(table)))


def at_once(count: int, act: Callable[[int], None]) -> list[BaseException]:
    """Does it in so many threads at the same moment. Returns what they raised."""
    raised: list[BaseException] = []
    start = threading.Barrier(count)

    def run(number: int) -> None:
        start.wait()
        try:
            act(number)
        except Exception as error:  # noqa: BLE001  the test looks at them
            raised.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


@pytest.fixture
def many(postgres_url: str) -> Iterator[Database]:
    """A PostgreSQL with room for forty writers."""
    engine = sa.create_engine(postgres_url, pool_size=40)
    yield Database(engine)
    engine.dispose()


def test_forty_who_spend_at_once_cannot_spend_more_than_there_is(many: Database):
    with many.writing() as session:
        member_id = new_member(session)
        award(session, member_id, 100, "award")

    def buy(number: int) -> None:
        with many.writing() as session:
            spend(session, member_id, 10, f"cup {number}")

    raised = at_once(40, buy)
    assert len(raised) == 30
    assert {type(error) for error in raised} == {NotEnoughPoints}
    with many.reading() as session:
        assert points.balance_of(session, member_id).points == 0
        assert ledger.discrepancies(session) == []


def test_the_same_award_booked_twenty_times_at_once_is_one(many: Database):
    with many.writing() as session:
        member_id = new_member(session)

    def book(_: int) -> None:
        with many.writing() as session:
            award(session, member_id, 10, "signin:2026-11-02")

    assert at_once(20, book) == []
    with many.reading() as session:
        assert points.balance_of(session, member_id).points == 10
        assert ledger.discrepancies(session) == []


def test_different_awards_booked_at_once_all_count(database: Database, member_id: int):
    def book(number: int) -> None:
        with database.writing() as session:
            award(session, member_id, 1, f"award {number}")

    assert at_once(12, book) == []
    with database.reading() as session:
        assert points.balance_of(session, member_id).points == 12
        assert ledger.discrepancies(session) == []


def test_a_newcomer_met_by_eight_at_once_is_one_member(database: Database, tmp_path: Path):
    with database.writing() as session:
        channel_id = channels.add(
            session,
            key="oa",
            kind=Kind.GROUP_GATEWAY,
            name="oa",
            appid="gateway",
            api_base_url="http://127.0.0.1",
            secrets={"secret": "s" * 16},
            vault=Vault(b"v" * 32),
            now=NOW,
        ).id

    def meet(who: str) -> None:
        with database.writing() as session:
            members.meet(session, channel_id, who, NOW)

    for turn in range(20):
        assert at_once(8, lambda _, turn=turn: meet(f"newcomer {turn}")) == []
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count(Identity.id))) == 20
        assert session.scalar(sa.select(sa.func.count(Member.id))) == 20


def test_a_key_of_a_reversal_stands_for_one_reversal_alone(session: Session):
    """Another amount, another rule, or another entry's key is a conflict, even where nothing is
    left to undo."""
    member_id = new_member(session)
    when: dict[str, Any] = {"cause": CAUSE, "now": NOW}
    points.award(session, member_id, 10, key="order", **when)
    points.award(session, member_id, 1, key="other", **when)
    points.reverse(session, "order", key="back", amount=4, **when)
    for again in ({"amount": 5}, {"amount": 4, "cause": Cause("another")}):
        with pytest.raises(points.KeyConflict):
            points.reverse(session, "order", key="back", **(when | again))
    assert points.reverse(session, "order", key="back", amount=4, **when) is None
    points.reverse(session, "order", key="rest", amount=6, **when)
    with pytest.raises(points.KeyConflict):
        points.reverse(session, "order", key="other", amount=1, **when)
    assert points.balance_of(session, member_id).points == 1
