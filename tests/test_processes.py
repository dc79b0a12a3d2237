"""The supervisor, run for real on tiny Procfiles."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import redis

from app.embedded_redis import embedded_redis_url

HOUSE = Path(__file__).resolve().parents[1]


class Supervisor:
    """`python -m app.processes` on a Procfile of the test's own."""

    def __init__(self, directory: Path, *lines: str, first: list[str], **environment: str) -> None:
        (directory / "Procfile").write_text("\n".join(lines))
        self.log = directory / "log"
        with self.log.open("a") as log:
            self.child = subprocess.Popen(
                [
                    *(sys.executable, "-m", "app.processes"),
                    *("--procfile", str(directory / "Procfile"), *first),
                ],
                env={**os.environ, "SIYU_VAR": str(directory / "var"), **environment},
                cwd=HOUSE,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def said(self, words: str) -> bool:
        return words in self.log.read_text()

    def stop(self) -> int:
        self.child.send_signal(signal.SIGINT)
        return self.child.wait(60)


Start = Callable[..., Supervisor]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started = []

    def start(*lines: str, first: tuple[str, ...] = (), **environment: str) -> Supervisor:
        environment.setdefault("SIYU_REDIS_URL", "redis://not-used")
        started.append(Supervisor(tmp_path, *lines, first=list(first), **environment))
        return started[-1]

    yield start
    for supervisor in started:
        if supervisor.child.poll() is None:
            supervisor.stop()


def writes_its_pid(path: Path) -> str:
    return f"sh -c 'echo $$ >> {path}; exec sleep 600'"


def pids_in(path: Path) -> list[int]:
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def wait_for(what: Callable[[], object]) -> None:
    deadline_s = time.monotonic() + 60
    while not what():
        assert time.monotonic() < deadline_s, "it never came"
        time.sleep(0.05)


def test_a_killed_process_is_started_again(start: Start, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    supervisor = start(f"worker: {writes_its_pid(pids)}")
    wait_for(lambda: pids_in(pids))
    os.kill(pids_in(pids)[0], signal.SIGKILL)
    wait_for(lambda: len(pids_in(pids)) == 2)
    assert supervisor.said("worker died (exit code -9)")
    assert supervisor.stop() == 0


def test_what_a_killed_process_leaves_in_its_group_goes_with_it(
    start: Start, tmp_path: Path
) -> None:
    parent, child = tmp_path / "parent", tmp_path / "child"
    start(f"worker: sh -c 'echo $$ >> {parent}; sleep 600 & echo $! >> {child}; wait'")
    wait_for(lambda: pids_in(child))
    os.kill(pids_in(parent)[0], signal.SIGKILL)
    wait_for(lambda: not is_running(pids_in(child)[0]))


def test_a_process_that_keeps_dying_ends_the_run(start: Start, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    supervisor = start("broken: sh -c 'echo no luck; exit 3'", f"good: {writes_its_pid(pids)}")
    assert supervisor.child.wait(60) == 1
    assert supervisor.said("broken    | no luck")
    assert supervisor.said("broken died 5 times within 30 s (exit code 3)")
    assert not is_running(pids_in(pids)[0])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_everything_cleanly(
    start: Start, tmp_path: Path, number: signal.Signals
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    supervisor = start(f"one: {writes_its_pid(one)}", f"two: {writes_its_pid(two)}")
    wait_for(lambda: pids_in(one) and pids_in(two))
    supervisor.child.send_signal(number)
    assert supervisor.child.wait(60) == 0
    assert not any(is_running(pid) for pid in pids_in(one) + pids_in(two))


def test_a_second_run_on_the_same_state_is_refused(start: Start, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    first = start(f"worker: {writes_its_pid(pids)}")
    wait_for(lambda: pids_in(pids))
    second = start(f"worker: {writes_its_pid(pids)}")
    assert second.child.wait(60) == 1
    assert second.said(f"already running on {tmp_path / 'var'} (process {first.child.pid})")
    assert len(pids_in(pids)) == 1


def test_leftovers_of_a_killed_supervisor_are_stopped_first(start: Start, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    killed = start(f"worker: {writes_its_pid(pids)}")
    wait_for(lambda: pids_in(pids))
    killed.child.kill()
    killed.child.wait()
    assert is_running(pids_in(pids)[0])
    start(f"worker: {writes_its_pid(pids)}")
    wait_for(lambda: len(pids_in(pids)) == 2)
    left, running = pids_in(pids)
    assert not is_running(left)
    assert is_running(running)


def test_a_leftover_redis_is_stopped_before_another_opens_its_files(
    start: Start, tmp_path: Path
) -> None:
    pids = tmp_path / "pids"
    killed = start(f"worker: {writes_its_pid(pids)}", SIYU_REDIS_URL="")
    wait_for(lambda: pids_in(pids))
    with redis.Redis.from_url(embedded_redis_url(tmp_path / "var")) as client:
        left = client.info("server")["process_id"]
    killed.child.kill()
    killed.child.wait()
    start(f"worker: {writes_its_pid(pids)}", SIYU_REDIS_URL="")
    wait_for(lambda: len(pids_in(pids)) == 2)
    assert not is_running(left)


def test_set_up_commands_run_to_their_end_in_order(start: Start, tmp_path: Path) -> None:
    pids, steps = tmp_path / "pids", tmp_path / "steps"
    start(
        f"worker: {writes_its_pid(pids)}",
        first=(f"sh -c 'sleep 0.2; echo 1 >> {steps}'", f"sh -c 'echo 2 >> {steps}'"),
    )
    wait_for(lambda: pids_in(pids))
    assert pids_in(steps) == [1, 2]


def test_a_failing_set_up_command_starts_nothing(start: Start, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    supervisor = start(f"worker: {writes_its_pid(pids)}", first=("sh -c 'exit 7'",))
    assert supervisor.child.wait(60) == 1
    assert supervisor.said("failed (exit code 7)")
    assert pids_in(pids) == []


def test_a_taken_port_is_named(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        supervisor = start("web: sleep 600", PORT=str(port))
        assert supervisor.child.wait(60) == 1
    assert supervisor.said(f"port {port} is taken by another program")


def test_the_addresses_and_the_login_come_once_the_doors_answer(
    start: Start, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    site = tmp_path / "site"
    site.mkdir()
    (site / "healthz").write_text("ok")
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "demo-login.json").write_text('{"email": "a@b.cn", "password": "pw"}')
    serve = f"python -m http.server --bind 127.0.0.1 --directory {site}"
    supervisor = start(f"web: {serve} ${{PORT}}", PORT=str(port))
    wait_for(lambda: supervisor.said("a@b.cn  pw"))
    assert supervisor.said(f"http://127.0.0.1:{port}/console/")


def test_the_embedded_redis_keeps_what_it_was_told_through_kill_9(
    start: Start, tmp_path: Path
) -> None:
    pids = tmp_path / "pids"
    supervisor = start(f"worker: {writes_its_pid(pids)}", SIYU_REDIS_URL="")
    wait_for(lambda: pids_in(pids))
    with redis.Redis.from_url(embedded_redis_url(tmp_path / "var")) as client:
        client.set("kept", "yes")
        time.sleep(1.5)  # appendfsync everysec
        os.kill(client.info("server")["process_id"], signal.SIGKILL)
    wait_for(lambda: supervisor.said("redis died"))
    with redis.Redis.from_url(embedded_redis_url(tmp_path / "var")) as client:
        wait_for(lambda: answers(client))
        assert client.get("kept") == b"yes"


def test_a_socket_path_too_long_for_the_kernel_moves_to_the_temporary_folder(
    tmp_path: Path,
) -> None:
    var = tmp_path / ("深" * 40)
    assert str(tmp_path) not in embedded_redis_url(var)
    assert embedded_redis_url(var) == embedded_redis_url(var)
    assert embedded_redis_url(var) != embedded_redis_url(var / "other")


def answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:  # BusyLoadingError is one too
        return False


def is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
