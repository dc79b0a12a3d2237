"""Real servers for the tests, each in a folder of its own and on a unix socket only."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from playwright.sync_api import Browser, sync_playwright

from tests.postgres import Postgres

START_TIMEOUT_S = 60
# Nobody cuts the power here: what killed processes have written, the kernel keeps.
POSTGRES_OPTIONS = ["-c", "listen_addresses=", "-c", "fsync=off"]
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with postgres_served() as server:
        yield server


@contextmanager
def postgres_served() -> Iterator[Postgres]:
    """A PostgreSQL of its own, as durable as production through the death of any process."""
    from app import db

    # PostgreSQL refuses to run as root: the account its package made runs it then.
    owner = "postgres" if os.geteuid() == 0 else None
    with _directory("siyu-postgres-") as directory:
        if owner:
            os.chown(directory, pwd.getpwnam(owner).pw_uid, -1)
        cluster = str(directory / "cluster")
        initdb = [_postgres_program("initdb"), "--username=postgres", "--auth=trust", "--no-sync"]
        _run([*initdb, "--encoding=UTF8", "--locale=C", cluster], owner, directory)
        serve = [_postgres_program("postgres"), "-D", cluster, "-k", str(directory)]
        server = Postgres(directory)
        with _serving([*serve, *POSTGRES_OPTIONS], directory, server.is_answering, owner):
            server.make_template(db.migrate)
            yield server
            server.close()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """The URL of a Redis of its own."""
    with _directory("siyu-redis-") as directory:
        socket = directory / "redis.sock"
        url = f"unix://{socket}?db=0"
        serve = [_program("redis-server"), "--port", "0", "--unixsocket", str(socket)]
        with _serving([*serve, "--save", ""], directory, lambda: _redis_answers(url)):
            yield url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The machine's own Chromium; playwright downloads none."""
    chromium = _program(
        "chromium",
        "chromium-browser",
        "google-chrome",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def _serving(
    command: list[str], directory: Path, is_ready: Callable[[], bool], owner: str | None = None
) -> Iterator[None]:
    log = directory / "log"
    with log.open("w") as output:
        server = subprocess.Popen(command, stdout=output, stderr=output, user=owner, cwd=directory)
    try:
        deadline_s = time.monotonic() + START_TIMEOUT_S
        while not is_ready():
            if server.poll() is not None or time.monotonic() > deadline_s:
                raise RuntimeError(f"{command[0]} did not start:\n{log.read_text()}")
            time.sleep(0.05)
        yield
    finally:
        server.send_signal(signal.SIGINT)  # to PostgreSQL: a fast shutdown
        server.wait(START_TIMEOUT_S)


@contextmanager
def _directory(prefix: str) -> Iterator[Path]:
    # Not pytest's tmp_path: only its owner may enter that, and socket paths must stay short.
    directory = Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))
    try:
        yield directory
    finally:
        shutil.rmtree(directory)


def _run(command: list[str], owner: str | None, directory: Path) -> None:
    done = subprocess.run(command, user=owner, cwd=directory, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{done.stderr}")


def _postgres_program(name: str) -> str:
    # Debian keeps them off the PATH, one folder a version.
    found = Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
    newest_first = sorted(found, key=lambda path: int(path.parts[4]), reverse=True)
    return _program(*map(str, newest_first), name)


def _program(*names: str) -> str:
    for name in names:
        if path := shutil.which(name):
            return path
    pytest.skip(f"{names[0]} is not installed; `make test` installs it or says how")


def _redis_answers(url: str) -> bool:
    try:
        with redis.Redis.from_url(url) as client:
            return bool(client.ping())
    except redis.ConnectionError:
        return False
