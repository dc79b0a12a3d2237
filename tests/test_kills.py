"""The worker, the sender and the scheduler are killed ten thousand times in the middle of their
work, and every message is accounted for, see ``tests.kills``.

The sandbox's own record is the judge. Each case is a nursery of its own, so that they run side by
side; ``seed`` tells a run from the next, and stands in what is printed when a claim does not hold.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from app import lanes, sender, wakeups

# how often by chance, on each database
KILLS = {
    "chat": 1170,
    "group_plan": 1160,
    "singles": 700,
    "templates": 650,
    "mass_job": 500,
    "member_plan": 550,
}
FREEZES = 24
ENGINES = 2
UNKEYED = {"chat": lanes.REPLIES, "singles": lanes.BROADCASTS, "member_plan": lanes.BROADCASTS}
SPEAKS_FIRST = {
    "group_plan": wakeups.PLANS,
    "member_plan": wakeups.PLANS,
    "singles": wakeups.FEEDS,
    "templates": wakeups.FEEDS,
    "mass_job": wakeups.FEEDS,
}
# (flow, how many points there are at least, in which kinds of work), on each database
SWEPT = [
    ("singles", 50, {wakeups.FEEDS, lanes.BROADCASTS}),
    ("mass_job", 130, {wakeups.FEEDS, lanes.CLOCK, lanes.BROADCASTS}),
    ("member_plan", 100, {wakeups.PLANS, *lanes.PIPES}),
]
TIMEOUT_S = 1800


def test_ten_thousand_are_killed() -> None:
    at_each_point = sum(points for _, points, _ in SWEPT)
    assert (sum(KILLS.values()) + at_each_point) * ENGINES >= 10_000


@pytest.mark.parametrize("flow", KILLS)
def test_whoever_is_killed_or_frozen_at_work_loses_nothing_and_repeats_nothing(
    database_url: str, redis_url: str, tmp_path: Path, flow: str
) -> None:
    """Workers, senders and schedulers. Who is frozen wakes up when another one has taken over."""
    how_often = ("--times", str(KILLS[flow]), "--freezes", str(FREEZES))
    told = nursery(flow, database_url, redis_url, tmp_path, *how_often)
    assert sum(told["killed"].values()) >= KILLS[flow]
    assert sum(told["frozen"].values()) >= FREEZES
    ended = Counter(told["killed"]) + Counter(told["frozen"])
    assert ended[lanes.CLOCK] > 0
    if flow in SPEAKS_FIRST:
        assert ended[SPEAKS_FIRST[flow]] > 0
    in_doubt = 0
    if flow in UNKEYED:
        senders = ended[UNKEYED[flow]] + ended[lanes.CLOCK]
        in_doubt = senders * sender.BATCH[UNKEYED[flow]]
    assert told["unknown"] <= in_doubt, "one killed sender leaves one batch in doubt"


@pytest.mark.parametrize(("flow", "points", "kinds"), SWEPT, ids=[flow for flow, *_ in SWEPT])
def test_at_whichever_statement_commit_or_call_a_process_is_killed_nothing_is_lost_or_repeated(
    database_url: str, redis_url: str, tmp_path: Path, flow: str, points: int, kinds: set[str]
) -> None:
    """Each kind of work of a broadcast, a mass job and a plan: launch and feed, gathering, a due
    step, an act, a send. It is killed at its first point, the next time at its second, to its
    end."""
    told = nursery(flow, database_url, redis_url, tmp_path, "--sweep")
    assert kinds <= told["points"].keys()
    assert sum(told["killed"].values()) >= sum(told["points"].values()) >= points
    sends = sum(told["points"].get(pipe, 0) for pipe in (lanes.REPLIES, lanes.BROADCASTS))
    assert told["unknown"] <= (sends if flow in UNKEYED else 0)


def nursery(flow: str, database: str, redis: str, var: Path, *rest: str) -> dict[str, Any]:
    """What it tells. Printed when the test fails, with the seed and the lives of the last round."""
    where = ["--database", database, "--redis", redis, "--var", str(var)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.kills", flow, *where, *rest],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    print(done.stdout, done.stderr, sep="\n")
    assert done.returncode == 0
    told: dict[str, Any] = json.loads(done.stdout)
    return told
