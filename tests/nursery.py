"""A nursery: a process with one thread and everything loaded, which forks a child for each piece of
work, and sees how the work goes on when the child is killed or frozen at it.

A child makes its own connections, works as the processes of the house do, and is killed at a point
of its way (see kill_points) or at any instant. The nursery then moves the clock past the lease and
has the work go on in the next child. Or the child is frozen, somebody else takes over, and it wakes
up as if nothing had been.
"""

import math
import os
import random
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

import sqlalchemy as sa

from app import inbox, lanes, wakeups, worker
from app.db import Moment
from app.domain.outreach.broadcasts import Broadcast
from app.domain.outreach.journeys.enrolments import Enrolment
from app.inbox import InboxEvent
from app.outbox import RECIPIENTS, TO_GATHER, OutboxMessage
from app.scheduler import Clock
from app.sending.hands import Hands
from app.wiring import Siyu
from tests import apart
from tests.kill_points import Points
from tests.world import World

Piece = tuple[str, int]
TICK: Piece = (lanes.CLOCK, 0)
TICK_ALONE: Piece = (lanes.CLOCK, 1)  # Redis is away: the scheduler does the work itself
PAST_A_LEASE = timedelta(seconds=lanes.LEASE_S + 1)
PAST_GATHERING = timedelta(seconds=11)
ENDS_MAX = 2  # of one piece in a round: the third time, what is worked at counts as what kills
SCHEDULERS = 0.15  # of the lives
FROZEN_POINTS = 8  # of the points outside of transactions, how far to go
HANDS = 8
LONGEST_S = 0.04  # how long a child is let live that dies at any instant
_NOW = sa.bindparam("now", type_=Moment())
_OF_LANES = OutboxMessage.pipe != RECIPIENTS
_PLANNED = OutboxMessage.state == sa.text("'planned'")
_ATTEMPTING = OutboxMessage.state == sa.text("'attempting'")
_OPEN = sa.exists().where(OutboxMessage.broadcast_id == Broadcast.id, sa.or_(_PLANNED, _ATTEMPTING))
_IN_WORK = sa.or_(
    sa.and_(Broadcast.state == "scheduled", Broadcast.scheduled_at <= _NOW),
    sa.and_(Broadcast.state == "running", sa.or_(Broadcast.fed_at.is_(None), ~_OPEN)),
)
# What can be worked at now. The product asks so too, but this is asked after every kill.
_WAITING = sa.union(
    sa.select(sa.literal(lanes.INBOX), InboxEvent.lane).where(inbox.is_waiting()),
    sa.select(OutboxMessage.pipe, OutboxMessage.lane).where(
        _OF_LANES, sa.or_(sa.and_(_PLANNED, OutboxMessage.due_at <= _NOW), _ATTEMPTING)
    ),
    sa.select(sa.literal(wakeups.PLANS), sa.literal(0)).where(
        sa.exists().where(Enrolment.due_at <= _NOW)
    ),
    sa.select(sa.literal(wakeups.FEEDS), sa.literal(0)).where(
        sa.exists().where(Broadcast.ended_at.is_(None), _IN_WORK)
    ),
).order_by(sa.text("1"), sa.text("2"))
_TO_GATHER = sa.select(OutboxMessage.id).where(sa.text(TO_GATHER)).limit(1)
_NEXT = sa.union_all(
    sa.select(sa.func.min(OutboxMessage.due_at)).where(_PLANNED, _OF_LANES),
    sa.select(sa.func.min(Enrolment.due_at)),
)


class Flow(Protocol):
    """Rounds of work for a house, and what has to be true of it."""

    def begin(self, world: World, number: int) -> None:
        """Puts the work of a round."""

    def meanwhile(self, world: World) -> None:
        """What members do while the work goes on."""

    def check(self, world: World) -> None:
        """Has to hold at every moment: asked after every kill."""

    def check_at_rest(self, world: World) -> None:
        """Has to hold once nothing of the round is left to do."""

    def check_in_the_end(self, world: World) -> dict[str, Any]:
        """Has to hold after all rounds. Returns what there is to tell."""


