"""Whatever is changed in the books afterwards shows: in the sums, or in the chain of seals."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.loyalty import expiry, liability, points, seals, verifications
from app.domain.loyalty.points import Cause, PointsEntry
from app.domain.loyalty.seals import Seal
from app.domain.people.members import Member
from tests.world import BEIJING

NOW = datetime(2026, 11, 2, 4, tzinfo=UTC)
LATER = NOW + timedelta(hours=2)
CAUSE = Cause("test", 1)
PENDING = "UPDATE points_lots SET pending_until ="


@pytest.fixture
def member_id(session: Session) -> int:
    """She has earned, spent, lost and put aside, and all of it is sealed in blocks of three."""
    member = Member(nickname="小雨", created_at=NOW)
    session.add(member)
    session.flush()
    when, day = {"cause": CAUSE, "now": NOW}, timedelta(days=1)
    points.award(session, member.id, 30, key="order", expires_at=NOW + 40 * day, **when)
    points.award(session, member.id, 8, key="gift", expires_at=NOW + timedelta(hours=1), **when)
    points.award(session, member.id, 20, key="pending", available_at=NOW + 7 * day, **when)
    points.spend(session, member.id, 12, key="cup", **when)
    points.reverse(session, "cup", key="refund", amount=5, **when)
    points.reserve(session, member.id, 6, key="cash", until=NOW + day, **when)
    points.award(session, member.id, 9, key="for ever", **when)
    expiry.expire_due(session, LATER)
    return member.id


@pytest.fixture
def sealed(session: Session, member_id: int, monkeypatch: pytest.MonkeyPatch) -> Session:
    monkeypatch.setattr(seals, "BLOCK", 3)
    while seals.seal(session, LATER):
        pass
    session.flush()
    return session


def tamper(session: Session, statement: str) -> None:
    """As somebody would who has the database to herself."""
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    for table in ("points_entries", "points_postings", "points_lot_moves"):
        if on_sqlite:
            session.execute(sa.text(f"DROP TRIGGER IF EXISTS {table}_no_update"))
            session.execute(sa.text(f"DROP TRIGGER IF EXISTS {table}_no_delete"))
        else:
            session.execute(sa.text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
    session.execute(sa.text(statement))
    session.expire_all()


def test_a_ledger_that_was_left_alone_holds(sealed: Session):
    assert verifications.found(sealed, LATER + timedelta(days=1)) == []
    seen = verifications.extent(sealed)
    assert seen.seals == -(-seen.entries // 3)
    assert seen.hash != seals.BEGINNING


def test_each_entry_is_in_one_block_and_the_chain_goes_on_where_it_ended(
    sealed: Session, member_id: int
):
    blocks = verifications.extent(sealed).seals
    assert seals.seal(sealed, LATER) is False
    assert verifications.extent(sealed).seals == blocks
    points.award(sealed, member_id, 1, key="one more", cause=CAUSE, now=LATER)
    seals.seal(sealed, LATER)
    newest = seals.newest(sealed)
    assert newest is not None
    assert (newest.number, newest.entries) == (blocks + 1, 1)
    assert list(seals.broken(sealed, LATER)) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE points_entries SET rule = 'another' WHERE key = 'order'",
        "UPDATE points_entries SET key = 'another' WHERE key = 'cup'",
        "UPDATE points_entries SET booked_at = '2026-11-01 00:00:00' WHERE key = 'order'",
        "UPDATE points_entries SET rule_version = 7 WHERE key = 'gift'",
        "UPDATE points_postings SET account = 'expired' WHERE account = 'spent'",
        "UPDATE points_lots SET expires_at = '2030-01-01 00:00:00' WHERE expires_at IS NOT NULL",
        "DELETE FROM points_sealed_entries WHERE entry_id IN"
        " (SELECT id FROM points_entries WHERE key = 'for ever')",
        "UPDATE points_seals SET hash = 'f' WHERE number = 2",
        "DELETE FROM points_seals WHERE number = 1",
        "DELETE FROM points_seals WHERE number = (SELECT max(number) FROM points_seals)",
        "UPDATE points_seals SET newest_id = newest_id + 1 WHERE number = 1",
        "UPDATE points_seals SET sealed_at = '2026-11-02 02:30:00' WHERE number = 1",
        "UPDATE points_seals SET sealed_at = '2026-11-04 00:00:00' WHERE number = 1",
    ],
)
def test_a_change_that_adds_up_is_found_by_the_chain(sealed: Session, statement: str):
    tamper(sealed, statement)
    assert list(seals.broken(sealed, LATER + timedelta(days=1)))


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE points_balances SET points = points + 1", "replayed"),
        ("UPDATE points_balances SET pending = 0", "pending"),
        ("UPDATE points_balances SET reserved = 0", "reserved"),
        ("UPDATE points_balances SET growth = growth + 1", "replayed"),
        ("UPDATE points_postings SET amount = amount + 1 WHERE account = 'spent'", "sum to"),
        ("UPDATE points_lots SET remaining = remaining - 1 WHERE expires_at IS NULL", "lots"),
        ("UPDATE points_lots SET pending_until = NULL", "lots"),
        ("UPDATE points_lot_moves SET amount = amount + 1 WHERE amount < -1", "lot"),
        ("UPDATE points_holds SET ended_at = '2026-11-02 00:00:00'", "hold"),
        ("UPDATE points_holds SET entry_id = entry_id + 1", "no reservation"),
        ("UPDATE points_holds SET amount = amount + 1", "without its hold"),
        ("UPDATE points_balances SET due_at = NULL", "but due"),
        ("UPDATE points_balances SET due_at = '2031-01-01 00:00:00'", "but due"),
        ("UPDATE points_entries SET amount = 2 WHERE key = 'cup'", "undone"),
        ("UPDATE points_holds SET until = '2026-11-02 03:59:59'", "hold"),
        (f"{PENDING} '2026-11-02 04:00:00' WHERE pending_until IS NOT NULL", "pending until"),
        (f"{PENDING} '2026-11-09 04:00:00' WHERE remaining = 0", "pending until"),
    ],
)
def test_a_change_that_does_not_add_up_is_found_by_the_sums(
    sealed: Session, statement: str, found: str
):
    tamper(sealed, statement)
    wrong = verifications.found(sealed, LATER)
    assert any(found in one for one in wrong), wrong


@pytest.mark.parametrize("how", ["given up", "over"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE points_holds SET ended_at = '2026-11-02 05:59:59'",
        "UPDATE points_holds SET until = {the_other_side}",
    ],
)
def test_when_a_hold_has_ended_is_what_was_booked_then(sealed: Session, how: str, statement: str):
    """It is held until the 3rd: given up before, or over by then."""
    if how == "given up":
        points.void(sealed, "cash", key="given up", cause=CAUSE, now=LATER)
        statement = statement.format(the_other_side="'2026-11-02 05:00:00'")
    else:
        expiry.expire_due(sealed, NOW + timedelta(days=2))
        statement = statement.format(the_other_side="'2026-11-05 00:00:00'")
    afterwards = NOW + timedelta(days=2)
    while seals.seal(sealed, afterwards):
        pass
    assert verifications.found(sealed, afterwards) == []
    tamper(sealed, statement)
    assert any("hold" in one for one in verifications.found(sealed, afterwards))


def test_points_that_became_available_are_pending_no_more(sealed: Session):
    week = NOW + timedelta(days=8)
    expiry.expire_due(sealed, week)
    points.spend(
        sealed, sealed.scalars(sa.select(Member.id)).one(), 20, key="all", cause=CAUSE, now=week
    )
    while seals.seal(sealed, week):
        pass
    assert verifications.found(sealed, week) == []
    matured = "(SELECT entry_id FROM points_postings WHERE account = 'pending' AND amount > 0)"
    tamper(sealed, f"{PENDING} '2026-12-09 04:00:00' WHERE entry_id IN {matured}")
    assert any("pending until" in one for one in verifications.found(sealed, week))


def test_a_block_was_sealed_before_a_night_noted_it(sealed: Session):
    verifications.keep(sealed, LATER.date(), [], verifications.extent(sealed), LATER)
    month = LATER + timedelta(days=30)
    last = "number = (SELECT max(number) FROM points_seals)"
    tamper(sealed, f"UPDATE points_seals SET sealed_at = '2026-11-03 06:00:00' WHERE {last}")
    assert list(seals.broken(sealed, month)) == []
    assert any("but seen" in one for one in verifications.found(sealed, month))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE points_holds SET amount = amount + 1",
        "UPDATE points_holds SET entry_id = entry_id + 1",
        "DELETE FROM points_holds",
    ],
)
def test_a_hold_that_is_over_is_still_held_against_its_reservation(sealed: Session, statement: str):
    points.void(sealed, "cash", key="given up", cause=CAUSE, now=LATER)
    assert verifications.found(sealed, LATER) == []
    tamper(sealed, statement)
    assert any("hold" in one for one in verifications.found(sealed, LATER))


def test_a_chain_that_was_made_anew_is_not_the_one_that_was_noted(sealed: Session):
    """Who changes an old entry can seal everything again, but the night before has noted how the
    chain ended."""
    verifications.keep(sealed, LATER.date(), [], verifications.extent(sealed), LATER)
    assert verifications.found(sealed, LATER) == []
    tamper(sealed, "UPDATE points_entries SET rule = 'another' WHERE key = 'order'")
    sealed.execute(sa.text("DELETE FROM points_sealed_entries"))
    sealed.execute(sa.text("DELETE FROM points_seals"))
    while seals.seal(sealed, LATER):
        pass
    assert list(seals.broken(sealed, LATER)) == []
    assert any("noted" in one for one in verifications.found(sealed, LATER))


def test_an_entry_that_was_committed_late_is_found_in_the_night(
    session: Session, member_id: int, monkeypatch: pytest.MonkeyPatch
):
    """On PostgreSQL a younger entry may be sealed before an older one is committed."""
    hidden = session.scalars(sa.select(PointsEntry.id).where(PointsEntry.key == "cup")).one()
    every: Callable[[int], sa.Select[int]] = seals.unsealed
    monkeypatch.setattr(seals, "unsealed", lambda a: every(a).where(PointsEntry.id != hidden))
    seals.seal(session, LATER)
    monkeypatch.setattr(seals, "unsealed", every)
    day_after = LATER + timedelta(days=1)
    assert list(seals.broken(session, day_after)) == [f"entry {hidden}: not sealed"]
    assert seals.seal(session, day_after) is False, "the minute looks at what is new"
    seals.seal(session, day_after, all_of_it=True)
    assert list(seals.broken(session, day_after)) == []
    assert session.scalar(sa.select(sa.func.count(Seal.id))) == 2


def test_what_is_owed_stands_in_the_month_in_which_it_lapses(session: Session, member_id: int):
    report = liability.of(session, BEIJING, LATER)
    by_month = {one.month: (one.points, one.pending) for one in report.lapsing}
    assert by_month["2026-12"] == (25, 0), "five of the thirty are on hold"
    assert by_month["never"] == (9, 20)
    assert sum(one.points for one in report.lapsing) == report.points
    assert sum(one.pending for one in report.lapsing) == report.pending == 20
    assert report.outstanding == report.points + 20 + 6
    assert report.awarded == report.outstanding + report.spent + report.expired - report.arrears
    assert report.spent == 7


def test_a_lot_that_lapses_at_the_end_of_a_month_is_that_month_s(session: Session, member_id: int):
    end = datetime(2026, 12, 1, tzinfo=BEIJING)
    points.award(session, member_id, 77, key="monthly", cause=CAUSE, expires_at=end, now=LATER)
    report = liability.of(session, BEIJING, LATER)
    assert {one.month: one.points for one in report.lapsing}["2026-11"] == 77
