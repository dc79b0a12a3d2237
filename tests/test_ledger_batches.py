"""What is booked for thousands at once is what would have been booked one by one."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.loyalty import balances, coming, expiry, expiry_terms, ledger, lots, points
from app.domain.loyalty.expiry_terms import AfterDays, AfterMonths, Terms, Yearly
from app.domain.loyalty.points import (
    Award,
    Cause,
    KeyConflict,
    NotReversible,
    PointsEntry,
    Reversal,
)
from app.domain.people.members import Member

NOW = datetime(2026, 11, 2, 4, tzinfo=UTC)
CAUSE = Cause("test", 1)
SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
MEMBERS = 30


def crowd(session: Session) -> list[int]:
    members = [Member(nickname=f"会员{n}", created_at=NOW) for n in range(MEMBERS)]
    session.add_all(members)
    session.flush()
    return [member.id for member in members]


def live(session: Session, member_ids: list[int], name: str) -> None:
    """The same hundred things happen to each crowd."""
    dice = random.Random(7)
    for number in range(100):
        which, amount, key = dice.randrange(MEMBERS), dice.randint(1, 50), f"{name}:{number}"
        begins, ends, act = dice.randint(0, 4), dice.randint(0, 4), dice.random()
        member_id, when = member_ids[which], {"cause": CAUSE, "now": NOW}
        if act < 0.6:
            available_at = NOW + timedelta(days=begins) if begins else None
            expires_at = NOW + timedelta(days=ends) if ends else None
            moments = {"available_at": available_at, "expires_at": expires_at}
            points.award(session, member_id, amount, key=key, **moments, **when)
            if act < 0.1:
                points.reverse(session, key, key=f"{key}:undo", amount=1 + amount // 2, **when)
            continue
        held = points.balance_of(session, member_id).points
        if held and act < 0.8:
            points.spend(session, member_id, held, key=key, **when)
        elif held:
            until = NOW + timedelta(days=begins, hours=1)
            points.reserve(session, member_id, held, key=key, until=until, **when)


def state_of(session: Session, member_id: int) -> tuple[Any, ...]:
    balance = points.balance_of(session, member_id)
    held = [
        (lot.remaining, lot.expires_at, lot.pending_until) for lot in lots.of(session, member_id)
    ]
    booked = session.execute(
        sa.select(PointsEntry.kind, sa.func.sum(PointsEntry.amount))
        .where(PointsEntry.member_id == member_id)
        .group_by(PointsEntry.kind)
        .order_by(PointsEntry.kind)
    )
    has = (balance.points, balance.pending, balance.reserved, balance.arrears, balance.growth)
    return has, held, list(map(tuple, booked))


def states(session: Session, member_ids: list[int]) -> list[tuple[Any, ...]]:
    return [state_of(session, member_id) for member_id in member_ids]


def test_the_clock_comes_to_all_at_once_as_it_comes_to_each(session: Session):
    together, alone = crowd(session), crowd(session)
    live(session, alone, "alone")
    for hours in (30, 50, 200):
        for member_id in alone:
            held = balances.lock(session, member_id)
            coming.catch_up(session, held, NOW + timedelta(hours=hours))
    live(session, together, "together")
    for hours in (30, 50, 200):
        while expiry.expire_due(session, NOW + timedelta(hours=hours)):
            pass
    assert states(session, together) == states(session, alone)
    assert ledger.discrepancies(session) == []


def test_a_tick_that_comes_late_leaves_what_ticks_in_time_would_have(session: Session):
    in_time, late = crowd(session), crowd(session)
    live(session, in_time, "in time")
    for hours in range(0, 200, 3):
        while expiry.expire_due(session, NOW + timedelta(hours=hours)):
            pass
    live(session, late, "late")
    while expiry.expire_due(session, NOW + timedelta(hours=200)):
        pass
    assert [one[:2] for one in states(session, late)] == [
        one[:2] for one in states(session, in_time)
    ]


def awards_to(member_ids: list[int], name: str) -> list[Award]:
    dice = random.Random(11)
    return [
        Award(
            member_ids[dice.randrange(MEMBERS)],
            dice.randint(1, 50),
            f"{name}:{number}",
            Cause(dice.choice(["order", "import"]), 3),
            growth=dice.choice([None, 0, 70]),
            expires_at=dice.choice([None, NOW + timedelta(days=3)]),
            available_at=dice.choice([None, NOW + timedelta(days=1)]),
        )
        for number in range(200)
    ]


def in_debt(session: Session, member_ids: list[int], name: str) -> None:
    for member_id in member_ids[::2]:
        key, when = f"{name}:{member_id}", {"cause": CAUSE, "now": NOW}
        points.award(session, member_id, 60, key=key, **when)
        points.spend(session, member_id, 60, key=f"{key}:cup", **when)
        points.reverse(session, key, key=f"{key}:undo", **when)


def sums(session: Session, member_ids: list[int]) -> list[tuple[Any, ...]]:
    """What lies in the lots of each moment: which lot was filled first does not matter."""
    return [
        (has, sorted(map(str, held)), booked) for has, held, booked in states(session, member_ids)
    ]


def test_awards_made_together_are_awards_made_one_by_one(session: Session):
    together, alone = crowd(session), crowd(session)
    in_debt(session, alone, "alone")
    in_debt(session, together, "together")
    one_by_one = sorted(awards_to(alone, "one"), key=lambda one: (str(one.cause), one.member_id))
    for one in one_by_one:
        moments = {"expires_at": one.expires_at, "available_at": one.available_at}
        given = {"key": one.key, "cause": one.cause, "growth": one.growth, **moments}
        points.award(session, one.member_id, one.amount, **given, now=NOW)
    new = points.award_all(session, awards_to(together, "all"), NOW)
    assert new == {f"all:{number}" for number in range(200)}
    assert sums(session, together) == sums(session, alone)
    assert points.award_all(session, awards_to(together, "all"), NOW) == set()
    assert sums(session, together) == sums(session, alone)
    assert ledger.discrepancies(session) == []


def test_one_award_of_another_content_is_a_conflict_for_all(session: Session):
    member_ids = crowd(session)
    first = Award(member_ids[0], 5, "a", CAUSE)
    points.award_all(session, [first], NOW)
    with pytest.raises(KeyConflict), session.begin_nested():
        points.award_all(
            session, [Award(member_ids[1], 5, "b", CAUSE), Award(member_ids[0], 6, "a", CAUSE)], NOW
        )
    with pytest.raises(KeyConflict), session.begin_nested():
        points.award_all(
            session, [Award(member_ids[1], 5, "c", CAUSE), Award(member_ids[2], 5, "c", CAUSE)], NOW
        )
    assert [points.balance_of(session, one).points for one in member_ids[:3]] == [5, 0, 0]


def reversals_of(session: Session, member_ids: list[int]) -> list[Reversal]:
    """Of what was awarded to them, all that is left or a part, in the order of the keys."""
    dice = random.Random(13)
    awarded = sa.select(PointsEntry.key, PointsEntry.amount).where(
        PointsEntry.member_id.in_(member_ids), PointsEntry.kind == "award"
    )
    rows = sorted(session.execute(awarded), key=lambda row: int(row.key.split(":")[1]))
    return [
        Reversal(key, f"{key}:back", dice.choice([None, 1]), CAUSE)
        for key, amount in rows
        if amount > 2 and dice.random() < 0.8  # else ``live`` has undone all of it
    ]


@pytest.mark.parametrize("hours", [1, 60, 130])
def test_awards_taken_back_together_are_awards_taken_back_one_by_one(session: Session, hours: int):
    """Pending, spendable, spent, set aside or lapsed by then."""
    together, alone, at = crowd(session), crowd(session), NOW + timedelta(hours=hours)
    live(session, alone, "alone")
    live(session, together, "together")
    for one in reversals_of(session, alone):
        points.reverse(session, one.of_key, key=one.key, amount=one.amount, cause=CAUSE, now=at)
    wanted = reversals_of(session, together)
    assert len(wanted) > 30
    whose = points.take_back_all(session, wanted, at)
    assert whose.keys() == {one.of_key for one in wanted}
    assert any(one[0][3] for one in states(session, together)), "some owe by now"
    assert states(session, together) == states(session, alone)
    points.take_back_all(session, wanted, at)
    assert states(session, together) == states(session, alone), "again it is no news"
    assert ledger.discrepancies(session) == []


def test_one_award_of_which_less_is_left_is_taken_back_with_no_other(session: Session):
    member_id, *_ = crowd(session)
    points.award_all(session, [Award(member_id, 5, key, CAUSE) for key in ("a", "b")], NOW)
    points.spend(session, member_id, 2, key="s", cause=CAUSE, now=NOW)
    wanted = [Reversal("a", "a:back", 4, CAUSE), Reversal("b", "b:back", 6, CAUSE)]
    with pytest.raises(NotReversible), session.begin_nested():
        points.take_back_all(session, wanted, NOW)
    with pytest.raises(NotReversible), session.begin_nested():
        points.take_back_all(session, [*wanted[:1], Reversal("s", "s:back", 1, CAUSE)], NOW)
    points.take_back_all(session, wanted[:1], NOW)
    with pytest.raises(KeyConflict), session.begin_nested():
        points.take_back_all(session, [Reversal("b", "a:back", 4, CAUSE)], NOW)
    assert points.balance_of(session, member_id).points == 4
    assert ledger.discrepancies(session) == []


@pytest.mark.parametrize(
    ("terms", "on", "zone", "at"),
    [
        (None, date(2026, 11, 2), SHANGHAI, None),
        (AfterDays(1), date(2026, 11, 2), SHANGHAI, "2026-11-04T00:00+08:00"),
        (AfterDays(365), date(2027, 3, 1), SHANGHAI, "2028-03-01T00:00+08:00"),
        (AfterMonths(1), date(2027, 1, 31), SHANGHAI, "2027-03-01T00:00+08:00"),
        (AfterMonths(12), date(2026, 11, 2), SHANGHAI, "2027-11-03T00:00+08:00"),
        (AfterMonths(2), date(2026, 12, 31), SHANGHAI, "2027-03-01T00:00+08:00"),
        (Yearly(12, 31), date(2026, 11, 2), SHANGHAI, "2027-01-01T00:00+08:00"),
        (Yearly(12, 31), date(2026, 12, 31), SHANGHAI, "2027-01-01T00:00+08:00"),
        (Yearly(3, 31), date(2026, 11, 2), SHANGHAI, "2027-04-01T00:00+08:00"),
        (Yearly(12, 31, 1), date(2026, 11, 2), SHANGHAI, "2028-01-01T00:00+08:00"),
        (Yearly(2, 29), date(2027, 1, 1), SHANGHAI, "2027-03-01T00:00+08:00"),
        (AfterDays(7), date(2026, 10, 26), NEW_YORK, "2026-11-03T00:00-05:00"),
    ],
)
def test_points_lapse_at_the_end_of_a_business_day(
    terms: Terms | None, on: date, zone: ZoneInfo, at: str | None
):
    expected = datetime.fromisoformat(at) if at else None
    assert expiry_terms.expires_at(terms, on, zone) == expected
