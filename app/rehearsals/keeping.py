"""Keeping: the last rehearsal of each plan, in a file of its own beside the database, and the
process that makes it while an operator waits.

Nothing is written to the database. The process holds a lock on its log for as long as it lives, so
any process of the house can tell whether it still does; what it says before it dies is the reason.
"""

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import IO, TYPE_CHECKING, Any

from app.rehearsals.casting import Options

if TYPE_CHECKING:
    from app.config import Settings

_HOUSE = Path(__file__).resolve().parents[2]  # where wsgi.py is


@dataclass(frozen=True, slots=True)
class Kept:
    """How the last rehearsal stands: ``told`` what it found, or the ``failure`` that ended it, or
    neither, while it is running or where there was none."""

    is_running: bool = False
    told: Mapping[str, Any] | None = None
    made_at: datetime | None = None
    failure: str = ""


def keep(path: Path, told: Mapping[str, Any]) -> None:
    """Whoever reads the file finds all of it, or what was there before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_text(json.dumps(told, ensure_ascii=False))
    part.replace(path)


def path_of(settings: "Settings", plan_id: int) -> Path:
    return settings.var.absolute() / "rehearsals" / f"plan-{plan_id}.json"


def begin(settings: "Settings", plan_id: int, options: Options) -> bool:
    """Starts a process that rehearses the plan. False when one does so already."""
    path = path_of(settings, plan_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    with _log_of(path).open("a") as log:
        if not _lock(log):
            return False
        log.truncate(0)
        path.unlink(missing_ok=True)
        process = subprocess.Popen(
            _command(plan_id, path, options),
            cwd=_HOUSE,
            env=_environment(settings),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    Thread(target=process.wait, daemon=True).start()  # somebody has to take note of its end
    return True


def of_plan(settings: "Settings", plan_id: int) -> Kept:
    path = path_of(settings, plan_id)
    log_path = _log_of(path)
    if log_path.exists():
        with log_path.open("a") as log:
            if not _lock(log):
                return Kept(is_running=True)
    if path.exists():
        made_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        return Kept(told=json.loads(path.read_text()), made_at=made_at)
    if log_path.exists():
        lines = log_path.read_text().strip().splitlines()
        return Kept(failure=lines[-1] if lines else "the process was ended")
    return Kept()


def _lock(log: IO[str]) -> bool:
    """For as long as this file is open here, or in a process that has inherited it."""
    try:
        fcntl.flock(log, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _log_of(path: Path) -> Path:
    return path.with_suffix(".log")


def _command(plan_id: int, path: Path, options: Options) -> list[str]:
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "rehearse", str(plan_id)]
    command += ["--days", str(options.days), "--reactions", str(options.reactions)]
    command += [] if options.with_others else ["--alone"]
    return [*command, "--json", str(path)]


def _environment(settings: "Settings") -> Mapping[str, str]:
    """The process lives in this very house, however its settings came about."""
    return {
        **os.environ,
        "SIYU_VAR": str(settings.var.absolute()),
        "SIYU_DATABASE_URL": settings.database,
        "SIYU_REDIS_URL": settings.redis,
        "SIYU_SECRET_KEY": settings.secret(),
        "SIYU_PUBLIC_URL": settings.public_base_url,
        "SIYU_TIME_ZONE": settings.time_zone,
    }
