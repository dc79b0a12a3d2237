"""The sandbox refuses what the platform would: after the window, over the count, too often, too
long. Days pass by moving its clock."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from bots.sandbox import create_app
from tests.sandbox_world import (
    GROUP_ACCOUNT,
    LAOWANG,
    PATIENT,
    ROOM,
    STRANGER,
    XIAOYU,
    Clock,
    Heard,
    accounts,
    listening,
    send_text,
    stable_token,
)
from tests.test_sandbox_gateway import say
from tests.test_sandbox_sends import mass

DAY_S = 86_400


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(tmp_path: Path, clock: Clock) -> FlaskClient:
    app = create_app(accounts(), tmp_path / "state.db", clock=clock, pace=PATIENT)
    return app.test_client()


def act(client: FlaskClient, do: str, **more: Any) -> None:
    asked = {"account": "demo-oa", "member": "小雨", "do": do, **more}
    assert client.post("/sandbox/act", json=asked).status_code == 200


def later(client: FlaskClient, seconds: float) -> None:
    assert client.post("/sandbox/clock", json={"advance_s": seconds}).status_code == 200


def answers(client: FlaskClient, times: int, openid: str = XIAOYU) -> list[int]:
    token = stable_token(client)
    return [send_text(client, token, openid, str(number)) for number in range(times)]


def test_who_never_acted_here_is_played_by_somebody_else_and_not_counted(
    client: FlaskClient,
) -> None:
    assert answers(client, 10) == [0] * 10
    act(client, "menu_view", key="https://example.com")
    assert answers(client, 1) == [0], "a menu's page opens no window"
    act(client, "click", key="sign_in")
    assert answers(client, 4) == [0, 0, 0, 45047]


def test_strangers_of_a_foreign_client_are_not_counted(client: FlaskClient) -> None:
    assert answers(client, 30, STRANGER) == [0] * 30


@pytest.mark.parametrize("do", ["text", "image", "voice", "location"])
def test_a_message_of_hers_is_worth_five_in_two_days(client: FlaskClient, do: str) -> None:
    act(client, do, text="你好")
    later(client, 2 * DAY_S - 1)
    assert answers(client, 6) == [0, 0, 0, 0, 0, 45047]
    later(client, 1)
    assert answers(client, 1) == [45015]


@pytest.mark.parametrize(
    "how", [("subscribe", {}), ("scan", {"scene": "s"}), ("click", {"key": "k"})]
)
def test_an_act_of_hers_is_worth_three_in_a_minute(client: FlaskClient, how: Any) -> None:
    act(client, how[0], **how[1])
    later(client, 59)
    assert answers(client, 4) == [0, 0, 0, 45047]
    later(client, 1)
    assert answers(client, 1) == [45015]


def test_the_window_that_closes_first_is_used_first(client: FlaskClient) -> None:
    act(client, "text", text="你好")
    act(client, "click", key="k")
    assert answers(client, 3) == [0, 0, 0]
    later(client, 60)
    assert answers(client, 6) == [0, 0, 0, 0, 0, 45047]


def test_what_is_refused_uses_nothing_up(client: FlaskClient) -> None:
    act(client, "text", text="你好")
    token = stable_token(client)
    assert send_text(client, token, XIAOYU, "字" * 683) == 45002
    fault = {"path": "/cgi-bin/message/custom/send", "fault": "errcode", "errcode": -1, "times": 1}
    client.post("/sandbox/faults", json=fault)
    assert answers(client, 7) == [-1, 0, 0, 0, 0, 0, 45047]


def test_a_member_gets_four_mass_messages_in_a_calendar_month(client: FlaskClient) -> None:
    for number in range(5):
        assert mass(client, [XIAOYU, STRANGER], clientmsgid=f"b-{number}")["errcode"] == 0
    got = [entry["recipient"] for entry in client.get("/sandbox/sent").json]
    assert (got.count(XIAOYU), got.count(STRANGER)) == (4, 5)
    later(client, 31 * DAY_S)
    mass(client, [XIAOYU, LAOWANG], clientmsgid="next month")
    assert len(client.get(f"/sandbox/sent?recipient={XIAOYU}").json) == 5


def test_a_month_begins_at_midnight_in_beijing(client: FlaskClient) -> None:
    later(client, 30 * DAY_S + 11.9 * 3600)  # six minutes before April there, eight hours here
    for number in range(4):
        mass(client, [XIAOYU, LAOWANG], clientmsgid=f"b-{number}")
    later(client, 360)
    mass(client, [XIAOYU, LAOWANG], clientmsgid="April")
    assert len(client.get(f"/sandbox/sent?recipient={XIAOYU}").json) == 5


def test_a_room_is_written_to_sixty_times_a_minute(client: FlaskClient, clock: Clock) -> None:
    def said(number: int, room: str = ROOM) -> int:
        key = f"{room}-{number}"
        return int(say(client, clock, idempotency_key=key, room_id=room)["errcode"])

    assert [said(number) for number in range(61)] == [0] * 60 + [45009]
    assert said(3) == 0, "a repetition is not said again"
    assert said(0, "another-room") == 0
    later(client, 60)
    assert said(60) == 0


def test_a_text_for_a_room_has_at_most_2048_bytes(client: FlaskClient, clock: Clock) -> None:
    assert say(client, clock, content={"text": "😀" * 512})["errcode"] == 0
    too_long = {"text": "😀" * 512 + "!"}
    assert say(client, clock, content=too_long, idempotency_key="k-2")["errcode"] == 45002


def test_the_clock_moves_forward_only_and_no_restart_turns_it_back(
    tmp_path: Path, client: FlaskClient, clock: Clock
) -> None:
    later(client, 1.5 * DAY_S)
    assert client.get("/sandbox/clock").json == {
        "now": "2026-03-02T16:00:00.000000Z",
        "advanced_s": 129_600.0,
    }
    for bad in (-1, "60", None, True, 1e300):
        assert client.post("/sandbox/clock", json={"advance_s": bad}).status_code == 400
    again = create_app(accounts(), tmp_path / "state.db", clock=clock).test_client()
    assert again.get("/sandbox/clock").json["advanced_s"] == 129_600.0


def test_tokens_and_codes_grow_old_with_the_clock(client: FlaskClient) -> None:
    token = stable_token(client)
    code = {"account": "demo-mini", "member": "小雨", "kind": "login"}
    assert client.post("/sandbox/codes", json=code).status_code == 200
    later(client, 7201)
    assert send_text(client, token, STRANGER, "x") == 42001


def test_what_other_clocks_are_compared_with_stays_on_the_real_time(
    tmp_path: Path, clock: Clock
) -> None:
    real = int(clock.now.timestamp())
    with listening(Heard()) as heard:
        client = create_app(
            accounts(heard.url), tmp_path / "s.db", clock=clock, pace=PATIENT
        ).test_client()
        later(client, 30 * DAY_S)
        act(client, "text", text="你好")
        where = {"account": "demo-groups", "room": ROOM}
        act(client, "text", text="大家好", **where)
    private, group = heard.calls
    assert int(private["query"]["timestamp"]) == real
    assert int(group["headers"]["X-Gateway-Timestamp"]) == json.loads(group["body"])["ts"] == real
    assert json.loads(group["body"])["account_id"] == GROUP_ACCOUNT
    assert say(client, clock)["errcode"] == 0
