"""The supervisor for one machine: runs the Procfile until Ctrl-C.

`python -m app.processes [COMMAND ...]` runs each COMMAND to its end, then keeps every line of
the Procfile alive, and a Redis of its own unless SIYU_REDIS_URL names another. A process that
dies is started again; one that keeps dying ends the run. In production any other supervisor
may run the same Procfile.
"""

import argparse
import fcntl
import json
import os
import shlex
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import psutil

from app import embedded_redis
from app.kept_process import CannotRun, KeptProcess, say

RUN_MARK = "SIYU_RUN_MARK"  # in the environment of all we start: which state it works on
STOP_TIMEOUT_S = 10
REDIS_TIMEOUT_S = 60
# What listens: the variable that holds its port, and a page that answers once it serves.
DOORS = {"web": ("PORT", "/healthz"), "sandbox": ("SANDBOX_PORT", "/")}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m app.processes", description=__doc__)
    parser.add_argument("first", nargs="*", metavar="COMMAND", help="run to its end first")
    parser.add_argument("--procfile", type=Path, default=Path("Procfile"))
    arguments = parser.parse_args()
    var = Path(os.environ.get("SIYU_VAR", "var")).resolve()
    try:
        with _only_run(var):
            run(var, arguments.procfile, arguments.first)
    except CannotRun as reason:
        say("siyu", str(reason))
        return 1
    return 0


def run(var: Path, procfile: Path, first: list[str]) -> None:
    """Run everything until a signal asks to stop. Raises CannotRun."""
    stopping = _stopping_on_signals()
    environment = _environment(var)
    lines = _lines_of(procfile)
    _stop_leftovers(var)
    ports = {name: int(environment[DOORS[name][0]]) for name in lines if name in DOORS}
    _refuse_taken(ports)
    redis: list[KeptProcess] = []
    processes: list[KeptProcess] = []
    try:
        if not environment.get("SIYU_REDIS_URL"):
            redis.append(KeptProcess("redis", shlex.join(embedded_redis.command(var)), environment))
            _wait_for_redis(var, redis[0], stopping)
        _run_first(first, environment, stopping)
        if not stopping.is_set():
            processes.extend(KeptProcess(name, lines[name], environment) for name in lines)
            threading.Thread(target=_announce, args=(var, ports, stopping), daemon=True).start()
        while not stopping.wait(0.2):
            for process in redis + processes:
                process.revive()
        say("siyu", "正在停止 · stopping")
    finally:
        stopping.set()
        _stop(processes)
        _stop(redis)  # last: the others finish their work with it


@contextmanager
def _only_run(var: Path) -> Iterator[None]:
    var.mkdir(parents=True, exist_ok=True)
    # Python opens files close-on-exec: no child inherits the lock, it dies with the supervisor.
    with (var / "run.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise CannotRun(
                f"已在运行 · Siyu is already running on {var} (process {lock.read()})"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _stopping_on_signals() -> threading.Event:
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stopping.set())
    return stopping


def _environment(var: Path) -> dict[str, str]:
    return {
        "PORT": "8000",
        "SANDBOX_PORT": "8001",
        "SANDBOX_ACCOUNTS": str(var / "sandbox" / "accounts.json"),
        "SANDBOX_STATE": str(var / "sandbox" / "state.db"),
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
        "SIYU_VAR": str(var),
        RUN_MARK: str(var),
    }


def _lines_of(procfile: Path) -> dict[str, str]:
    lines = [line for line in procfile.read_text().splitlines() if line.strip()]
    pairs = [line.split(":", 1) for line in lines if not line.startswith("#")]
    return {name.strip(): command.strip() for name, command in pairs}


def _stop_leftovers(var: Path) -> None:
    """Stop what a supervisor that was itself killed left running on the same state."""
    left = [process for process in psutil.process_iter() if _mark_of(process) == str(var)]
    for ask in (psutil.Process.terminate, psutil.Process.kill):
        for process in left:
            say("siyu", f"stopping process {process.pid}, left over from an earlier run")
            with suppress(psutil.Error):
                ask(process)
        _, left = psutil.wait_procs(left, STOP_TIMEOUT_S)


def _mark_of(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(RUN_MARK)
    except (psutil.Error, OSError):
        return None  # another user's, or gone


def _refuse_taken(ports: dict[str, int]) -> None:
    for name, port in ports.items():
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            raise CannotRun(
                f"端口被占用 · port {port} is taken by another program; "
                f"choose another: {DOORS[name][0]}=… make run"
            )


def _wait_for_redis(var: Path, redis: KeptProcess, stopping: threading.Event) -> None:
    deadline_s = time.monotonic() + REDIS_TIMEOUT_S
    while not embedded_redis.is_answering(var) and not stopping.wait(0.05):
        redis.revive()
        if time.monotonic() > deadline_s:
            raise CannotRun(f"Redis has not answered for {REDIS_TIMEOUT_S} s")


def _run_first(commands: list[str], environment: dict[str, str], stopping: threading.Event) -> None:
    for command in commands:
        if stopping.is_set():
            return
        process = KeptProcess("set-up", command, environment)
        while process.exit_code() is None and not stopping.wait(0.05):
            pass
        _stop([process])
        if process.exit_code() and not stopping.is_set():
            raise CannotRun(f"`{command}` failed (exit code {process.exit_code()})")


def _announce(var: Path, ports: dict[str, int], stopping: threading.Event) -> None:
    """Print the addresses once every door answers."""
    if not _wait_until(lambda: all(map(_serves, ports, ports.values())), stopping):
        return
    say("siyu", "已启动 · Siyu is running; Ctrl-C 停止 · stops it")
    if "web" in ports:
        say("siyu", f"  控制台 · console  http://127.0.0.1:{ports['web']}/console/")
    if "sandbox" in ports:
        say("siyu", f"  沙箱   · sandbox  http://127.0.0.1:{ports['sandbox']}/")
    with suppress(FileNotFoundError):
        login = json.loads((var / "demo-login.json").read_text())
        say("siyu", f"  登录   · login    {login['email']}  {login['password']}")


def _serves(name: str, port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", DOORS[name][1])
        return connection.getresponse().status < 400
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _wait_until(holds: Callable[[], bool], stopping: threading.Event) -> bool:
    """Whether it came to hold before the stop."""
    while not holds():
        if stopping.wait(0.1):
            return False
    return True


def _stop(processes: list[KeptProcess]) -> None:
    for process in processes:
        process.ask_to_end()
    deadline_s = time.monotonic() + STOP_TIMEOUT_S
    for process in processes:
        process.end(max(0.0, deadline_s - time.monotonic()))


if __name__ == "__main__":
    sys.exit(main())
