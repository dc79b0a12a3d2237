"""Replay: lines of a file become chat of members, through the real, encrypted front door."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import Result
from werkzeug.serving import WSGIRequestHandler, make_server

from app.inbox import InboxEvent
from app.outbox import OutboxMessage
from app.web import create_app
from app.wiring import now_utc
from tests.world import World

LINES = ["签到", "积分", "", "今天的核桃很香", "  帮助 ", "]]> 收到", "签到", "谢谢"]
SAID = [line for line in LINES if line.strip()]


@pytest.fixture
def chat(tmp_path: Path) -> Path:
    path = tmp_path / "chat.txt"
    path.write_text("\n".join(LINES), "utf-8")
    return path


def replay(world: World, *arguments: str) -> Result:
    """The command, while the house serves and a worker works."""
    world.siyu.clock = now_utc  # the command signs with the real time
    with _serving(world) as port:
        world.siyu.settings = world.siyu.settings.model_copy(update={"port": port})
        runner = create_app(world.siyu, serving=False).test_cli_runner()
        return runner.invoke(args=["replay", *arguments])


def test_every_line_is_heard_once_and_the_summary_adds_up(world: World, chat: Path) -> None:
    result = replay(world, str(chat), "--channel", "demo-oa", "--members", "3")
    assert result.exit_code == 0, result.output
    events = world.rows(InboxEvent)
    assert sorted(event.text for event in events) == sorted(line.strip() for line in SAID)
    assert len({event.sender for event in events}) == 3
    assert _number(result, "accepted") == _number(result, "handled") == len(SAID)
    assert _number(result, "quarantined") == 0
    is_reply = OutboxMessage.purpose == "reply"
    assert _number(result, "replies") == len(world.rows(OutboxMessage, is_reply)) > 0
    assert re.search(r"\d+\s+accepted$", result.output, re.MULTILINE)


def test_a_resumed_run_has_no_second_effect(world: World, chat: Path) -> None:
    arguments = (str(chat), "--channel", "demo-oa", "--members", "3", "--run", "42")
    first = replay(world, *arguments)
    messages = len(world.sent())
    again = replay(world, *arguments)
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert len(world.rows(InboxEvent)) == len(SAID)
    assert len(world.sent()) == messages


def test_a_channel_that_is_no_official_account_is_refused(world: World, chat: Path) -> None:
    for channel in ("demo-groups", "nowhere"):
        result = replay(world, str(chat), "--channel", channel)
        assert result.exit_code == 1
        assert channel in result.output


def test_channel_show_keeps_secrets_until_asked(world: World) -> None:
    runner = create_app(world.siyu, serving=False).test_cli_runner()
    shown = json.loads(runner.invoke(args=["channel", "show", "demo-oa"]).output)
    assert {"appid", "callback_url"} <= shown.keys()
    assert not {"token", "secret", "EncodingAESKey"} & shown.keys()
    told = json.loads(runner.invoke(args=["channel", "show", "demo-oa", "--secrets"]).output)
    assert len(told["EncodingAESKey"]) == 43
    assert told["token"]


def test_a_channel_is_added_with_sealed_credentials_or_refused_with_a_reason(world: World) -> None:
    runner = create_app(world.siyu, serving=False).test_cli_runner()
    new = ["channel", "add", "second-oa", "--kind", "official_account", "--name", "二号店"]
    new += ["--appid", "wx2222222222222222", "--secret", "s3cret-of-two"]
    refused = runner.invoke(args=new)
    assert (refused.exit_code, "token" in refused.output) == (1, True)
    full = [*new, "--token", "tok", "--encoding-aes-key", "k" * 43]
    assert "/callback/second-oa" in runner.invoke(args=full).output
    assert runner.invoke(args=full).exit_code == 1
    with world.siyu.database.reading() as session:
        sealed = world.channel(session, "second-oa").sealed_secrets
    assert b"s3cret-of-two" not in sealed


def _number(result: Result, name: str) -> int:
    found = re.search(rf"{name}\s+(\d+)", result.output.split("handled ")[-1] + result.output)
    assert found, result.output
    return int(found[1])


@contextmanager
def _serving(world: World) -> Iterator[int]:
    class Quiet(WSGIRequestHandler):
        def log_request(self, *_: object) -> None:
            """Says nothing."""

    server = make_server(
        "127.0.0.1", 0, create_app(world.siyu), threaded=True, request_handler=Quiet
    )
    done = threading.Event()

    def work() -> None:
        while not done.wait(0.05):
            world.work()

    threads = [threading.Thread(target=server.serve_forever), threading.Thread(target=work)]
    for thread in threads:
        thread.start()
    yield server.server_port
    done.set()
    server.shutdown()
    for thread in threads:
        thread.join()
    server.server_close()
