"""What comes back to an absorbed record goes over to the one that stays, and no record that cannot
be helped keeps the others waiting."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.loyalty import points
from app.domain.loyalty.balances import Balance
from app.domain.loyalty.entries import Cause
from app.domain.people.members import Member
from app.merging import leftovers
from tests.test_tier_function import PROGRAMME

NOW = datetime(2026, 11, 4, 4, tzinfo=UTC)
BATCH = 3


@pytest.fixture(autouse=True)
def batches_are_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leftovers, "BATCH", BATCH)


def absorbed(session: Session, amount: int, expires_at: datetime | None = None) -> tuple[int, int]:
    """A record to which points have come back after another has absorbed it. Returns both."""
    ids = []
    for _ in range(2):
        member = Member(created_at=NOW)
        session.add(member)
        session.flush()
        ids.append(member.id)
    theirs, hers = ids
    about: dict[str, Any] = {"cause": Cause("test"), "now": NOW, "expires_at": expires_at}
    points.award(session, theirs, amount, key=f"back:{theirs}", **about)
    session.get_one(Member, theirs).same_as_id = hers
    session.flush()
    return theirs, hers


def looks(session: Session, now: datetime) -> bool:
    return leftovers.carry(session, PROGRAMME, now)


def has(session: Session, member_id: int) -> int:
    return points.balance_of(session, member_id).points


def test_records_that_the_ledger_is_at_odds_with_keep_nobody_waiting(session: Session) -> None:
    broken = [absorbed(session, 5)[0] for _ in range(2 * BATCH)]
    wrong = sa.update(Balance).where(Balance.member_id.in_(broken))
    session.execute(wrong.values(points=Balance.points + 1))
    theirs, hers = absorbed(session, 7)
    assert not looks(session, NOW), "there is no more to be done"
    assert (has(session, theirs), has(session, hers)) == (0, 7)
    assert [has(session, one) for one in broken] == [6] * len(broken), "nobody touches them"


def test_points_that_have_lapsed_unnoticed_keep_nobody_waiting(session: Session) -> None:
    over = [absorbed(session, 5, NOW + timedelta(days=1)) for _ in range(2 * BATCH)]
    theirs, hers = absorbed(session, 7)
    now = NOW + timedelta(days=2)
    assert [looks(session, now) for _ in range(3)] == [True, True, False]
    assert (has(session, theirs), has(session, hers)) == (0, 7)
    assert [has(session, one) for both in over for one in both] == [0] * 2 * len(over)


def test_a_lot_goes_over_each_time_it_is_filled_again(session: Session) -> None:
    theirs, hers = absorbed(session, 7)
    about: dict[str, Any] = {"cause": Cause("test"), "now": NOW}
    points.spend(session, theirs, 7, key="cup", **about)
    assert not looks(session, NOW)
    assert has(session, hers) == 0
    for part, come in ((3, 3), (4, 7)):
        points.reverse(session, "cup", amount=part, key=f"cup:back:{part}", **about)
        looks(session, NOW)
        looks(session, NOW)
        assert (has(session, theirs), has(session, hers)) == (0, come)
