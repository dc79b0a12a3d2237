"""A hundred thousand things happen to the ledger by chance, half of them on each database, and at
every step it is what a plain model says. Taking any one guard away is noticed."""

import inspect
import random
import textwrap
import threading
from datetime import timedelta
from types import ModuleType

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db import Database
from app.domain.loyalty import (
    awards,
    balances,
    booking,
    booking_on_sqlite,
    coming,
    entries,
    expiry,
    ledger,
    lots,
    points,
    refills,
    reservations,
    reversals,
    take_backs,
    takings,
)
from app.domain.people.members import Member
from tests.ledger_walk import NOW, Violation, Walk

OPERATIONS, WALKS = 50_000, 25
SPOILT_OPERATIONS = 3_000
CLIENTS, MOVEMENTS = 64, 12
NOTICED = (
    *(Violation, points.KeyConflict, AssertionError),
    *(ValueError, KeyError, sa.exc.SQLAlchemyError),
)
MUTANTS: list[tuple[ModuleType, str, str, str]] = [
    (entries, "is_booked", "raise KeyConflict(key)", "pass"),
    (takings, "take", "held.points < amount", "held.points < 0"),
    (takings, "take", "if coming.catch_up(session, held, now)", "if not held"),
    (balances, "lock", "session.flush()", "return Held(member_id, 0, 0, None)"),
    (booking, "book", "held.follow(movement)", "pass"),
    (booking_on_sqlite, "write", "if one.key in ids", ""),
    (booking_on_sqlite, "_of_balance", "by for", "1 for"),
    (coming, "catch_up", "held.due_at <= now", "False"),
    (coming, "maturing", "min(arrears, amount)", "0"),
    (coming, "ending", "hold.amount - spent", "0"),
    (coming, "lapsing", "-amount", "amount"),
    (lots, "taken", "min(left, amount)", "left"),
    (refills, "decide", "min(held.arrears, points)", "0"),
    (refills, "_back", "in taken", "in reversed(taken)"),
    (refills, "_back", "min(lot.amount, amount)", "lot.amount"),
    (coming, "lapsing", "{moves}", "0"),
    (coming, "mature", "lots.become_available(session, lot_id)", "pass"),
    (coming, "void", "holds.end(session, hold, now)", "pass"),
    (reservations, "_end", "hold.ended_at is not None or", ""),
    (reservations, "_end", "not 0 < ended <= hold.amount", "False"),
    (reservations, "_end", "coming.catch_up(session, held, now)", "pass"),
    (reservations, "_end", "entries.is_booked(session, key, content)", "False"),
    (reversals, "_undone", "not 0 < undone <= left", "False"),
    (reversals, "_undone", "there is not None", "False"),
    (reversals, "_locked", "any(caught_up)", "False"),
    (reversals, "_giving_back", 'spending.content.kind == "post"', "False"),
    (reversals, "reverse", "coming.catch_up(session, original.held, now)", "pass"),
    (take_backs, "decide", "min(own.remaining, amount)", "min(1, own.remaining)"),
    (take_backs, "decide", "own and own.pending_until", "False"),
    (take_backs, "decide", "not own or", "True or"),
    (take_backs, "decide", "min(held.points - points, amount - from_own - lapsed)", "0"),
    (take_backs, "decide", "min(lots.lapsed_of(session, award.entry.id), amount - from_own)", "0"),
    (reversals, "_growth_undone", "so_far = ", "so_far = 1 + "),
    (awards, "decide", "min(arrears, award.amount)", "0"),
    (awards, "decide", "award.available_at > now", "False"),
    (expiry, "_apart", "if arrears or", "if"),
]


@pytest.mark.parametrize("seed", range(WALKS))
def test_whatever_happens_the_ledger_is_what_the_model_says(engine: sa.Engine, seed: int):
    with Session(engine, expire_on_commit=False) as session:
        walk = Walk(session, seed)
        walk.go(OPERATIONS // WALKS)
        assert walk.done["refused"] > OPERATIONS / WALKS / 50
        assert min(walk.done[name] for name in ("retry", "conflict", "crash", "time")) > 0


@pytest.fixture(params=MUTANTS, ids=lambda mutant: f"{mutant[1]}: {mutant[2]}")
def spoilt(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """One guard of the ledger is gone."""
    module, name, guard, instead = request.param
    source = textwrap.dedent(inspect.getsource(getattr(module, name)))
    assert source.count(guard) >= 1, f"{guard} stands no more in {name}"
    made = dict(vars(module))
    exec(compile(source.replace(guard, instead, 1), f"<spoilt {name}>", "exec"), made)  # noqa: S102
    monkeypatch.setattr(module, name, made[name])
    return str(name)


@pytest.mark.usefixtures("spoilt")
def test_taking_any_one_guard_away_is_noticed(sqlite_url: str):
    engine = sa.create_engine(sqlite_url)
    with Session(engine, expire_on_commit=False) as session:
        walk = Walk(session, seed=1)
        with pytest.raises(NOTICED):
            walk.go(SPOILT_OPERATIONS)
    engine.dispose()


def test_sixty_four_who_move_the_points_of_a_few_at_once_break_nothing(postgres_url: str):
    """Each its own connection, every movement a transaction; deadlocks are none of it."""
    database = Database(sa.create_engine(postgres_url, pool_size=CLIENTS))
    with database.writing() as session:
        members = [Member(nickname=f"会员{n}", created_at=NOW) for n in range(4)]
        session.add_all(members)
        session.flush()
        whose = [member.id for member in members]
    raised: list[BaseException] = []
    threads = [
        threading.Thread(target=_keep_moving, args=(database, whose, number, raised))
        for number in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert raised == []
    with database.reading() as session:
        assert ledger.discrepancies(session) == []
        kinds = set(session.scalars(sa.select(points.PointsEntry.kind)))
        assert {"award", "spend", "reserve", "post", "reverse_award"} <= kinds
    database.engine.dispose()


def _keep_moving(
    database: Database, whose: list[int], client: int, raised: list[BaseException]
) -> None:
    dice = random.Random(client)
    for number in range(MOVEMENTS):
        try:
            with database.writing() as session:
                if dice.random() < 0.1:
                    expiry.expire_due(session, NOW + timedelta(hours=number))
                else:
                    _move(session, dice, dice.choice(whose), f"{client}:{number}", number)
        except (points.NotEnoughPoints, points.NotReversible, points.NotHeld):
            continue
        except Exception as error:  # noqa: BLE001  the test looks at them
            raised.append(error)


def _move(session: Session, dice: random.Random, member_id: int, key: str, number: int) -> None:
    when = {"cause": points.Cause("crowd"), "now": NOW + timedelta(hours=number)}
    before = f"{key.split(':')[0]}:{number - 1}"
    act = number % 6
    if act in (0, 2):
        ends_at = NOW + timedelta(hours=dice.randint(1, 40))
        points.award(session, member_id, dice.randint(5, 50), key=key, expires_at=ends_at, **when)
    elif act == 1:
        points.spend(session, member_id, dice.randint(1, 20), key=key, **when)
    elif act == 3:
        points.reverse(session, before, key=key, amount=3, **when)
    elif act == 4:
        until = NOW + timedelta(hours=dice.randint(1, 60))
        points.reserve(session, member_id, dice.randint(1, 9), key=key, until=until, **when)
    else:
        points.post(session, before, key=key, **when)
