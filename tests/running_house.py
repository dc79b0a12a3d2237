"""The demo shop with all its processes running in this one: web, sandbox, worker and clock.

Real HTTP between them, on ports of their own; Redis and the database are the tests'.
"""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import socket

import dramatiq
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from app import demo, worker
from app.config import Settings
from app.domain.outreach import manners
from app.scheduler import Clock
from app.web import create_app
from app.wiring import Siyu, wire
from bots import sandbox
from tests import shop


@dataclass(frozen=True)
class RunningHouse:
    siyu: Siyu
    console_url: str
    sandbox_url: str


class _Silent(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        """Nobody reads it."""


@contextmanager
def running(var: Path, database_url: str, redis_url: str) -> Iterator[RunningHouse]:
    ports = {"port": _free_port(), "sandbox_port": _free_port()}
    settings = Settings(
        var=var, database_url=database_url, redis_url=redis_url, secret_key="april-" * 8
    ).model_copy(update=ports)
    siyu = wire(settings)
    demo.furnish(siyu)
    with siyu.database.writing() as session:  # whatever the hour at which it is run
        manners.change(session, shop.AT_ANY_TIME, None, siyu.clock())
    wechat = sandbox.create_app(var / demo.ACCOUNTS_FILE, var / "sandbox" / "state.db")
    with ExitStack() as stack:
        stack.callback(siyu.close)
        stack.enter_context(_served(wechat, settings.sandbox_port))
        stack.enter_context(_served(create_app(siyu), settings.port))
        stack.enter_context(_working(siyu))
        stack.enter_context(_ticking(siyu))
        yield RunningHouse(siyu, f"{settings.public_base_url}/console/", settings.sandbox_url)


@contextmanager
def _served(app: Flask, port: int) -> Iterator[None]:
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Silent)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    yield
    server.shutdown()
    serving.join()
    server.server_close()


@contextmanager
def _working(siyu: Siyu) -> Iterator[None]:
    worker.actors_on(siyu.wakeups.broker, siyu)
    working = dramatiq.Worker(siyu.wakeups.broker, worker_threads=2, worker_timeout=100)
    working.start()
    yield
    working.stop()


@contextmanager
def _ticking(siyu: Siyu) -> Iterator[None]:
    clock, done = Clock(siyu), threading.Event()
    worker.be_alive(siyu)

    def tick() -> None:
        while not done.wait(0.2):
            clock.tick()
            worker.be_alive(siyu)

    ticking = threading.Thread(target=tick)
    ticking.start()
    yield
    done.set()
    ticking.join()
    clock.give_back()


def _free_port() -> int:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
