"""Who may call a corp's API, from where and how often; and how WeCom says no."""

from pathlib import Path

import pytest

from bots.sandbox import create_app
from bots.sandbox.wecom import limits
from tests import wecom_world as world
from tests.wecom_world import CORPID, Corp

LIST = "externalcontact/get_follow_user_list"


def test_the_same_token_is_given_while_it_is_valid(corp: Corp) -> None:
    first = corp.token
    assert corp.asked_token() == first
    corp.later(7199)
    assert corp.asked_token() == first
    corp.later(1)
    assert corp.get(LIST)["errcode"] == 42001
    assert corp.asked_token() != first


def test_a_wrong_corp_or_secret_gets_none(corp: Corp) -> None:
    assert corp.asked_token(corpid="ww-nobody") == "40013"
    assert corp.asked_token(secret="wrong") == "40001"


def test_a_refusal_is_in_wecoms_words(corp: Corp) -> None:
    corp.token = "made up"
    refused = corp.get(LIST)
    assert refused["errcode"] == 40014
    words = (
        "invalid access_token, hint: [",
        "], from ip: 127.0.0.1, more info at ",
        "query?e=40014",
    )
    assert all(part in refused["errmsg"] for part in words)
    corp.token = ""
    assert corp.get(LIST)["errcode"] == 41001


def test_staff_with_contacts_are_listed(corp: Corp) -> None:
    assert corp.get(LIST) == {"errcode": 0, "errmsg": "ok", "follow_user": ["xiaowang", "lili"]}


@pytest.mark.parametrize(("trusted", "errcode"), [("10.0.0.1", 60020), ("127.0.0.1", 0)])
def test_only_trusted_addresses_may_call(tmp_path: Path, trusted: str, errcode: int) -> None:
    app = create_app(world.accounts(trusted_ips=[trusted]), tmp_path / "state.db")
    asked = f"/cgi-bin/gettoken?corpid={CORPID}&corpsecret={world.SECRET}"
    assert app.test_client().get(asked).json["errcode"] == errcode


def test_ten_thousand_calls_of_an_api_are_a_minutes_worth(corp: Corp) -> None:
    corp.get(LIST)
    with corp.client.application.extensions["sandbox"].store.writing() as db:
        db.execute("UPDATE wecom_calls SET times = ?", (limits.CALLS_A_MINUTE - 1,))
    assert corp.get(LIST)["errcode"] == 0
    assert corp.get(LIST)["errcode"] == 45009
    corp.later(60)
    assert corp.get(LIST)["errcode"] == 0


def test_paths_of_two_platforms_are_told_apart_by_the_token(corp: Corp) -> None:
    assert corp.get("user/get", userid="lili")["name"] == "丽丽"
    assert corp.get("user/get", userid="nobody")["errcode"] == 60111
    assert corp.get("getcallbackip")["ip_list"]
    assert corp.get("get_api_domain_ip")["ip_list"]


def test_media_live_three_days(corp: Corp) -> None:
    media_id, way = corp.upload(), {"msgtype": "image"}
    assert len(media_id) > 20
    code = corp.act("add", "小雨", staff="lili")["welcome_code"]
    corp.later(3 * 86_400)
    corp.token = corp.asked_token()
    image = {**way, "image": {"media_id": media_id}}
    other = corp.act("add", "老王", staff="lili")["welcome_code"]
    refused = corp.contact("send_welcome_msg", welcome_code=other, attachments=[image])
    assert (refused["errcode"], code != other) == (40007, True)
    fresh = {**way, "image": {"media_id": corp.upload()}}
    taken = corp.contact("send_welcome_msg", welcome_code=other, attachments=[fresh])
    assert taken["errcode"] == 0
