"""Points are money: whatever is booked in whatever order, the ledger adds up."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy.orm import Session

from app.db import Database
from app.domain.loyalty import expiry, ledger, lots, points
from app.domain.loyalty.points import Cause, KeyConflict, NotEnoughPoints, NotReversible
from app.domain.people import channels, members
from app.domain.people.channels import Kind
from app.domain.people.members import Identity, Member
from app.domain.vault import Vault

NOW = datetime(2026, 11, 2, 4, tzinfo=UTC)
CAUSE = Cause("test", 1)
AMOUNTS = st.integers(1, 60)
KEYS = st.integers(0, 11)


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


class Ledger(RuleBasedStateMachine):
    """One member, a plain model of what she should have, and the books beside it."""

    session: Session  # set by the test, rolled back between the examples

    def __init__(self) -> None:
        super().__init__()
        self.session.rollback()
        self.member_id = new_member(self.session)
        self.now = NOW
        self.entries: dict[str, tuple[str, int, int]] = {}  # key: kind, amount, growth
        self.undone: dict[str, int] = {}
        self.worth = 0  # points less arrears: what no order of bookings can change
        self.growth = 0

    @rule(
        number=KEYS, amount=AMOUNTS, growth=st.none() | st.integers(0, 90), days=st.integers(0, 4)
    )
    def award(self, number: int, amount: int, growth: int | None, days: int) -> None:
        ends_at = self.now + timedelta(days=days) if days else None
        grown = amount if growth is None else growth
        give = partial(points.award, growth=growth, expires_at=ends_at)
        if self.book(give, f"award:{number}", ("award", amount, grown)):
            self.worth += amount
            self.growth += grown

    @rule(number=KEYS, amount=AMOUNTS)
    def spend(self, number: int, amount: int) -> None:
        key = f"spend:{number}"
        had = points.balance_of(self.session, self.member_id).points
        if key not in self.entries and amount > had:
            with pytest.raises(NotEnoughPoints):
                self.book(points.spend, key, ("spend", amount, 0))
        elif self.book(points.spend, key, ("spend", amount, 0)):
            self.worth -= amount

    def book(self, verb: Callable[..., Any], key: str, wanted: tuple[str, int, int]) -> bool:
        """Books once; the same again is nothing, and another content under the key a conflict."""
        known = self.entries.get(key)
        do = partial(verb, self.session, self.member_id, wanted[1], key=key)
        if known is not None and known != wanted:
            with pytest.raises(KeyConflict):
                do(cause=CAUSE, now=self.now)
            return False
        entry = do(cause=CAUSE, now=self.now)
        assert (entry is None) == (known is not None)
        self.entries[key] = wanted
        return known is None

    @rule(number=KEYS, kind=st.sampled_from(["award", "spend"]), part=st.none() | AMOUNTS)
    def reverse(self, number: int, kind: str, part: int | None) -> None:
        of_key = f"{kind}:{number}"
        done = self.undone.get(of_key, 0)
        left = self.entries[of_key][1] - done if of_key in self.entries else 0
        amount = left if part is None else part
        arguments = {"key": f"undo:{of_key}:{done}", "amount": part, "cause": CAUSE}
        if amount == 0 or amount > left:
            with pytest.raises(NotReversible):
                points.reverse(self.session, of_key, **arguments, now=self.now)
            return
        before = points.balance_of(self.session, self.member_id).growth
        assert points.reverse(self.session, of_key, **arguments, now=self.now) is not None
        repeated = arguments | {"amount": amount}
        assert points.reverse(self.session, of_key, **repeated, now=self.now) is None
        with pytest.raises(KeyConflict):
            points.reverse(self.session, of_key, **arguments | {"amount": 61}, now=self.now)
        self.undone[of_key] = done + amount
        self.worth += amount if kind == "spend" else -amount
        after = points.balance_of(self.session, self.member_id).growth
        self.growth += after - before
        assert after <= before

    @rule(days=st.integers(1, 2))
    def days_pass(self, days: int) -> None:
        self.now += timedelta(days=days)
        had = points.balance_of(self.session, self.member_id).points
        gone = sum(
            lot.remaining for lot in lots.of(self.session, self.member_id) if self.is_past(lot)
        )
        expiry.expire_due(self.session, self.now)
        assert points.balance_of(self.session, self.member_id).points == had - gone
        self.worth -= gone

    def is_past(self, lot: lots.Lot) -> bool:
        return lot.expires_at is not None and lot.expires_at <= self.now

    @invariant()
    def the_books_add_up(self) -> None:
        self.session.flush()
        assert ledger.discrepancies(self.session) == []
        balance = points.balance_of(self.session, self.member_id)
        assert balance.points >= 0
        assert balance.arrears >= 0
        assert balance.points == 0 or balance.arrears == 0
        assert balance.points - balance.arrears == self.worth
        assert balance.growth == self.growth

    @invariant()
    def what_was_undone_wholly_has_left_no_growth(self) -> None:
        for key, (kind, amount, _) in self.entries.items():
            if kind == "award" and self.undone.get(key) == amount:
                entries = points.PointsEntry
                made = self.session.scalars(sa.select(entries).where(entries.key == key)).one()
                undoing = sa.select(sa.func.sum(entries.growth)).where(
                    entries.reverses_id == made.id
                )
                assert made.growth + (self.session.scalar(undoing) or 0) == 0


def test_no_order_of_bookings_breaks_the_books(session: Session):
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    machine = type("BoundLedger", (Ledger,), {"session": session})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=60 if on_sqlite else 15,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


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
