"""Kills: real work of the worker, the sender and the scheduler, cut off by kill -9 ten thousand
times, and what has to be true after each of them.

A nursery (see nursery) has the work of a *flow* done by children that it kills; the sandbox, a
process more, keeps its own record of what it took: that is the judge, together with the tables. A
flow (see kill_flows, kill_broadcasts, kill_journeys) says what there is to do and what has to be
true. There are two ways to go about it: by chance, ``--times`` so often, and then ``--freezes`` so
often; and ``--sweep``, which kills each kind of its work at each of its points in turn.
``python -m tests.kills --help`` says how to run one; it prints what happened as JSON, or what did
not hold, and the seed.
"""

import argparse
import gc
import itertools
import json
import logging
import random
import time
from pathlib import Path
from typing import Any

import structlog

from app.domain.outreach.allowances import limit_table, limits
from app.sending.hands import Hands
from app.wiring import Siyu
from bots.sandbox import limits as platform_limits
from tests import apart, kill_broadcasts, kill_flows, kill_journeys, shop
from tests.in_haste import in_haste
from tests.nursery import Flow, Nursery
from tests.world import World

FLOWS = kill_flows.FLOWS | kill_broadcasts.FLOWS | kill_journeys.FLOWS
A_LOT = 10_000


def run(world: World, clock: apart.SharedMoment, args: argparse.Namespace) -> dict[str, Any]:
    nursery = Nursery(world, clock, random.Random(args.seed))
    record = kill_flows.Record(args.var / "sandbox.db")
    flow: Flow = FLOWS[args.flow](world, record, few=args.sweep)
    nursery.warm_up(flow)
    gc.collect()
    gc.freeze()  # else every child copies the pages that its own collector touches
    began_s = time.monotonic()
    try:
        _sweep(nursery, flow) if args.sweep else _by_chance(nursery, flow, args)
    except AssertionError as broken:
        broken.add_note(f"seed {args.seed}, with these lives in its round: {nursery.lives}")
        raise
    told = flow.check_in_the_end(world)
    return {
        "flow": args.flow,
        "seed": args.seed,
        "killed": dict(nursery.killed),
        "frozen": dict(nursery.frozen),
        "points": dict(nursery.longest),
        "seconds": round(time.monotonic() - began_s, 1),
        **told,
    }


def _by_chance(nursery: Nursery, flow: Flow, args: argparse.Namespace) -> None:
    for number in itertools.count(1):
        nursery.is_freezing = nursery.killed.total() >= args.times
        if nursery.is_freezing and nursery.frozen.total() >= args.freezes:
            return
        nursery.round(flow, number)


def _sweep(nursery: Nursery, flow: Flow) -> None:
    stage, number = 0, 1
    while following := nursery.sweep_stage(flow, stage, number):
        stage, number = stage + 1, following


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("flow", choices=sorted(FLOWS))
    parser.add_argument("--database", required=True, help="the URL of a migrated, empty database")
    parser.add_argument("--redis", required=True, help="the URL of a Redis to be emptied")
    parser.add_argument("--var", type=Path, required=True, help="an empty folder")
    parser.add_argument("--times", type=int, default=100, help="how often to kill by chance")
    parser.add_argument("--freezes", type=int, default=0, help="how often to freeze after that")
    parser.add_argument("--sweep", action="store_true", help="kill at each point in turn instead")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    args = parser.parse_args()
    platform_limits.MASS_CALLS_A_DAY = platform_limits.MASS_CALLS_A_MINUTE = A_LOT
    with in_haste(), apart.witness(args.var) as url:
        siyu = shop.wired(args.var, args.database, args.redis)
        siyu.bell, siyu.hands = apart.Mute(), Hands(0)
        shop.furnish(siyu, url)
        _allow_a_lot(siyu)
        world = World(siyu, url)
        world.at(2)
        # what is warned of here is what is wanted
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
        siyu.clock = clock = apart.SharedMoment(world.now)
        print(json.dumps(run(world, clock, args)))
        siyu.close()


def _allow_a_lot(siyu: Siyu) -> None:
    """In an hour of the nursery's clock, more mass messages than in a month of a shop's."""
    with siyu.database.writing() as session:
        for key in (limit_table.MASS_CALLS_A_DAY, limit_table.MASS_CALLS_A_MINUTE):
            limits.change(session, key, limit_table.BY_KEY[key].most)


if __name__ == "__main__":
    main()
