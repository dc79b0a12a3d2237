"""The sandbox as it really runs: a server of its own, which can be killed at any moment."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from bots.sandbox import create_app
from tests.sandbox_world import APPID, SECRET, STRANGER, accounts

START_TIMEOUT_S = 30
SEND = "/cgi-bin/message/custom/send"


@contextmanager
def running(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Yields its address and its process, of which it is the leader of a group."""
    (folder / "accounts.json").write_text(json.dumps(accounts()))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port)]
    command += ["--blocking-threads", "4", "--no-ws", "bots.sandbox.wsgi:app"]
    state = {"SANDBOX_STATE": str(folder / "state.db")}
    known = {"SANDBOX_ACCOUNTS": str(folder / "accounts.json")}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command,
            env={**os.environ, **state, **known},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield wait_for(f"http://127.0.0.1:{port}", process), process
    finally:
        kill(process)


def wait_for(base: str, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            requests.get(f"{base}/sandbox/calls", timeout=1)
        except requests.RequestException:
            time.sleep(0.05)
        else:
            return base
    raise AssertionError("the sandbox did not start")


def kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def token_of(base: str) -> str:
    asked = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET}
    answer = requests.post(f"{base}/cgi-bin/stable_token", json=asked, timeout=5)
    return str(answer.json()["access_token"])


def text(content: str) -> dict[str, object]:
    return {"touser": STRANGER, "msgtype": "text", "text": {"content": content}}


def test_what_was_answered_survives_being_killed_in_the_middle_of_it(tmp_path: Path) -> None:
    answered: list[str] = []

    def keep_sending(base: str, name: str, token: str) -> None:
        address = f"{base}{SEND}?access_token={token}"
        with requests.Session() as http:
            for number in range(10_000):
                said = f"{name}-{number}"
                try:
                    http.post(address, json=text(said), timeout=5).raise_for_status()
                except requests.RequestException:
                    return
                answered.append(said)

    with running(tmp_path) as (base, process):
        token = token_of(base)
        senders = [
            threading.Thread(target=keep_sending, args=(base, name, token)) for name in "abcd"
        ]
        for sender in senders:
            sender.start()
        while len(answered) < 100:
            assert process.poll() is None
            time.sleep(0.01)
        kill(process)
        for sender in senders:
            sender.join()
    client = create_app(accounts(), tmp_path / "state.db").test_client()
    kept = [entry["content"] for entry in client.get("/sandbox/sent").json]
    assert set(answered) <= set(kept)
    assert len(kept) == len(set(kept))


def test_a_lost_answer_is_no_answer_to_a_client(tmp_path: Path) -> None:
    with running(tmp_path) as (base, _):
        address = f"{base}{SEND}?access_token={token_of(base)}"
        fault = {"path": SEND, "fault": "lost", "times": 1}
        requests.post(f"{base}/sandbox/faults", json=fault, timeout=5)
        with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
            requests.post(address, json=text("once"), timeout=5)
        (entry,) = requests.get(f"{base}/sandbox/sent", timeout=5).json()
    assert entry["content"] == "once"
