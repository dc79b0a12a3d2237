"""What the clock brings to points is booked in batches beside each other, and each point once."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.clockwork import points_due
from app.db import Database
from app.domain.loyalty import balances, expiry, ledger, points
from app.domain.people.members import Member

NOW = datetime(2026, 11, 2, 4, tzinfo=UTC)
LATER = NOW + timedelta(days=2)
MEMBERS = 12


@pytest.fixture
def many(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A house in which a batch is three lots."""
    monkeypatch.setattr(expiry, "LOTS", 3)
    return Database(engine)


def with_points(database: Database) -> list[int]:
    """Members who have ten points for a day."""
    with database.writing() as session:
        members = [Member(nickname=f"会员{n}", created_at=NOW) for n in range(MEMBERS)]
        session.add_all(members)
        session.flush()
        for one in members:
            given = {"cause": points.Cause("test"), "expires_at": NOW + timedelta(days=1)}
            points.award(session, one.id, 10, key=f"award:{one.id}", **given, now=NOW)
        return [one.id for one in members]


def left(session: Session, member_ids: list[int]) -> list[int]:
    return [points.balance_of(session, member_id).points for member_id in member_ids]


def test_all_that_is_due_is_booked_batch_after_batch(many: Database):
    member_ids = with_points(many)
    assert points_due.book(many, NOW) is False
    while points_due.book(many, LATER):
        pass
    with many.reading() as session:
        assert left(session, member_ids) == [0] * MEMBERS
        booked = sa.select(sa.func.count()).where(points.PointsEntry.kind == "expire")
        assert session.scalar(booked) == MEMBERS
        assert ledger.discrepancies(session) == []


def test_a_batch_takes_whom_no_other_has_and_waits_for_nobody(postgres_url: str):
    many = Database(sa.create_engine(postgres_url))
    member_ids = with_points(many)
    with many.writing() as busy:
        held = balances.lock(busy, member_ids[0])
        with many.writing() as one:
            assert expiry.expire_due(one, LATER)
            with many.writing() as other:
                assert not expiry.expire_due(other, LATER)  # the one has them, the busy her own
        with many.reading() as session:
            assert left(session, member_ids) == [held.points] + [0] * (MEMBERS - 1)
    with many.writing() as session:
        assert expiry.expire_due(session, LATER)
    with many.reading() as session:
        assert left(session, member_ids) == [0] * MEMBERS
        assert ledger.discrepancies(session) == []
    many.engine.dispose()


def test_what_goes_wrong_in_one_of_them_is_told(many: Database, monkeypatch: pytest.MonkeyPatch):
    with_points(many)

    def fail(*_: object) -> bool:
        raise sa.exc.OperationalError("", None, Exception("gone"))

    monkeypatch.setattr(expiry, "expire_due", fail)
    with pytest.raises(sa.exc.OperationalError):
        points_due.book(many, LATER)
