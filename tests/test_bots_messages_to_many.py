"""Mass, template and subscribe messages as the platform gets them, on a real socket."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bots.accounts import Account
from bots.messages import Answer, Outcome, Outgoing
from bots.official_account import Client, mass, templates
from bots.tokens import TokenStore
from bots.wechat_api import PlatformRefused
from tests.scripted_platform import ScriptedPlatform, cut_off

SEND, SEND_ALL, PREVIEW = (
    f"/cgi-bin/message/mass/{name}" for name in ("send", "sendall", "preview")
)
TEMPLATE, BIZSEND = "/cgi-bin/message/template/send", "/cgi-bin/message/subscribe/bizsend"
OK = {"errcode": 0, "errmsg": "ok"}
JOB = {**OK, "msg_id": 34182, "msg_data_id": 206227730}
TEXT = {"text": "上新啦 😀"}
TO_MANY = Outgoing("broadcast-1-0", "", "text", TEXT, way="mass", recipients=("o1", "o2"))
TO_TAG = Outgoing("broadcast-2", "tag:2", "text", TEXT, way="mass_tag")
ORDER = {"template_id": "T1", "data": {"thing1": "扁桃仁", "amount2": "12.50元"}}
BY_TEMPLATE = Outgoing("order-7", "o1", "template", ORDER, way="template")


@pytest.fixture
def platform() -> Iterator[ScriptedPlatform]:
    with ScriptedPlatform() as platform:
        token = {"access_token": "token-1", "expires_in": 7200}
        platform.answers["/cgi-bin/stable_token"] = [token]
        for path in (SEND, SEND_ALL, PREVIEW):
            platform.answers[path] = [JOB]
        for path in (TEMPLATE, BIZSEND):
            platform.answers[path] = [{**OK, "msgid": 200228332}]
        yield platform


@pytest.fixture
def client(platform: ScriptedPlatform, redis_client: Any) -> Client:
    account = Account(key="shop", appid="wx1", secret="s", api_base_url=platform.url)
    return Client(account, TokenStore(redis_client))


def accepted(answer: Answer) -> str:
    assert answer.outcome is Outcome.ACCEPTED, answer
    return answer.platform_id


def test_a_job_for_openids_carries_its_key(client: Client, platform: ScriptedPlatform) -> None:
    assert accepted(client.send(TO_MANY)) == "34182"
    assert platform.calls_to(SEND)[0].json == {
        "touser": ["o1", "o2"],
        "msgtype": "text",
        "text": {"content": "上新啦 😀"},
        "clientmsgid": "broadcast-1-0",
    }


@pytest.mark.parametrize(
    ("recipient", "chosen"),
    [("tag:2", {"is_to_all": False, "tag_id": 2}), ("all", {"is_to_all": True})],
)
def test_a_job_is_for_a_tag_or_for_all(
    client: Client, platform: ScriptedPlatform, recipient: str, chosen: dict[str, Any]
) -> None:
    assert accepted(client.send(replace(TO_TAG, recipient=recipient))) == "34182"
    body = platform.calls_to(SEND_ALL)[0].json
    assert (body["filter"], body["clientmsgid"]) == (chosen, "broadcast-2")
    assert body["send_ignore_reprint"] == 0


@pytest.mark.parametrize("job", [TO_MANY, TO_TAG])
def test_a_job_repeated_under_its_key_is_accepted_as_the_one_it_is(
    client: Client, platform: ScriptedPlatform, job: Outgoing
) -> None:
    known = {"errcode": 45065, "errmsg": "clientmsgid exist", "msg_id": 34182}
    platform.answers[SEND] = platform.answers[SEND_ALL] = [cut_off, known]
    assert client.send(job).outcome is Outcome.AMBIGUOUS
    assert client.repeatable(job.way)
    answer = client.send(job)
    assert (accepted(answer), answer.code) == ("34182", 45065)


@pytest.mark.parametrize(
    "change",
    [
        {"recipients": ("o1",)},
        {"recipients": ("o",) * 10_001},
        {"key": ""},
        {"key": "键" * 22},
        {"kind": "link"},
        {"content": {"text": "字" * 683}},
        {"content": {}},
        {"way": "mass_tag", "recipient": "everybody"},
        {"way": "mass_tag", "recipient": "tag:gold"},
    ],
)
def test_a_job_the_platform_would_not_take_is_never_sent(
    client: Client, platform: ScriptedPlatform, change: dict[str, Any]
) -> None:
    assert client.send(replace(TO_MANY, **change)).outcome is Outcome.REFUSED
    assert platform.calls == []


def test_a_preview_goes_to_one_and_has_no_key(client: Client, platform: ScriptedPlatform) -> None:
    preview = Outgoing("k", "o1", "mpnews", {"media_id": "m"}, way="mass_preview")
    accepted(client.send(preview))
    said = {"touser": "o1", "msgtype": "mpnews", "mpnews": {"media_id": "m"}}
    assert platform.calls_to(PREVIEW)[0].json == said
    assert not client.repeatable("mass_preview")


def test_a_job_can_be_asked_for_taken_back_and_slowed(
    client: Client, platform: ScriptedPlatform
) -> None:
    base = "/cgi-bin/message/mass"
    platform.answers[f"{base}/get"] = [{"msg_id": 34182, "msg_status": "SEND_SUCCESS"}]
    platform.answers[f"{base}/delete"] = [OK, {"errcode": 40059, "errmsg": "invalid msg_id"}]
    platform.answers[f"{base}/speed/get"] = [{"speed": 2, "realspeed": 15}]
    platform.answers[f"{base}/speed/set"] = [OK]
    assert mass.status_of(client.api, "34182") == "SEND_SUCCESS"
    mass.delete(client.api, "34182")
    with pytest.raises(PlatformRefused):
        mass.delete(client.api, "34182")
    mass.set_speed(client.api, 4)
    assert mass.speed(client.api) == 2
    with pytest.raises(ValueError, match="0"):
        mass.set_speed(client.api, 5)


def test_a_template_message_carries_its_key_and_where_it_leads(
    client: Client, platform: ScriptedPlatform
) -> None:
    leads = {"url": "https://x.example", "mini_program": {"appid": "wxm", "page_path": "p?a=1"}}
    message = replace(BY_TEMPLATE, content={**ORDER, **leads})
    assert accepted(client.send(message)) == "200228332"
    assert platform.calls_to(TEMPLATE)[0].json == {
        "touser": "o1",
        "template_id": "T1",
        "url": "https://x.example",
        "miniprogram": {"appid": "wxm", "pagepath": "p?a=1"},
        "client_msg_id": "order-7",
        "data": {"thing1": {"value": "扁桃仁"}, "amount2": {"value": "12.50元"}},
    }
    assert client.repeatable("template")


@pytest.mark.parametrize("content", [{}, {"template_id": "T1"}, {"data": {}}])
def test_a_template_message_without_its_template_is_never_sent(
    client: Client, platform: ScriptedPlatform, content: dict[str, Any]
) -> None:
    for way in ("template", "subscribe"):
        answer = client.send(replace(BY_TEMPLATE, way=way, content=content))
        assert answer.outcome is Outcome.REFUSED
    assert platform.calls == []


def test_the_templates_of_an_account_are_listed_and_changed(
    client: Client, platform: ScriptedPlatform
) -> None:
    base = "/cgi-bin/template"
    known = {"template_id": "T1", "title": "订单", "content": "{{thing1.DATA}}"}
    platform.answers[f"{base}/get_all_private_template"] = [{"template_list": [known]}]
    platform.answers[f"{base}/api_add_template"] = [{**OK, "template_id": "T2"}]
    platform.answers[f"{base}/del_private_template"] = [OK]
    platform.answers[f"{base}/api_set_industry"] = [OK]
    platform.answers[f"{base}/get_industry"] = [{"primary_industry": {"first_class": "餐饮"}}]
    assert templates.listed(client.api) == [known]
    assert templates.add(client.api, "TM00015", ["商品"]) == "T2"
    templates.delete(client.api, "T2")
    templates.set_industry(client.api, "1", "4")
    assert templates.industry(client.api)["primary_industry"] == {"first_class": "餐饮"}


def test_a_subscribe_message_is_cut_where_that_is_harmless_and_refused_elsewhere(
    client: Client, platform: ScriptedPlatform
) -> None:
    said = {"template_id": "S1", "page": "pages/a", "data": {"thing1": "巴旦木" * 9}}
    message = Outgoing("k", "o1", "subscribe", said, way="subscribe")
    accepted(client.send(message))
    body = platform.calls_to(BIZSEND)[0].json
    assert body["data"] == {"thing1": {"value": "巴旦木" * 6 + "巴…"}}
    assert (body["touser"], body["template_id"], body["page"]) == ("o1", "S1", "pages/a")
    wrong = replace(message, content={**said, "data": {"number1": "一"}})
    assert client.send(wrong) == Answer(Outcome.REFUSED, reason="bad_field:number1")
    assert not client.repeatable("subscribe")
