"""Kills: real work of the worker, the sender and the scheduler, cut off by kill -9 a few thousand
times, and what has to be true after each of them.

A *nursery* is a process of its own with a single thread, warmed up once. For each piece of work it
forks a child, which makes its own connections, works as the processes of the house do, and is
killed at a point of its way (see kill_points) or at any instant. The nursery then moves the clock
past the lease and has the work go on in the next child. Or the child is frozen, somebody else takes
over, and it wakes up as if nothing had been. The sandbox, a process more, keeps its own record of
what it took: that is the judge, together with the tables.

A flow (see kill_flows) says what there is to do and what has to be true. ``python -m tests.kills
--help`` says how to run one; it prints what happened as JSON, or what did not hold, and the seed.
"""

import argparse
import gc
import json
import logging
import math
import os
import random
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa
import structlog

from app import lanes, worker
from app.domain.outreach.enrolments import Enrolment
from app.outbox import OutboxMessage, State
from app.scheduler import Clock
from app.sending.hands import Hands
from app.wiring import Siyu
from tests import apart, kill_flows, shop
from tests.kill_points import Points
from tests.world import World

Piece = tuple[str, int]
TICK: Piece = (lanes.CLOCK, 0)
TICK_ALONE: Piece = (lanes.CLOCK, 1)  # Redis is away: the scheduler does the work itself
PAST_A_LEASE = timedelta(seconds=lanes.LEASE_S + 1)
KILLS_MAX = 2  # of one piece in a round: the third time, what is worked at counts as what kills
SCHEDULERS = 0.15  # of the lives
FROZEN_POINTS = 8  # of the points outside of transactions, how far to go
HANDS = 8
LONGEST_S = 0.06  # how long a child is let live that dies at any instant


class Flow(Protocol):
    """Rounds of work for a house, and what has to be true of it."""

    def begin(self, world: World, number: int) -> None:
        """Puts the work of a round."""

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
    kills: Counter[str] = field(default_factory=Counter)
    frozen: Counter[str] = field(default_factory=Counter)
    sweep: Counter[str] = field(default_factory=Counter)
    longest: Counter[str] = field(default_factory=Counter)
    killed: Counter[Piece] = field(default_factory=Counter)
    lives: list[tuple[Any, ...]] = field(default_factory=list)  # of this round, for whoever asks

    def warm_up(self, flow: Flow) -> None:
        """A round without kills, so that whatever is loaded once is loaded, and the tokens of the
        accounts are in Redis."""
        flow.begin(self.world, 0)
        while self.waiting():
            self.world.work()
        flow.check_at_rest(self.world)

    def round(self, flow: Flow, number: int) -> None:
        """Some work from its beginning to its end, with kills on its way."""
        self.killed.clear()
        self.lives.clear()
        flow.begin(self.world, number)
        while waiting := self.waiting():
            mortal = [piece for piece in waiting if self.killed[piece] < KILLS_MAX]
            if not mortal:
                for piece in waiting:
                    do(self.world.siyu, piece)
            elif len(mortal) == len(waiting) and self.chance.random() < SCHEDULERS:
                self.go_on(self.chance.choice((TICK, TICK_ALONE)), waiting)
            else:
                piece = self.chance.choice(mortal)
                self.go_on(piece, [piece])
            flow.check(self.world)
        flow.check_at_rest(self.world)

    def round_of_frozen(self, flow: Flow, number: int) -> None:
        """The same work, with holders that freeze past their lease outside of any transaction."""
        flow.begin(self.world, number)
        while waiting := self.waiting():
            self.freeze(self.chance.choice([*waiting, TICK_ALONE]))
            flow.check(self.world)
        flow.check_at_rest(self.world)

    def freeze(self, piece: Piece) -> None:
        fatal = self.chance.randint(1, FROZEN_POINTS)
        child = self.fork(piece, Points(fatal, signal.SIGSTOP, outside=True))
        status = os.waitpid(child, os.WUNTRACED)[1]
        if os.WIFSTOPPED(status):
            self.clock.set(self.clock() + PAST_A_LEASE)
            do(self.world.siyu, piece)
            os.kill(child, signal.SIGCONT)
            status = os.waitpid(child, 0)[1]
            self.frozen[piece[0]] += 1
        assert os.waitstatus_to_exitcode(status) == 0, "who wakes up comes to an end"

    def waiting(self) -> list[Piece]:
        """What is left to do. If nothing is due yet, the clock moves to when it is."""
        while not (pieces := self.world.waiting()):
            planned = sa.select(sa.func.min(OutboxMessage.due_at))
            next_step = sa.select(sa.func.min(Enrolment.due_at))
            with self.world.siyu.database.reading() as session:
                moments = (
                    session.scalar(planned.where(OutboxMessage.state == State.PLANNED)),
                    session.scalar(next_step),
                )
            due = [moment for moment in moments if moment is not None]
            if not due:
                break
            self.clock.set(max(min(due), self.clock()) + timedelta(seconds=1))
        return pieces

    def go_on(self, piece: Piece, at_stake: list[Piece]) -> None:
        """One life at a piece of work, which ends by a kill or by the end of the work."""
        ways = (self._at_the_next_point, self._at_some_point, self._at_any_instant)
        way = self.chance.choice(ways)
        self.lives.append((piece, way.__name__, len(at_stake)))
        if way(piece):
            self.lives[-1] += ("killed",)
            self.kills[piece[0]] += 1
            self.killed.update(at_stake)
            self.clock.set(self.clock() + PAST_A_LEASE)

    def _at_the_next_point(self, piece: Piece) -> bool:
        """A directed sweep: each life of a kind dies one point later than the one before."""
        kind = piece[0]
        self.sweep[kind] += 1
        if self._killed(self.fork(piece, Points(self.sweep[kind]))):
            self.longest[kind] = max(self.longest[kind], self.sweep[kind])
            return True
        self.sweep[kind] = 0
        return False

    def _at_some_point(self, piece: Piece) -> bool:
        fatal = self.chance.randint(1, self.longest[piece[0]] + 1)
        return self._killed(self.fork(piece, Points(fatal)))

    def _at_any_instant(self, piece: Piece) -> bool:
        """Also in the middle of a write call, and while it waits for the disk or the platform."""
        child = self.fork(piece)
        time.sleep(LONGEST_S * self.chance.random() ** 2)
        os.kill(child, signal.SIGKILL)
        return self._killed(child)

    def fork(self, piece: Piece, points: Points | None = None) -> int:
        """A child that works at this piece, with connections of its own."""
        siyu = self.world.siyu
        siyu.database.engine.dispose()
        siyu.redis.connection_pool.disconnect()
        siyu._clients.clear()
        return apart.fork(lambda: _live(siyu, piece, points))

    def _killed(self, child: int) -> bool:
        """Whether kill -9 ended it; nothing but that and a clean end is allowed."""
        status = os.waitpid(child, 0)[1]
        code = os.waitstatus_to_exitcode(status)
        assert code in (-signal.SIGKILL, 0), f"a child ended with {code}"
        return code != 0


