"""Faults on command: what is accepted, what is answered, and for how long."""

from pathlib import Path
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient

from bots.sandbox import create_app
from tests.sandbox_world import STRANGER, accounts, send_text, serving, stable_token

SEND = "/cgi-bin/message/custom/send"


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    return create_app(accounts(), tmp_path / "state.db").test_client()


def switch_on(client: FlaskClient, **fault: Any) -> int:
    return client.post("/sandbox/faults", json={"path": SEND, **fault}).status_code


def texts(client: FlaskClient) -> list[str]:
    return [entry["content"] for entry in client.get("/sandbox/sent").json]


def test_an_error_code_refuses_as_often_as_it_was_told_to(client: FlaskClient) -> None:
    token = stable_token(client)
    switch_on(client, fault="errcode", errcode=40001, times=2)
    codes = [send_text(client, token, STRANGER, str(number)) for number in range(3)]
    assert codes == [40001, 40001, 0]
    assert texts(client) == ["2"]
    assert client.get("/sandbox/faults").json == []


def test_a_fault_without_times_stays_until_it_is_switched_off(client: FlaskClient) -> None:
    token = stable_token(client)
    switch_on(client, fault="errcode", errcode=45009)
    assert {send_text(client, token, STRANGER, "x") for _ in range(5)} == {45009}
    assert client.delete("/sandbox/faults").json == {"switched_off": 1}
    assert send_text(client, token, STRANGER, "y") == 0


def test_an_http_fault_refuses_without_json(client: FlaskClient) -> None:
    token = stable_token(client)
    switch_on(client, fault="http", status=502, times=1)
    body = {"touser": STRANGER, "msgtype": "text", "text": {"content": "x"}}
    assert client.post(f"{SEND}?access_token={token}", json=body).status_code == 502
    assert texts(client) == []


def test_late_and_lost_are_accepted_all_the_same(tmp_path: Path) -> None:
    app = create_app(accounts(), tmp_path / "state.db")
    client = app.test_client()
    address = f"{SEND}?access_token={stable_token(client)}"
    body = {"touser": STRANGER, "msgtype": "text", "text": {"content": "once"}}
    with serving(app) as base:
        switch_on(client, fault="late", seconds=20, times=1)
        with pytest.raises(requests.ReadTimeout):
            requests.post(base + address, json=body, timeout=0.5)
        switch_on(client, fault="lost", times=1)
        with pytest.raises(requests.ConnectionError):
            requests.post(base + address, json=body, timeout=60)
        assert requests.post(base + address, json=body, timeout=60).json()["errcode"] == 0
    assert texts(client) == ["once"] * 3


def test_faults_of_one_path_happen_in_their_order_and_outlive_a_restart(
    tmp_path: Path, client: FlaskClient
) -> None:
    token = stable_token(client)
    switch_on(client, fault="errcode", errcode=45011, times=1)
    switch_on(client, fault="errcode", errcode=-1, times=1)
    again = create_app(accounts(), tmp_path / "state.db").test_client()
    assert [send_text(again, token, STRANGER, "x") for _ in range(3)] == [45011, -1, 0]


@pytest.mark.parametrize(
    "fault",
    [
        {"fault": "explode"},
        {"fault": "late"},
        {"fault": "late", "seconds": 61},
        {"fault": "errcode"},
        {"fault": "http", "status": 200},
        {"fault": "lost", "times": 0},
        {"fault": "lost", "path": "/nowhere"},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(client: FlaskClient, fault: Any) -> None:
    assert switch_on(client, **fault) == 400
    assert client.get("/sandbox/faults").json == []


def test_one_fault_can_be_switched_off_alone(client: FlaskClient) -> None:
    switch_on(client, fault="lost")
    switch_on(client, fault="errcode", errcode=-1)
    first, second = client.get("/sandbox/faults").json
    client.delete(f"/sandbox/faults?id={first['id']}")
    assert client.get("/sandbox/faults").json == [second]
