"""The peer of plans: a job of APScheduler for each member, in its own table of the same database.
What it does is to put one message into the outbox, in a transaction of its own."""

import threading
import time
from datetime import datetime, timedelta
from typing import Any

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from app import lanes, outbox
from app.outbox import Address, Cause
from app.wiring import Siyu

JOBS = 2_000
_of_run: dict[str, Any] = {}


def done_a_second(siyu: Siyu, channel_id: int) -> float:
    """All of them are due at once; how many are done a second."""
    _of_run.update(siyu=siyu, channel_id=channel_id, left=JOBS, done=threading.Event())
    scheduler = BackgroundScheduler(timezone="UTC", job_defaults={"misfire_grace_time": None})
    scheduler.add_jobstore(SQLAlchemyJobStore(engine=siyu.database.engine, tablename="job_each"))
    scheduler.start(paused=True)
    run_at = siyu.clock() - timedelta(seconds=1)
    for number in range(1, JOBS + 1):
        scheduler.add_job(say, "date", run_date=run_at, args=[number, run_at])
    began_s = time.perf_counter()
    scheduler.resume()
    _of_run["done"].wait()
    seconds = time.perf_counter() - began_s
    scheduler.shutdown()
    return JOBS / seconds


_counting = threading.Lock()


def say(number: int, run_at: datetime) -> None:
    """The work of one job."""
    siyu, channel_id = _of_run["siyu"], _of_run["channel_id"]
    with siyu.database.writing() as session:
        outbox.put(
            session,
            Address(channel_id, f"oBench{number}", number),
            key=f"job:{number}:{run_at.isoformat()}",
            purpose="plan",
            kind="text",
            content={"text": f"oBench{number}，早上好"},
            cause=Cause("job"),
            pipe=lanes.BROADCASTS,
            now=siyu.clock(),
        )
    with _counting:
        _of_run["left"] -= 1
        if not _of_run["left"]:
            _of_run["done"].set()
