"""Turns: how a thread of the worker gets a lane, keeps it for a while, and gives it back."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from sqlalchemy.exc import OperationalError

from app import lanes
from app.lanes import LaneLost, Lease
from app.wiring import Siyu

TURN_S = 1  # then a lane queues up again, so that replies never wait long behind a broadcast


@dataclass(frozen=True, slots=True)
class Turn:
    """The time a lane gets at a stretch."""

    ends_s: float = field(default_factory=lambda: time.monotonic() + TURN_S)

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self.ends_s


def holder() -> str:
    return f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident()}"


def claim(siyu: Siyu, pipe: str, number: int) -> Lease | None:
    """Takes the lane if nobody has it; looks first, so that a look in vain costs no write."""
    with siyu.database.reading() as session:
        if lanes.is_taken(session, pipe, number, siyu.clock()):
            return None
    with siyu.database.writing() as session:
        return lanes.claim(session, pipe, number, holder(), siyu.clock())


@contextmanager
def given_back_in_trouble(siyu: Siyu, lease: Lease) -> Iterator[None]:
    """After a deadlock or the like, nobody has died: the lane is free at once, and what waits in
    it has not been tried. Where that fails too, the lease runs out."""
    try:
        yield
    except OperationalError:
        with suppress(OperationalError, LaneLost), siyu.database.writing() as session:
            lanes.release(session, lease)
        raise