def _live(siyu: Siyu, piece: Piece, points: Points | None) -> None:
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


def run(flow_name: str, world: World, clock: apart.SharedMoment, args: argparse.Namespace) -> Any:
    nursery = Nursery(world, clock, random.Random(args.seed))
    flow = kill_flows.FLOWS[flow_name](world, kill_flows.Record(args.var / "sandbox.db"))
    nursery.warm_up(flow)
    gc.collect()
    gc.freeze()  # else every child copies the pages that its own collector touches
    began_s, rounds = time.monotonic(), 0
    round_of = nursery.round_of_frozen if args.freeze else nursery.round
    while (nursery.kills + nursery.frozen).total() < args.times:
        rounds += 1
        try:
            round_of(flow, rounds)
        except AssertionError as broken:
            broken.add_note(f"seed {args.seed}, round {rounds}, with these lives: {nursery.lives}")
            raise
    told = flow.check_in_the_end(world)
    return {
        "flow": flow_name,
        "seed": args.seed,
        "kills": dict(nursery.kills),
        "frozen": dict(nursery.frozen),
        "points": dict(nursery.longest),
        "rounds": rounds,
        "seconds": round(time.monotonic() - began_s, 1),
        **told,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("flow", choices=sorted(kill_flows.FLOWS))
    parser.add_argument("--database", required=True, help="the URL of a migrated, empty database")
    parser.add_argument("--redis", required=True, help="the URL of a Redis to be emptied")
    parser.add_argument("--var", type=Path, required=True, help="an empty folder")
    parser.add_argument("--times", type=int, required=True, help="how often to kill")
    parser.add_argument("--freeze", action="store_true", help="freeze instead")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    args = parser.parse_args()
    with apart.witness(args.var) as url:
        siyu = shop.wired(args.var, args.database, args.redis)
        siyu.bell, siyu.hands = apart.Mute(), Hands(0)
        shop.furnish(siyu, url)
        world = World(siyu, url)
        world.at(2)
        # what is warned of here is what is wanted
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
        siyu.clock = clock = apart.SharedMoment(world.now)
        print(json.dumps(run(args.flow, world, clock, args)))
        siyu.close()


if __name__ == "__main__":
    main()
