"""Cores: how long they have worked for us, in this process, in those it has waited for and in the
PostgreSQL server. On a machine that others use too a clock tells how busy these are; this does not
count what they take, and a core to ourselves would need about as long by the clock."""

import resource
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import psutil
import sqlalchemy as sa

from app.db import Database

_Found = TypeVar("_Found")


def spent(database: Database, work: Callable[[], _Found]) -> tuple[_Found, float]:
    """What ``work`` returns, and the seconds of all cores together that it took."""
    server = _server(database)
    before_s = _ours_s() + _of_server_s(server)
    found = work()
    return found, _ours_s() + _of_server_s(server) - before_s


def _ours_s() -> float:
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, whose))


def _server(database: Database) -> psutil.Process | None:
    """None for SQLite, which works in our process."""
    if database.engine.dialect.name == "sqlite":
        return None
    with database.reading() as session:
        directory = session.scalar(sa.text("SHOW data_directory"))
    return psutil.Process(int(Path(directory, "postmaster.pid").read_text().split()[0]))


def _of_server_s(server: psutil.Process | None) -> float:
    """Those of its processes that have ended count with the one that began them."""
    if server is None:
        return 0.0
    begun = server.cpu_times()
    ended_s = float(begun.children_user + begun.children_system)
    return ended_s + sum(map(_alone_s, [server, *server.children(recursive=True)]))


def _alone_s(process: psutil.Process) -> float:
    try:
        spent = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0  # it has ended just now
    return float(spent.user + spent.system)
