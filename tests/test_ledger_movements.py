"""A movement is decided, then written: it adds up or cannot be made, a key that is taken writes
nothing, and movements that have nothing to do with each other commute."""

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import db
from app.domain.loyalty import awards, balances, booking, ledger, lots, points, takings
from app.domain.loyalty.movements import Movement, Opened, Part
from app.domain.loyalty.points import Account, Award, Cause, NotEnoughPoints
from app.domain.people.members import Member

NOW = datetime(2026, 11, 2, 4, tzinfo=UTC)
CAUSE = Cause("test", 1)
WHEN: dict[str, Any] = {"cause": CAUSE, "now": NOW}
MEMBERS, ACTS, ORDERS = 6, 12, 5


def crowd(session: Session) -> list[int]:
    members = [Member(nickname=f"会员{n}", created_at=NOW) for n in range(MEMBERS)]
    session.add_all(members)
    session.flush()
    return [member.id for member in members]


@pytest.mark.parametrize(
    ("amount", "postings", "opened", "parts"),
    [
        (0, {}, None, []),
        (-5, {Account.MEMBER: 5, Account.SPENT: -5}, None, [Part(1, 5)]),
        (5, {Account.ISSUED: -5, Account.MEMBER: 4}, Opened(4, None, None), []),
        (5, {Account.ISSUED: -5, Account.MEMBER: 5}, None, []),
        (5, {Account.ISSUED: -5, Account.PENDING: 5}, Opened(4, None, NOW), []),
        (5, {Account.MEMBER: -5, Account.SPENT: 5}, None, [Part(1, -3), Part(2, -1)]),
        (5, {Account.PENDING: -5, Account.MEMBER: 5}, None, [Part(1, 1)]),
    ],
)
def test_a_movement_that_does_not_add_up_cannot_be_made(
    amount: int, postings: dict[Account, int], opened: Opened | None, parts: Sequence[Part]
):
    with pytest.raises(ValueError, match="key"):
        Movement("key", "award", 1, amount, CAUSE, postings, opened=opened, parts=parts)


def test_of_a_movement_whose_key_is_taken_nothing_at_all_is_written(session: Session):
    her, other = crowd(session)[:2]
    points.award(session, her, 30, key="first", **WHEN)
    for member_id in (her, other):
        balances.lock(session, member_id)
    (lot,) = lots.of(session, her)
    out = {Account.MEMBER: -10, Account.SPENT: 10}
    spending = Movement("first", "spend", her, 10, CAUSE, out, parts=[Part(lot.id, -10)])
    again = awards.decide(Award(her, 7, "first", CAUSE), 0, NOW)
    new = awards.decide(Award(other, 9, "second", CAUSE), 0, NOW)
    for movements in ([spending, new], [again]):
        booking.book_all(session, movements, NOW)
    assert [points.balance_of(session, one).points for one in (her, other)] == [30, 9]
    assert ledger.discrepancies(session) == []


def test_an_award_says_one_thing_to_postgresql_unless_there_is_more_to_decide(postgres_url: str):
    """And comes to the same."""
    database = db.Database(db.engine_of(postgres_url))
    with database.writing() as session:
        her, owing = crowd(session)[:2]
        for member_id in (her, owing):
            points.award(session, member_id, 30, key=f"first:{member_id}", **WHEN)
        points.spend(session, owing, 20, key="cup", **WHEN)
        points.reverse(session, f"first:{owing}", key="sent back", **WHEN)
    said = {one: _said(database, one) for one in (her, owing)}
    assert said[her] == 1 < said[owing]
    with database.reading() as session:
        left = [points.balance_of(session, one) for one in (her, owing)]
        assert [(one.points, one.arrears) for one in left] == [(60, 0), (10, 0)]
        assert ledger.discrepancies(session) == []
    database.engine.dispose()


def _said(database: db.Database, member_id: int) -> int:
    said: list[None] = []
    with database.writing() as session:
        connection = session.connection()
        sa.event.listen(connection, "before_cursor_execute", lambda *_: said.append(None))
        points.award(session, member_id, 30, key=f"second:{member_id}", **WHEN)
    return len(said)


