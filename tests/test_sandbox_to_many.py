"""What the sandbox takes for a tag or for all, by template and by agreement, and tells of later."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from bots.sandbox import create_app
from bots.subscribe_fields import fitted
from tests.sandbox_world import (
    LAOWANG,
    MINI_APPID,
    MINI_SECRET,
    PATIENT,
    XIAOYU,
    XIAOYU_MINI,
    Clock,
    Heard,
    accounts,
    listening,
    plain_fields,
    stable_token,
)
from tests.test_bots_subscribe_fields import DOES_NOT, FITS

ORDER = {"thing1": "巴旦木", "character_string2": "A-7", "amount3": "12.5元"}
TAGS = [{"id": 2, "name": "金卡", "openids": [LAOWANG]}]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(tmp_path: Path, clock: Clock) -> FlaskClient:
    return create_app(known(), tmp_path / "state.db", clock=clock).test_client()


def known(callback_url: str = "") -> dict[str, Any]:
    everything = accounts(callback_url)
    everything["accounts"][0]["settings"] = {"tags": TAGS, "templates_blocked_by": [LAOWANG]}
    everything["accounts"][1] |= {"callback_url": ""}
    return everything


def call(client: FlaskClient, path: str, **body: Any) -> dict[str, Any]:
    token = stable_token(client)
    answer: dict[str, Any] = client.post(f"{path}?access_token={token}", json=body).json
    return answer


def mass(client: FlaskClient, name: str, **body: Any) -> dict[str, Any]:
    said = {"msgtype": "text", "text": {"content": "上新啦"}} if name in SAYING else {}
    return call(client, f"/cgi-bin/message/mass/{name}", **said, **body)


SAYING = ("send", "sendall", "preview")


def by_template(client: FlaskClient, openid: str = XIAOYU, **more: Any) -> dict[str, Any]:
    data = {"thing1": {"value": "小雨"}}
    body = {"touser": openid, "template_id": "sandbox-birthday", "data": data} | more
    return call(client, "/cgi-bin/message/template/send", **body)


def by_agreement(client: FlaskClient, data: dict[str, str] = ORDER, **more: Any) -> dict[str, Any]:
    said = {name: {"value": value} for name, value in data.items()}
    body = {"touser": XIAOYU, "template_id": "sandbox-order", "data": said} | more
    return call(client, "/cgi-bin/message/subscribe/bizsend", **body)


def agree(client: FlaskClient, do: str = "subscribe_accept", **more: str) -> int:
    act = {"account": "demo-oa", "member": "小雨", "do": do, "template": "sandbox-order"} | more
    return client.post("/sandbox/act", json=act).status_code


def got(client: FlaskClient, api: str = "") -> list[str]:
    return [one["recipient"] for one in client.get("/sandbox/sent").json if api in one["api"]]


def test_a_job_for_all_reaches_all_who_follow(client: FlaskClient) -> None:
    assert mass(client, "sendall", filter={"is_to_all": True}, clientmsgid="a")["errcode"] == 0
    assert got(client) == [LAOWANG, XIAOYU]
    again = mass(client, "sendall", filter={"is_to_all": True}, clientmsgid="a")
    assert (again["errcode"], len(got(client))) == (45065, 2)


def test_a_job_for_a_tag_reaches_who_has_it(client: FlaskClient) -> None:
    chosen = {"is_to_all": False, "tag_id": 2}
    assert mass(client, "sendall", filter=chosen)["errcode"] == 0
    assert got(client) == [LAOWANG]
    assert mass(client, "sendall", filter={"tag_id": 77})["errcode"] == 45159
    assert mass(client, "sendall")["errcode"] == 47001


def test_a_preview_counts_for_no_month(client: FlaskClient) -> None:
    for _ in range(5):
        assert mass(client, "preview", touser=XIAOYU)["errcode"] == 0
    assert mass(client, "preview", touser="oAfang")["errcode"] == 43004
    assert mass(client, "send", touser=[XIAOYU, LAOWANG])["errcode"] == 0
    assert got(client, "mass/send") == [XIAOYU, LAOWANG]


def test_jobs_are_counted_by_the_minute_and_by_the_day(client: FlaskClient, clock: Clock) -> None:
    def job(number: int) -> int:
        answer = mass(client, "send", touser=[XIAOYU, LAOWANG], clientmsgid=f"k{number}")
        return int(answer["errcode"])

    assert {job(number) for number in range(60)} == {0}
    assert job(60) == 45011
    clock.forward(seconds=61)
    assert {job(number) for number in range(60, 100)} == {0}
    clock.forward(seconds=61)
    assert job(100) == 45009
    clock.forward(hours=24)
    assert job(100) == 0


def test_a_job_can_be_asked_for_and_taken_back(client: FlaskClient) -> None:
    job = mass(client, "send", touser=[XIAOYU, LAOWANG])
    assert mass(client, "get", msg_id=str(job["msg_id"]))["msg_status"] in (
        "SENDING",
        "SEND_SUCCESS",
    )
    assert mass(client, "delete", msg_id=job["msg_id"])["errcode"] == 0
    assert mass(client, "get", msg_id=job["msg_id"])["msg_status"] == "DELETE"
    assert mass(client, "delete", msg_id=99)["errcode"] == 40059


def test_the_speed_is_from_zero_to_four(client: FlaskClient) -> None:
    assert mass(client, "speed/set", speed=3)["errcode"] == 0
    assert mass(client, "speed/get") == {"speed": 3, "realspeed": 30}
    assert mass(client, "speed/set", speed="3")["errcode"] == 45083
    assert mass(client, "speed/set", speed=5)["errcode"] == 45084


def test_a_template_message_repeated_under_its_key_is_sent_once(
    client: FlaskClient, clock: Clock
) -> None:
    first = by_template(client, client_msg_id="order-7")
    again = by_template(client, client_msg_id="order-7")
    assert (first["errcode"], again["msgid"], len(got(client))) == (0, first["msgid"], 1)
    clock.forward(minutes=11)
    assert by_template(client, client_msg_id="order-7")["msgid"] != first["msgid"]


def test_a_template_message_needs_a_known_template_and_a_follower(client: FlaskClient) -> None:
    assert by_template(client, template_id="T")["errcode"] == 40037
    assert by_template(client, "oAfang")["errcode"] == 43004
    assert by_template(client, data={})["errcode"] == 47001
    assert by_template(client, client_msg_id="k" * 65)["errcode"] == 47003
    assert got(client) == []


def test_templates_are_listed_added_and_deleted(client: FlaskClient) -> None:
    added = call(client, "/cgi-bin/template/api_add_template", template_id_short="TM1")
    removed = {"template_id": "sandbox-balance"}
    assert call(client, "/cgi-bin/template/del_private_template", **removed)["errcode"] == 0
    path = f"/cgi-bin/template/get_all_private_template?access_token={stable_token(client)}"
    listed = [one["template_id"] for one in client.get(path).json["template_list"]]
    assert listed == ["sandbox-birthday", added["template_id"]]
    for number in range(23):
        call(client, "/cgi-bin/template/api_add_template", template_id_short=f"TM{number}x")
    full = call(client, "/cgi-bin/template/api_add_template", template_id_short="TM99")
    assert full["errcode"] == 45026
    industry = {"industry_id1": "1", "industry_id2": "4"}
    assert call(client, "/cgi-bin/template/api_set_industry", **industry)["errcode"] == 0


def test_one_agreement_is_one_message(client: FlaskClient) -> None:
    assert by_agreement(client)["errcode"] == 43101
    assert agree(client) == agree(client) == 200
    assert [by_agreement(client)["errcode"] for _ in range(3)] == [0, 0, 43101]
    agree(client)
    agree(client, "subscribe_reject")
    assert by_agreement(client)["errcode"] == 43101
    assert agree(client, template="T") == 409


def test_what_is_wrong_with_a_subscribe_message_uses_no_agreement_up(client: FlaskClient) -> None:
    agree(client)
    assert by_agreement(client, {**ORDER, "amount3": "many"})["errcode"] == 47003
    assert by_agreement(client, {"thing1": "巴旦木"})["errcode"] == 47003
    assert by_agreement(client, template_id="T")["errcode"] == 40037
    assert by_agreement(client)["errcode"] == 0


def test_a_mini_programs_message_names_a_page_a_state_and_a_language(client: FlaskClient) -> None:
    path = "/cgi-bin/message/subscribe/send?access_token="
    path += stable_token(client, MINI_APPID, MINI_SECRET)
    agree(client, account="demo-mini")
    said = {name: {"value": value} for name, value in ORDER.items()}
    body = {"touser": XIAOYU_MINI, "template_id": "sandbox-order", "data": said}
    for wrong, code in (
        ({"page": "/pages/a"}, 41030),
        ({"miniprogram_state": "beta"}, 47001),
        ({"lang": "fr"}, 47001),
        ({"touser": XIAOYU}, 40003),
    ):
        assert client.post(path, json={**body, **wrong}).json["errcode"] == code, wrong
    right = {**body, "page": "pages/a?x=1", "miniprogram_state": "trial", "lang": "en_US"}
    assert client.post(path, json=right).json["errcode"] == 0
    assert call(client, "/cgi-bin/message/subscribe/send", **right)["errcode"] == 48001


@pytest.mark.parametrize("name", sorted(name for name in FITS))
def test_client_and_sandbox_find_the_same_values_good(client: FlaskClient, name: str) -> None:
    from bots.sandbox import subscribe_values
    from bots.sandbox.refusals import Refused

    content = f"{{{{{name}.DATA}}}}"
    for value in FITS[name]:
        subscribe_values.check(content, {name: {"value": fitted(name, value)}})
    for value in DOES_NOT.get(name, ()):
        if name != "thing1" or not value.strip():
            with pytest.raises(Refused):
                subscribe_values.check(content, {name: {"value": value}})


def test_what_became_of_each_message_is_called_back(tmp_path: Path) -> None:
    with listening(Heard()) as heard:
        client = create_app(known(heard.url), tmp_path / "state.db", pace=PATIENT).test_client()
        agree(client)
        sent = [by_template(client), by_template(client, LAOWANG), by_agreement(client)]
        heard.wait_for(4)
    told = [plain_fields(one) for one in heard.calls]
    assert "subscribe_msg_popup_event" in told[0]
    assert "accept" in told[0]
    assert f"<MsgID>{sent[0]['msgid']}</MsgID>" in told[1]
    assert "success" in told[1]
    assert "failed:user block" in told[2]
    assert "subscribe_msg_sent_event" in told[3]
    assert str(sent[2]["msgid"]) in told[3]
    assert json.loads(client.get("/sandbox/sent").text)[0]["kind"] == "template"
