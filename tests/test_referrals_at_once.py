"""Friends of one inviter whose time comes at the same moment, on PostgreSQL."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import inbox
from app.clockwork import referrals as clockwork
from app.db import Database
from app.domain.loyalty import points
from app.domain.loyalty.points import Cause
from app.domain.loyalty.referrals import referrals, terms
from app.domain.loyalty.referrals.referrals import Referral, Refusal
from app.domain.loyalty.referrals.terms import Terms
from app.domain.people import members
from app.domain.people.members import Member
from app.handlers import scene
from app.handlers.word_rules import Words
from app.programme import Programme
from tests.test_ledger_waits import after

NOW = datetime(2026, 11, 2, 4, tzinfo=UTC)
MONTH = datetime(2026, 11, 1, tzinfo=UTC)
DUE = NOW + timedelta(days=400)
PROGRAMME = Programme(ZoneInfo("Asia/Shanghai"), "", *(None,) * 4)  # type: ignore[arg-type]


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    database = Database(sa.create_engine(postgres_url))
    yield database
    database.engine.dispose()


@pytest.fixture
def inviter(database: Database) -> int:
    """She has brought two friends, and her month has room for one."""
    with database.writing() as session:
        promised = terms.change(session, Terms(month_max=1), None, NOW)
        about: dict[str, Any] = {"created_at": NOW, "signed_up_at": NOW}
        people = [Member(nickname=name, **about) for name in ("小雨", "阿诚", "林夏")]
        session.add_all(people)
        session.flush()
        rain, *friends = people
        for friend in friends:
            referrals.invite(session, rain, friend, promised, None, NOW)
        return rain.id


def decide(session: Session, number: int) -> None:
    referral = session.get_one(Referral, number)
    members.hold(session, referral.friend_id)
    referrals.decide(session, number, MONTH, NOW)


def test_the_last_place_of_a_month_is_given_once(database: Database, inviter: int):
    after(database, lambda session: decide(session, 1), lambda session: decide(session, 2))
    with database.reading() as session:
        found = session.scalars(sa.select(Referral).order_by(Referral.id)).all()
        assert [one.refusal for one in found] == [None, Refusal.MONTH_FULL]


def test_what_is_written_about_the_inviter_does_not_wait_for_it(database: Database, inviter: int):
    with database.writing() as deciding:
        decide(deciding, 1)
        with database.writing() as other:
            other.execute(sa.text("SET LOCAL lock_timeout = '5s'"))
            points.award(other, inviter, 5, key="sign_in", cause=Cause("test", 1), now=NOW)
            brought = Member(nickname="老王", created_at=NOW, inviter_id=inviter)
            other.add(brought)


def test_friend_and_inviter_may_be_found_to_be_one_while_it_is_decided(
    database: Database, inviter: int
):
    """Whoever makes one of two records takes the older one first."""
    with database.writing() as session:
        clockwork.put(session, DUE)
        friend = session.scalars(sa.select(Referral.friend_id).order_by(Referral.id)).first()
        assert friend is not None
        assert friend > inviter

    def come_to_it(session: Session) -> None:
        event = inbox.by_key(session, "referral_due:1")
        assert event is not None
        scene.of(session, event, PROGRAMME, cast(Words, None), DUE)

    after(
        database,
        come_to_it,
        lambda session: members.lock(session, friend, inviter),
        lambda session: referrals.decide(session, 1, MONTH, DUE),
    )
    with database.reading() as session:
        assert session.get_one(Referral, 1).stayed_at == DUE
