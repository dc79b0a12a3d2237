"""A walk through the ledger by chance: awards, spendings, holds, refunds, expiries, the clock, and
with them retries, conflicts, and crashes in the middle, held against the naive ledger all the time.

Fifty events share a transaction, since what is tried is the ledger and not the disk (and no more of
them, since PostgreSQL keeps every former state of a balance until its transaction ends); a crash is
an exception at some statement, after which the savepoint is rolled back and the event retried.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.loyalty import (
    balances,
    coming,
    expiry,
    ledger,
    moments,
    points,
    reservations,
    reversals,
)
from app.domain.loyalty.lots import Lot
from app.domain.loyalty.points import Cause, KeyConflict, NotEnoughPoints, NotHeld, NotReversible
from app.domain.people.members import Member
from tests.naive_ledger import NaiveMember, Refused

NOW = datetime(2026, 11, 2, 4, tzinfo=UTC)
CAUSE = Cause("walk", 1)
REFUSALS = (NotEnoughPoints, NotHeld, NotReversible)
LOOK_EVERY = 250
COMMIT_EVERY = 50
KEYS = 14  # of each kind and member; the older ones are forgotten by the walk


_HAS = ("points", "pending", "reserved", "arrears", "growth")
_BALANCE = sa.select(*(getattr(balances.Balance, name) for name in _HAS)).where(
    balances.Balance.member_id == sa.bindparam("member")
)
_LOTS = (
    sa.select(Lot.remaining, Lot.expires_at, Lot.pending_until)
    .where(Lot.member_id == sa.bindparam("member"), Lot.remaining > 0)
    .order_by(Lot.id)
)


class Violation(AssertionError):
    """The ledger is not what it should be."""


class Crash(Exception):
    """The process dies at this statement."""


@dataclass(frozen=True)
class Act:
    """Something that is booked: in earnest with ``book``, in the model with ``reckon``."""

    who: int
    key: str
    book: Callable[[int], Any]
    reckon: Callable[[NaiveMember], None]


class Walk:
    """Of a few members. ``done`` counts what has happened."""

    def __init__(self, session: Session, seed: int, members: int = 8):
        self.session, self.dice, self.now = session, random.Random(seed), NOW
        self.ids = self._members(members)
        self.models = [NaiveMember() for _ in self.ids]
        self.booked: dict[str, Act] = {}
        self.done: Counter[str] = Counter()
        self.number = 0

    def go(self, operations: int) -> None:
        """Raises Violation where something does not hold."""
        ways = [self.act, self.retry, self.conflict, self.crash, self.undo_at_once, self.time]
        for step in range(1, operations + 1):
            (way,) = self.dice.choices(ways, weights=[70, 6, 5, 6, 5, 8])
            way()
            self.done[way.__name__] += 1
            if step % LOOK_EVERY == 0:
                self.look_at_all()
            if step % COMMIT_EVERY == 0:
                self.session.commit()
        self.look_at_all()

    # what may happen

    def act(self) -> None:
        """Something new, or something that is refused."""
        act = self._new()
        self._do(act)
        self._compare(act.who)

    def retry(self) -> None:
        """A delivery that comes again, under the same key, changes nothing."""
        if not self.booked:
            return
        act = self.dice.choice(list(self.booked.values()))
        self.models[act.who].clock(self.now)
        try:
            again = act.book(self.ids[act.who])
        except (KeyConflict, *REFUSALS) as refusal:
            raise Violation(f"{act.key} was booked, and is refused now: {refusal}") from refusal
        if again is not None:
            raise Violation(f"{act.key} was booked twice")
        self._compare(act.who)

    def conflict(self) -> None:
        """The same key for something else is refused."""
        if not self.booked:
            return
        key = self.dice.choice(list(self.booked))
        who = self.dice.randrange(len(self.ids))
        self.models[who].clock(self.now)
        try:
            points.award(self.session, self.ids[who], 99_999, key=key, **self._when())
        except KeyConflict:
            pass
        else:
            raise Violation(f"{key} was booked with another content")
        self._compare(who)

    def crash(self) -> None:
        """The process dies in the middle of an event, which is taken up again."""
        act = self._new()
        try:
            with self.session.begin_nested(), self._dying_after(self.dice.randrange(1, 10)):
                act.book(self.ids[act.who])
                raise Crash
        except (Crash, *REFUSALS):
            pass
        self._do(act)
        self._compare(act.who)

    def undo_at_once(self) -> None:
        """Earned and wholly taken back is as if it had never happened."""
        who = self.dice.randrange(len(self.ids))
        self._tick_one(who)
        before, key = self._state(who), self._key("undone")
        amount, moments = self.dice.randint(1, 60), self._moments()
        with self.session.begin_nested() as nested:
            points.award(self.session, self.ids[who], amount, key=key, **moments, **self._when())
            part = self.dice.randint(1, amount)
            for number, undone in enumerate((part, amount - part)):
                if undone:
                    self._reverse(key, f"{key}:{number}", undone)
            if self._state(who) != before:
                raise Violation(f"{key} was undone and left {self._state(who)}, not {before}")
            nested.rollback()

    def time(self) -> None:
        """Some time passes; often the tick comes round, now and then it is late."""
        self.now += timedelta(hours=self.dice.choice([0, 1, 5, 24, 50]))
        if self.dice.random() < 0.6:
            self._tick()

    # looking

    def look_at_all(self) -> None:
        self._tick()
        for who in range(len(self.ids)):
            self._compare(who)
        if wrong := [*ledger.discrepancies(self.session), *moments.doubtful(self.session)]:
            raise Violation("; ".join(wrong))

    def _compare(self, who: int) -> None:
        is_so, should = self._state(who), self.models[who].state()
        if is_so != should:
            raise Violation(f"member {who} has {is_so}, not {should}")

    def _state(self, who: int) -> tuple[Any, ...]:
        """What the tables say, read without the product's own readings."""
        connection, hers = self.session.connection(), {"member": self.ids[who]}
        has = connection.execute(_BALANCE, hers).one_or_none()
        held = connection.execute(_LOTS, hers)
        return tuple(has or (0, 0, 0, 0, 0)), [tuple(lot) for lot in held]

    # doing

    def _do(self, act: Act) -> None:
        """In earnest and in the model; both do it, or both refuse."""
        model = self.models[act.who]
        model.clock(self.now)
        try:
            act.reckon(model)
        except Refused:
            should_refuse = True
        else:
            should_refuse = False
            model.clock(self.now)
        try:
            entry = act.book(self.ids[act.who])
        except REFUSALS as refusal:
            if not should_refuse:
                raise Violation(f"{act.key} was refused: {refusal}") from refusal
            self.done["refused"] += 1
            self._tick_one(act.who)  # where nothing of hers was named, nobody looked at her clock
            return
        if should_refuse or entry is None:
            raise Violation(f"{act.key} was not refused")
        self.booked[act.key] = act
        if len(self.booked) > KEYS * len(self.ids):
            self.booked.pop(next(iter(self.booked)))

    def _new(self) -> Act:
        who, dice = self.dice.randrange(len(self.ids)), self.dice
        kinds = [self._award, self._spend, self._reserve, self._end, self._undo]
        (kind,) = dice.choices(kinds, weights=[30, 22, 14, 14, 20])
        return kind(who, dice.randint(1, 60))

    def _award(self, who: int, amount: int) -> Act:
        key, moments = self._key("award"), self._moments()
        growth = self.dice.choice([amount, 0, 37])
        return Act(
            who,
            key,
            lambda her: points.award(
                self.session, her, amount, key=key, growth=growth, **moments, **self._when()
            ),
            lambda model: model.award(key, amount, growth, **moments, now=self.now),
        )

    def _spend(self, who: int, amount: int) -> Act:
        key = self._key("spend")
        return Act(
            who,
            key,
            lambda her: points.spend(self.session, her, amount, key=key, **self._when()),
            lambda model: model.spend(key, amount),
        )

    def _reserve(self, who: int, amount: int) -> Act:
        key = self._key("reserve")
        until = self.now + timedelta(hours=self.dice.choice([1, 12, 60]))
        return Act(
            who,
            key,
            lambda her: reservations.reserve(
                self.session, her, amount, key=key, until=until, **self._when()
            ),
            lambda model: model.reserve(key, amount, until),
        )

    def _end(self, who: int, amount: int) -> Act:
        """One of her holds is posted, wholly or in part, or voided; or there is none."""
        key, of_key = self._key("end"), self._one_of(who, "reserve", "post")
        known = self.models[who].movements.items()
        if open_holds := [name for name, one in known if one.kind == "reserve" and not one.is_over]:
            of_key = self.dice.choice([of_key, *open_holds[-3:]])
        how = self.dice.choice(["post", "part", "void"])
        hold = self.models[who].movements.get(of_key)
        spent = {"post": hold.amount if hold else 1, "part": amount, "void": 0}[how]
        if how == "void":
            return Act(
                who,
                key,
                lambda _: reservations.void(self.session, of_key, key=key, **self._when()),
                lambda model: model.end(key, of_key, 0),
            )
        return Act(
            who,
            key,
            lambda _: reservations.post(
                self.session, of_key, amount=spent, key=key, **self._when()
            ),
            lambda model: model.end(key, of_key, spent),
        )

    def _undo(self, who: int, amount: int) -> Act:
        key, of_key = self._key("undo"), self._one_of(who, "award", "spend", "post")
        done = self.models[who].movements.get(of_key)
        if done and done.amount > done.undone and self.dice.random() < 0.8:
            amount = self.dice.choice([done.amount - done.undone, 1])
        return Act(
            who,
            key,
            lambda _: self._reverse(of_key, key, amount),
            lambda model: model.reverse(of_key, amount),
        )

    def _reverse(self, of_key: str, key: str, amount: int) -> Any:
        return reversals.reverse(self.session, of_key, key=key, amount=amount, **self._when())

    def _one_of(self, who: int, *kinds: str) -> str:
        """Of her last movements of these kinds, by its key."""
        found = [key for key, one in self.models[who].movements.items() if one.kind in kinds]
        return self.dice.choice(found[-KEYS:]) if found else "nothing"

    def _moments(self) -> dict[str, datetime | None]:
        days = self.dice.choice([None, None, 1, 2, 6]), self.dice.choice([None, None, 1, 3])
        ends, begins = (self.now + timedelta(days=n) if n else None for n in days)
        return {"expires_at": ends, "available_at": begins}

    def _key(self, kind: str) -> str:
        self.number += 1
        return f"{kind}:{self.number}"

    def _when(self) -> dict[str, Any]:
        return {"cause": CAUSE, "now": self.now}

    def _tick(self) -> None:
        while expiry.expire_due(self.session, self.now):
            pass
        for model in self.models:
            model.clock(self.now)

    def _tick_one(self, who: int) -> None:
        held = balances.lock(self.session, self.ids[who])
        coming.catch_up(self.session, held, self.now)
        self.models[who].clock(self.now)

    @contextmanager
    def _dying_after(self, statements: int) -> Iterator[None]:
        left = statements

        def count(*_: Any) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                raise Crash

        connection = self.session.connection()
        sa.event.listen(connection, "before_cursor_execute", count)
        try:
            yield
        finally:
            sa.event.remove(connection, "before_cursor_execute", count)

    def _members(self, count: int) -> list[int]:
        members = [Member(nickname=f"会员{n}", created_at=NOW) for n in range(count)]
        self.session.add_all(members)
        self.session.flush()
        return [member.id for member in members]
