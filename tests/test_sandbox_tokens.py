"""Access tokens of the sandbox: two families, their lives, and what a wrong one gets."""

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from bots.sandbox import create_app
from tests.sandbox_world import APPID, SECRET, STRANGER, Clock, accounts, send_text, stable_token

TOKEN = f"/cgi-bin/token?grant_type=client_credential&appid={APPID}&secret={SECRET}"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(tmp_path: Path, clock: Clock) -> FlaskClient:
    return create_app(accounts(), tmp_path / "state.db", clock=clock).test_client()


def test_every_plain_token_is_new_and_the_old_one_lives_five_more_minutes(
    client: FlaskClient, clock: Clock
) -> None:
    old, new = (client.get(TOKEN).json["access_token"] for _ in range(2))
    assert old != new
    clock.forward(minutes=4, seconds=59)
    assert send_text(client, old, STRANGER, "1") == 0
    clock.forward(seconds=2)
    assert send_text(client, old, STRANGER, "2") == 40001
    assert send_text(client, new, STRANGER, "3") == 0


def test_the_stable_token_stays_the_same_until_five_minutes_before_its_end(
    client: FlaskClient, clock: Clock
) -> None:
    first = stable_token(client)
    clock.forward(minutes=114)
    assert stable_token(client) == first
    clock.forward(minutes=1)
    second = stable_token(client)
    assert second != first
    assert send_text(client, first, STRANGER, "both are good") == 0
    clock.forward(minutes=5)
    assert send_text(client, first, STRANGER, "too old") == 42001
    assert send_text(client, second, STRANGER, "still good") == 0


def test_the_two_families_do_not_touch_each_other(client: FlaskClient, clock: Clock) -> None:
    stable = stable_token(client)
    plain = client.get(TOKEN).json["access_token"]
    clock.forward(seconds=31)
    assert stable_token(client, force_refresh=True) != stable
    clock.forward(minutes=6)
    assert send_text(client, plain, STRANGER, "untouched") == 0


def test_forcing_ends_the_old_token_at_once_but_only_every_thirty_seconds(
    client: FlaskClient, clock: Clock
) -> None:
    first = stable_token(client)
    clock.forward(seconds=29)
    assert stable_token(client, force_refresh=True) == first
    clock.forward(seconds=1)
    second = stable_token(client, force_refresh=True)
    assert second != first
    assert send_text(client, first, STRANGER, "ended") == 40001
    assert send_text(client, second, STRANGER, "good") == 0


def test_the_twenty_first_forced_token_of_a_day_is_refused(
    client: FlaskClient, clock: Clock
) -> None:
    for _ in range(20):
        clock.forward(seconds=31)
        stable_token(client, force_refresh=True)
    clock.forward(seconds=31)
    asked: dict[str, Any] = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET}
    asked["force_refresh"] = True
    assert client.post("/cgi-bin/stable_token", json=asked).json["errcode"] == 45009


@pytest.mark.parametrize(
    ("query", "errcode"),
    [
        (f"grant_type=client_credential&appid={APPID}&secret=wrong", 40125),
        (f"grant_type=client_credential&appid=wxnobody&secret={SECRET}", 40013),
        (f"grant_type=password&appid={APPID}&secret={SECRET}", 40002),
        ("grant_type=client_credential&appid=bot-1&secret=group-secret", 40013),
    ],
)
def test_who_asks_wrongly_gets_no_token(client: FlaskClient, query: str, errcode: int) -> None:
    answer = client.get(f"/cgi-bin/token?{query}").json
    assert answer["errcode"] == errcode
    assert "rid: " in answer["errmsg"]


def test_an_unknown_token_and_a_missing_one_are_told_apart(client: FlaskClient) -> None:
    assert send_text(client, "90_nonsense", STRANGER, "hello") == 40001
    assert send_text(client, "", STRANGER, "hello") == 41001


def test_tokens_outlive_a_restart(tmp_path: Path, client: FlaskClient, clock: Clock) -> None:
    token = stable_token(client)
    again = create_app(accounts(), tmp_path / "state.db", clock=clock).test_client()
    assert stable_token(again) == token
    assert send_text(again, token, STRANGER, "hello") == 0
