"""A furnished house for a benchmark: a database and a Redis of its own, and servers on it."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from app import db, demo, embedded_redis
from app.config import Settings
from app.wiring import Siyu, wire

# as in the Procfile
THREADS = ["--workers", "1", "--blocking-threads", "8", "--backpressure", "64"]
GRANIAN = ["--interface", "wsgi", *THREADS, "--no-ws"]


@contextmanager
def furnished(database_url: str = "") -> Iterator[Siyu]:
    """A wired house in an empty directory, with Redis running; its database is there too, unless
    it is another one's."""
    with tempfile.TemporaryDirectory(prefix="siyu-bench-") as directory:
        settings = Settings(var=Path(directory), redis_url="", database_url=database_url)
        redis = subprocess.Popen(embedded_redis.command(settings.var), stdout=subprocess.DEVNULL)
        try:
            db.migrate(settings.database)
            siyu = wire(settings)
            demo.furnish(siyu)
            yield siyu
            siyu.close()
        finally:
            redis.terminate()
            redis.wait(10)


@contextmanager
def served(target: str, environment: dict[str, str]) -> Iterator[int]:
    """The WSGI app ``target`` on Granian, as in production; gives its port."""
    port = _free_port()
    command = [sys.executable, "-m", "granian", *GRANIAN, "--port", str(port)]
    server = subprocess.Popen(
        [*command, "--log-level", "error", target],
        env={**os.environ, **environment, "PORT": str(port)},
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_until_serving(port)
        yield port
    finally:
        server.terminate()
        server.wait(15)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_serving(port: int) -> None:
    deadline_s = time.monotonic() + 30
    while time.monotonic() < deadline_s:
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except (OSError, HTTPException):
            time.sleep(0.1)
        finally:
            connection.close()
    raise RuntimeError(f"nothing serves on port {port}")