@dataclass
class Nursery:
    """``longest``: how many points the longest way of a kind of piece had so far."""

    world: World
    clock: apart.SharedMoment
    chance: random.Random
    is_freezing: bool = False
    killed: Counter[str] = field(default_factory=Counter)
    frozen: Counter[str] = field(default_factory=Counter)
    sweep: Counter[str] = field(default_factory=Counter)
    longest: Counter[str] = field(default_factory=Counter)
    lives: list[tuple[Any, ...]] = field(default_factory=list)  # of this round, for whoever asks

    def warm_up(self, flow: Flow) -> None:
        """A round without kills, so that whatever is loaded once is loaded, and the tokens of the
        accounts are in Redis."""
        flow.begin(self.world, 0)
        self.finish(flow)

    def finish(self, flow: Flow) -> None:
        """What is left of a round, uncut."""
        while waiting := self.waiting(flow):
            for piece in waiting:
                do(self.world.siyu, piece)
        flow.check_at_rest(self.world)

    def round(self, flow: Flow, number: int) -> None:
        """Some work from its beginning to its end, with kills (or freezes) on its way."""
        ended = Counter[Piece]()
        self.lives.clear()
        flow.begin(self.world, number)
        while waiting := self.waiting(flow):
            mortal = [piece for piece in waiting if ended[piece] < ENDS_MAX]
            if not mortal:
                for piece in waiting:
                    do(self.world.siyu, piece)
            elif len(mortal) == len(waiting) and self.chance.random() < SCHEDULERS:
                ended.update(self.go_on(self.chance.choice((TICK, TICK_ALONE)), waiting))
            else:
                piece = self.chance.choice(mortal)
                ended.update(self.go_on(piece, [piece]))
            flow.check(self.world)
        flow.check_at_rest(self.world)

    def sweep_stage(self, flow: Flow, stage: int, number: int) -> int:
        """Does as many pieces of a round as ``stage`` says, and kills the next one at its first
        point; of the next round, at its second; and so on until it comes to its end. Returns the
        number of the next round, or 0 when a round has no such stage. A kind of piece that an
        earlier stage has swept is not swept again."""
        point, is_killed = 0, True
        while is_killed:
            flow.begin(self.world, number)
            for _ in range(stage):
                do(self.world.siyu, self.waiting(flow)[0])
            waiting = self.waiting(flow)
            if not waiting:
                flow.check_at_rest(self.world)
                return 0
            piece, kind = waiting[0], waiting[0][0]
            point, number = point + 1, number + 1
            if point == 1 and self.longest[kind]:
                break
            self.lives[:] = [(piece, "stage", stage, "point", point)]
            if is_killed := self._dies(self.fork(piece, Points(point))):
                self.killed[kind] += 1
                self.longest[kind] = point
            flow.check(self.world)
            self.finish(flow)
        else:
            return number
        self.finish(flow)
        return number

    def waiting(self, flow: Flow) -> list[Piece]:
        """What is left to do. If nothing is due yet, the clock moves to when it is."""
        flow.meanwhile(self.world)
        while not (pieces := self._pieces()):
            with self.world.siyu.database.reading() as session:
                due = [moment for moment in session.scalars(_NEXT) if moment is not None]
                gathers = session.scalar(_TO_GATHER)
            if gathers:
                self.clock.set(self.clock() + PAST_GATHERING)
                return [TICK]
            if not due:
                break
            self.clock.set(max(min(due), self.clock()) + timedelta(seconds=1))
        return pieces

    def _pieces(self) -> list[Piece]:
        with self.world.siyu.database.reading() as session:
            found = session.execute(_WAITING, {"now": self.clock()})
            return [(pipe, number) for pipe, number in found]

    def go_on(self, piece: Piece, at_stake: list[Piece]) -> list[Piece]:
        """One life at a piece of work, which ends by a kill (or goes on after a freeze) or by the
        end of the work. Returns what was at stake when it was cut off: of a scheduler's life also
        what it has only just put there itself, and may have died of."""
        ways = [self._at_the_next_point, self._at_some_point, self._at_any_instant]
        way = self._at_rest_too_long if self.is_freezing else self.chance.choice(ways)
        self.lives.append((piece, way.__name__, len(at_stake)))
        if not way(piece):
            return []
        self.lives[-1] += ("cut off",)
        (self.frozen if self.is_freezing else self.killed)[piece[0]] += 1
        put = self._pieces() if piece[0] == lanes.CLOCK else []
        return [*at_stake, *(one for one in put if one not in at_stake)]

    def _at_the_next_point(self, piece: Piece) -> bool:
        """A sweep: each life of a kind dies one point later than the one before."""
        kind = piece[0]
        self.sweep[kind] += 1
        if self._dies(self.fork(piece, Points(self.sweep[kind]))):
            self.longest[kind] = max(self.longest[kind], self.sweep[kind])
            return True
        self.sweep[kind] = 0
        return False

    def _at_some_point(self, piece: Piece) -> bool:
        fatal = self.chance.randint(1, self.longest[piece[0]] + 1)
        return self._dies(self.fork(piece, Points(fatal)))

    def _at_any_instant(self, piece: Piece) -> bool:
        """Also in the middle of a write call, and while it waits for the disk or the platform."""
        child = self.fork(piece)
        time.sleep(LONGEST_S * self.chance.random() ** 2)
        os.kill(child, signal.SIGKILL)
        return self._dies(child)

    def _at_rest_too_long(self, piece: Piece) -> bool:
        """It freezes past its lease, outside of any transaction; another one has taken over when it
        wakes up, and then it has to come to its end."""
        fatal = self.chance.randint(1, FROZEN_POINTS)
        child = self.fork(piece, Points(fatal, signal.SIGSTOP, outside=True))
        status = os.waitpid(child, os.WUNTRACED)[1]
        is_stopped = os.WIFSTOPPED(status)
        if is_stopped:
            self.clock.set(self.clock() + PAST_A_LEASE)
            do(self.world.siyu, piece)
            os.kill(child, signal.SIGCONT)
            status = os.waitpid(child, 0)[1]
        assert os.waitstatus_to_exitcode(status) == 0, "who wakes up comes to an end"
        return is_stopped

    def _dies(self, child: int) -> bool:
        is_killed = self._killed(child)
        if is_killed:
            self.clock.set(self.clock() + PAST_A_LEASE)
        return is_killed

    def _killed(self, child: int) -> bool:
        """Whether kill -9 ended it; nothing but that and a clean end is allowed."""
        status = os.waitpid(child, 0)[1]
        code = os.waitstatus_to_exitcode(status)
        assert code in (-signal.SIGKILL, 0), f"a child ended with {code}"
        return code != 0

    def fork(self, piece: Piece, points: Points | None = None) -> int:
        """A child that works at this piece, with connections of its own. SQLite allows none to be
        open in its parent; PostgreSQL's may stay, which saves a connection per child."""
        siyu = self.world.siyu
        if siyu.database.engine.dialect.name == "sqlite":
            siyu.database.engine.dispose()
        return apart.fork(lambda: _live(siyu, piece, points))


def _live(siyu: Siyu, piece: Piece, points: Points | None) -> None:
    siyu.database.engine.dispose(close=False)  # they are the parent's
    siyu.redis.connection_pool.reset()
    siyu._clients.clear()
    siyu.hands = Hands(HANDS)  # threads do not survive a fork, so the nursery has none
    if points is not None:
        points.arm(siyu)
    do(siyu, piece)


def do(siyu: Siyu, piece: Piece) -> None:
    """A piece of work, as the processes of the house do it."""
    if piece == TICK_ALONE:
        siyu.wakeups._down_until_s = math.inf
    if piece[0] == lanes.CLOCK:
        clock = Clock(siyu)
        clock.tick()
        clock.give_back()
    else:
        worker.work(siyu, *piece)
    siyu.wakeups._down_until_s = 0