def test_a_plan_kept_for_all_finds_the_lots_that_are_not_empty(postgres_url: str):
    engine = db.engine_of(postgres_url)
    looking = str(takings.LOCK.compile(engine)).replace("%(member)s", "$1")
    with engine.connect() as connection:
        for setting in ("plan_cache_mode = force_generic_plan", "enable_seqscan = off"):
            connection.exec_driver_sql(f"SET {setting}")
        connection.exec_driver_sql(f"PREPARE looking AS {looking}")
        plan = connection.exec_driver_sql("EXPLAIN EXECUTE looking (1)").scalars().all()
    engine.dispose()
    assert "ix_points_lots_open" in "".join(plan)


def test_what_happens_to_one_member_leaves_the_others_alone(session: Session):
    """Whatever order the members come in, each is left with what her own events come to."""
    outcomes = []
    for order in range(ORDERS):
        whose, dice, number = crowd(session), random.Random(order), Counter[int]()
        turns = [which for which in range(MEMBERS) for _ in range(ACTS)]
        dice.shuffle(turns)
        for which in turns:
            act(session, whose[which], which, number[which], f"{order}:{which}")
            number[which] += 1
        outcomes.append([state_of(session, member_id) for member_id in whose])
    assert all(outcome == outcomes[0] for outcome in outcomes)
    assert ledger.discrepancies(session) == []


def act(session: Session, member_id: int, which: int, number: int, name: str) -> None:
    """The same events for the member of this number, in this order of hers."""
    dice, key = random.Random(1_000 * which + number), f"{name}:{number}"
    amount, kind = dice.randint(1, 40), dice.choice(["award", "spend", "reverse", "reserve"])
    if number == 0 or kind == "award":
        ends, begins = (NOW + timedelta(days=days) for days in (dice.randint(3, 6), 2))
        moments = {"expires_at": ends, "available_at": dice.choice([None, begins])}
        points.award(session, member_id, amount, key=key, growth=number, **moments, **WHEN)
    elif kind == "reverse":
        points.reverse(session, f"{name}:0", key=key, amount=1, **WHEN)
    else:
        try:
            if kind == "spend":
                points.spend(session, member_id, amount, key=key, **WHEN)
            else:
                until = NOW + timedelta(hours=number)
                points.reserve(session, member_id, amount, key=key, until=until, **WHEN)
        except NotEnoughPoints:
            return


def test_awards_of_a_member_come_to_the_same_in_any_order(session: Session):
    outcomes = []
    for order in range(ORDERS):
        her, name = crowd(session)[0], f"order {order}"
        owe(session, her, 50, name)
        given = [
            Award(her, 3 + number, f"{name}:{number}", CAUSE, number, *moments_of(number))
            for number in range(ACTS)
        ]
        random.Random(order).shuffle(given)
        if order == 0:
            points.award_all(session, given, NOW)
        for one in given:
            when = {"expires_at": one.expires_at, "available_at": one.available_at}
            points.award(session, her, one.amount, key=one.key, growth=one.growth, **when, **WHEN)
        (points_, pending, arrears, growth), lying = state_of(session, her)
        outcomes.append((points_, pending, arrears, growth, sum(lying.values())))
    assert set(outcomes) == {outcomes[0]}
    assert ledger.discrepancies(session) == []


def owe(session: Session, member_id: int, amount: int, name: str) -> None:
    points.award(session, member_id, amount, key=name, growth=0, **WHEN)
    points.spend(session, member_id, amount, key=f"{name}:cup", **WHEN)
    points.reverse(session, name, key=f"{name}:undo", **WHEN)


def moments_of(number: int) -> tuple[datetime | None, datetime | None]:
    return (
        NOW + timedelta(days=number) if number % 3 else None,
        NOW + timedelta(days=1) if number % 4 == 0 else None,
    )


def state_of(
    session: Session, member_id: int
) -> tuple[tuple[int, ...], dict[tuple[datetime | None, datetime | None], int]]:
    """Her balance, and what lies in lots of each moment."""
    balance = points.balance_of(session, member_id)
    has = (balance.points, balance.pending, balance.arrears, balance.growth)
    lying: defaultdict[tuple[datetime | None, datetime | None], int] = defaultdict(int)
    for lot in lots.of(session, member_id):
        lying[lot.expires_at, lot.pending_until] += lot.remaining
    return has, dict(lying)
