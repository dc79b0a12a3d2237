"""What runs apart, in forked processes: a child, a sandbox, and a clock they share."""

import mmap
import os
import struct
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from tests import shop

FAILED = 70


class SharedMoment:
    """A clock in memory that processes share: it moves when it is set, for a frozen one too."""

    def __init__(self, moment: datetime):
        self._memory = mmap.mmap(-1, 8)
        self.set(moment)

    def __call__(self) -> datetime:
        (stamp,) = struct.unpack("d", self._memory[:8])
        return datetime.fromtimestamp(stamp, UTC)

    def set(self, moment: datetime) -> None:
        self._memory[:8] = struct.pack("d", moment.timestamp())


class Mute:
    """In place of the bell, whose thread must not be forked: the nursery looks for itself."""

    def ring(self, pipe: str, number: int) -> None: ...
    def stop(self) -> None: ...


def fork(live: Callable[[], None]) -> int:
    """The process id of a child that does this and nothing else. It ends with 0, or, with the
    reason on stderr, with FAILED. The parent must have no thread but this one."""
    child = os.fork()
    if child:
        return child
    code = FAILED
    try:
        live()
        code = 0
    finally:
        if code == FAILED:
            traceback.print_exc()
        sys.stderr.flush()
        os._exit(code)


@contextmanager
def witness(var: Path) -> Iterator[str]:
    """A sandbox in a process of its own; it ends with this one, however that ends."""
    told, tell = os.pipe()
    living, alive = os.pipe()

    def serve() -> None:
        os.close(alive)
        with shop.witness(var) as url:
            os.write(tell, url.encode())
            os.read(living, 1)  # until nobody holds the other end

    child = fork(serve)
    os.close(living)
    yield os.read(told, 200).decode()
    os.close(alive)
    os.waitpid(child, 0)
