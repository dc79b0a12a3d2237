"""One command kept alive: its output prefixed, its deaths counted, its whole group stopped."""

import os
import signal
import subprocess
import threading
import time
from collections import deque
from contextlib import suppress
from typing import IO

RESTART_PAUSE_MAX_S = 2.0
DEATHS_ALLOWED, DEATHS_WINDOW_S = 5, 30


class CannotRun(Exception):
    """The run cannot start or go on; the text says why and what to do."""


class KeptProcess:
    """A running command, started again when it dies.

    It leads a session of its own: Ctrl-C reaches only the supervisor, and one signal reaches
    everything the command started.
    """

    def __init__(self, name: str, command: str, environment: dict[str, str]) -> None:
        self.name = name
        self._command = command
        self._environment = environment
        self._deaths_s: deque[float] = deque(maxlen=DEATHS_ALLOWED)
        self._restart_s: float | None = None
        self._start()

    def exit_code(self) -> int | None:
        """None while it runs; minus the signal's number when one killed it."""
        return self._child.poll()

    def revive(self) -> None:
        """Start it again, a moment after it died. Raises CannotRun when it keeps dying."""
        if self._restart_s is not None:
            if time.monotonic() >= self._restart_s:
                self._start()
        elif self.exit_code() is not None:
            self._note_death()

    def ask_to_end(self) -> None:
        self._signal_group(signal.SIGTERM)

    def end(self, timeout_s: float) -> None:
        """Wait for the end that was asked for, then enforce it."""
        with suppress(subprocess.TimeoutExpired):
            self._child.wait(timeout_s)
        self._signal_group(signal.SIGKILL)
        self._child.wait()
        self._relay.join(1)

    def _start(self) -> None:
        self._restart_s = None
        self._child = subprocess.Popen(
            ["sh", "-c", f"exec {self._command}"],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
            errors="replace",
        )
        self._relay = threading.Thread(
            target=_relay, args=(self.name, self._child.stdout), daemon=True
        )
        self._relay.start()

    def _note_death(self) -> None:
        # Granian's worker outlives a killed parent and would go on answering the port.
        self._signal_group(signal.SIGKILL)
        now_s = time.monotonic()
        self._deaths_s.append(now_s)
        recent = sum(now_s - death_s < DEATHS_WINDOW_S for death_s in self._deaths_s)
        if recent == DEATHS_ALLOWED:
            raise CannotRun(
                f"{self.name} died {recent} times within {DEATHS_WINDOW_S} s "
                f"(exit code {self.exit_code()}); its last lines above say why."
            )
        self._restart_s = now_s + min(RESTART_PAUSE_MAX_S, 0.25 * 2 ** (recent - 1))
        say("siyu", f"{self.name} died (exit code {self.exit_code()}), starting it again")

    def _signal_group(self, number: int) -> None:
        with suppress(ProcessLookupError, PermissionError):  # gone (macOS: not permitted)
            os.killpg(self._child.pid, number)


def say(name: str, line: str) -> None:
    with suppress(OSError):  # a terminal that went away must not stop the stopping
        print(f"{name:<9} | {line}", flush=True)


def _relay(name: str, output: IO[str]) -> None:
    with output:
        for line in output:
            say(name, line.rstrip())
