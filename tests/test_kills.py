"""The worker, the sender and the scheduler are killed ten thousand times in the middle of their
work, and every message is accounted for, see ``tests.kills``.

The sandbox's own record is the judge. Each case is a nursery of its own, so that they run side by
side; ``seed`` tells a run from the next, and stands in what is printed when a claim does not hold.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app import lanes, sender, wakeups

# (flow, engine, kills, nurseries)
CASES = [
    ("chat", "sqlite", 850, 3),
    ("chat", "postgres", 850, 3),
    ("group_plan", "sqlite", 850, 3),
    ("group_plan", "postgres", 850, 3),
]
TIMEOUT_S = 900


def nurseries() -> list[Any]:
    return [
        pytest.param(flow, f"{engine}_url", kills, id=f"{flow}-{engine}-{number}")
        for flow, engine, kills, times in CASES
        for number in range(times)
    ]


def test_ten_thousand_are_killed() -> None:
    assert sum(kills * times for _, _, kills, times in CASES) >= 10_000


@pytest.mark.parametrize(("flow", "database", "kills"), nurseries())
def test_whoever_is_killed_at_work_loses_nothing_and_repeats_nothing(
    request: pytest.FixtureRequest,
    redis_url: str,
    tmp_path: Path,
    flow: str,
    database: str,
    kills: int,
) -> None:
    url = request.getfixturevalue(database)
    told = nursery(flow, url, redis_url, tmp_path, "--times", str(kills))
    assert sum(told["kills"].values()) >= kills
    assert told["kills"][lanes.CLOCK] > 0
    if flow == "chat":
        senders = told["kills"][lanes.REPLIES] + told["kills"][lanes.CLOCK]
        in_doubt = senders * sender.BATCH[lanes.REPLIES]
        assert told["unknown"] <= in_doubt, "one killed sender leaves one batch in doubt"
    else:
        assert told["kills"][wakeups.PLANS] > 0
        assert told["unknown"] == 0


@pytest.mark.parametrize("flow", ["chat", "group_plan"])
def test_who_is_frozen_past_her_lease_and_wakes_up_repeats_nothing(
    database_url: str, redis_url: str, tmp_path: Path, flow: str
) -> None:
    """Workers, senders and schedulers: meanwhile another one has taken over."""
    told = nursery(flow, database_url, redis_url, tmp_path, "--freeze", "--times", "60")
    assert sum(told["frozen"].values()) >= 60
    assert told["frozen"][lanes.CLOCK] > 0


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
