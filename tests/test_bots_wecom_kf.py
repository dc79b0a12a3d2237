"""微信客服: what is pulled becomes what was said; what is said obeys the platform's shapes."""

from collections.abc import Iterator
from typing import Any

import pytest
from redis import Redis

from bots.accounts import Account
from bots.messages import Outcome, Outgoing
from bots.tokens import TokenStore
from bots.wecom import Client, kf, ways
from tests.scripted_platform import ScriptedPlatform, cut_off

SYNC, SEND, ON_EVENT = (
    "/cgi-bin/kf/sync_msg",
    "/cgi-bin/kf/send_msg",
    "/cgi-bin/kf/send_msg_on_event",
)
HER, KFID = "wmXiaoyu", "wkApril"
QUESTION = Outgoing(
    "k", KFID, "kf_messages", {"open_kfid": KFID, "cursor": "c1", "token": "T"}, way="kf_messages"
)


@pytest.fixture
def platform() -> Iterator[ScriptedPlatform]:
    with ScriptedPlatform() as scripted:
        scripted.answers["/cgi-bin/gettoken"] = [
            {"errcode": 0, "access_token": "tok", "expires_in": 7200}
        ]
        yield scripted


@pytest.fixture
def client(platform: ScriptedPlatform, redis_client: Redis) -> Client:
    account = Account(
        "wecom",
        "wwApril",
        secret="s",
        api_base_url=platform.url,
        settings={"agent_id": "1000002"},
    )
    return Client(account, TokenStore(redis_client))


def page(*messages: dict[str, Any], has_more: int = 0) -> dict[str, Any]:
    return {"errcode": 0, "next_cursor": "c2", "has_more": has_more, "msg_list": list(messages)}


def message(msgid: str, origin: int, msgtype: str, **content: Any) -> dict[str, Any]:
    told = {"msgid": msgid, "open_kfid": KFID, "send_time": 1793600000, "origin": origin}
    return told | {"external_userid": HER, "msgtype": msgtype, msgtype: content}


def test_a_page_is_told_in_the_words_of_callbacks(client: Client, platform: ScriptedPlatform):
    platform.answers[SYNC] = [
        page(
            message("m1", 3, "text", content="签到", menu_id="101"),
            message("m2", 3, "location", latitude=31.2, longitude=121.4, name="一号店"),
            message("m3", 5, "text", content="您好，我是客服"),
            has_more=1,
        )
    ]
    told = client.send(QUESTION).told
    assert (told["Cursor"], told["NextCursor"], told["HasMore"]) == ("c1", "c2", "true")
    said, place, servicer = told["Messages"]
    assert (said["key"], said["kind"], said["sender"]) == (f"message:{HER}:m1", "text", HER)
    assert said["fields"]["Content"] == "签到"
    assert said["fields"]["MenuId"] == "101"
    assert said["fields"]["OpenKfId"] == KFID
    assert place["fields"]["Latitude"] == "31.2"
    assert servicer["kind"] == "servicer.text"
    asked = platform.calls_to(SYNC)[0].json
    assert asked["token"] == "T"
    assert asked["cursor"] == "c1"


def test_system_events_are_events_of_hers(client: Client, platform: ScriptedPlatform):
    entered = {"event_type": "enter_session", "open_kfid": KFID, "external_userid": HER}
    entered |= {"scene": "store_001", "scene_param": "A1", "welcome_code": "W"}
    failed = {"event_type": "msg_send_fail", "external_userid": HER, "fail_msgid": "x"}
    system = {"open_kfid": KFID, "send_time": 1793600000, "origin": 4, "msgtype": "event"}
    platform.answers[SYNC] = [
        page(
            system | {"msgid": "e1", "event": entered},
            system | {"msgid": "e2", "event": failed | {"fail_type": 6}},
        )
    ]
    enter, fail = client.send(QUESTION).told["Messages"]
    assert (enter["kind"], enter["sender"]) == ("event.kf.enter_session", HER)
    assert enter["fields"]["EventKey"] == "store_001"
    assert enter["fields"]["SceneParam"] == "A1"
    assert enter["fields"]["WelcomeCode"] == "W"
    assert fail["fields"]["FailReason"] == "window_used_up"


def test_without_a_msgid_a_message_is_kept_as_unreadable(
    client: Client, platform: ScriptedPlatform
):
    platform.answers[SYNC] = [page({"origin": 3, "msgtype": "text"})]
    (said,) = client.send(QUESTION).told["Messages"]
    assert said["kind"] == "unreadable"


def test_an_old_token_is_left_out_once(client: Client, platform: ScriptedPlatform):
    platform.answers[SYNC] = [{"errcode": 95007, "errmsg": "invalid msg token"}, page()]
    told = client.send(QUESTION).told
    assert told["Token"] == ""
    assert [call.json.get("token") for call in platform.calls_to(SYNC)] == ["T", None]


def test_without_a_token_the_platform_may_say_later(client: Client, platform: ScriptedPlatform):
    platform.answers[SYNC] = [{"errcode": 45009, "errmsg": "api freq out of limit"}]
    answer = client.send(QUESTION)
    assert (answer.outcome, answer.retry_after_s) == (Outcome.LATER, 60)


def saying(kind: str, key: str = "a" * 32, **content: Any) -> Outgoing:
    return Outgoing(key, HER, kind, content, way="kf", through=KFID)


@pytest.mark.parametrize(
    ("outgoing", "said"),
    [
        (saying("text", text="好"), {"text": {"content": "好"}}),
        (saying("image", media_id="M"), {"image": {"media_id": "M"}}),
        (saying("voice", media_id="M"), {"voice": {"media_id": "M"}}),
        (saying("video", media_id="M"), {"video": {"media_id": "M"}}),
        (saying("file", media_id="M"), {"file": {"media_id": "M"}}),
        (
            saying("link", title="t", url="https://a.example", thumb_media_id="M"),
            {"link": {"title": "t", "desc": "", "url": "https://a.example", "thumb_media_id": "M"}},
        ),
        (
            saying("miniprogram", appid="wx", title="t", thumb_media_id="M", page_path="p"),
            {
                "miniprogram": {
                    "appid": "wx",
                    "title": "t",
                    "thumb_media_id": "M",
                    "pagepath": "p",
                }
            },
        ),
        (
            saying("msgmenu", text="满意吗", options=[{"id": "1", "text": "满意"}], tail="谢谢"),
            {
                "msgmenu": {
                    "head_content": "满意吗",
                    "list": [{"type": "click", "click": {"id": "1", "content": "满意"}}],
                    "tail_content": "谢谢",
                }
            },
        ),
        (
            saying("location", latitude=31.2, longitude=121.4, name="一号店"),
            {"location": {"latitude": 31.2, "longitude": 121.4, "name": "一号店"}},
        ),
    ],
)
def test_what_is_said_has_the_platforms_shape(
    client: Client, platform: ScriptedPlatform, outgoing: Outgoing, said: dict[str, Any]
):
    platform.answers[SEND] = [{"errcode": 0, "msgid": outgoing.key}]
    answer = client.send(outgoing)
    assert (answer.outcome, answer.platform_id) == (Outcome.ACCEPTED, outgoing.key)
    where = {"touser": HER, "open_kfid": KFID, "msgid": outgoing.key, "msgtype": outgoing.kind}
    assert platform.calls_to(SEND)[0].json == where | said


@pytest.mark.parametrize(
    ("outgoing", "reason"),
    [
        (saying("text", text="好" * 683), "text_too_long"),
        (saying("text", key="k" * 33, text="好"), "key_too_long"),
        (saying("poem", text="好"), "kind_not_offered"),
        (saying("link", title="t", url="u"), "no_thumb_media_id"),
    ],
)
def test_what_cannot_be_said_is_refused_unsent(
    client: Client, platform: ScriptedPlatform, outgoing: Outgoing, reason: str
):
    answer = client.send(outgoing)
    assert (answer.outcome, answer.reason) == (Outcome.REFUSED, reason)
    assert platform.calls == []


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (95001, "window_used_up"),
        (95002, "window_closed"),
        (95013, "session_closed"),
        (95018, "bad_session_state"),
    ],
)
def test_why_she_cannot_be_written_to_is_said(
    client: Client, platform: ScriptedPlatform, code: int, reason: str
):
    platform.answers[SEND] = [{"errcode": code, "errmsg": "x"}]
    answer = client.send(saying("text", text="好"))
    assert (answer.outcome, answer.reason) == (Outcome.REFUSED, reason)


def test_a_lost_answer_may_be_asked_for_again(client: Client, platform: ScriptedPlatform):
    platform.answers[SEND] = [cut_off]
    assert client.send(saying("text", text="好")).outcome is Outcome.AMBIGUOUS
    assert client.repeatable("kf")


def test_a_welcome_goes_by_its_code(client: Client, platform: ScriptedPlatform):
    platform.answers[ON_EVENT] = [{"errcode": 0, "msgid": "a"}]
    client.send(Outgoing("a", HER, "text", {"text": "您好"}, way="kf_event", through="W"))
    said = {"code": "W", "msgid": "a", "msgtype": "text", "text": {"content": "您好"}}
    assert platform.calls_to(ON_EVENT)[0].json == said


def test_who_she_is_can_be_asked(client: Client, platform: ScriptedPlatform):
    found = {"external_userid": HER, "nickname": "小雨", "unionid": "u-1"}
    platform.answers["/cgi-bin/kf/customer/batchget"] = [{"errcode": 0, "customer_list": [found]}]
    answer = client.send(Outgoing("k", HER, "profile", {}, way="kf_customer"))
    assert answer.told == {"UnionId": "u-1", "SenderName": "小雨"}


def test_the_corps_accounts_are_listed_and_have_links(client: Client, platform: ScriptedPlatform):
    platform.answers["/cgi-bin/kf/account/list"] = [
        {"errcode": 0, "account_list": [{"open_kfid": KFID, "name": "四月客服"}]}
    ]
    platform.answers["/cgi-bin/kf/add_contact_way"] = [{"errcode": 0, "url": "https://kf"}]
    assert kf.accounts(client.api) == {KFID: "四月客服"}
    assert kf.link(client.api, KFID, "store_001") == "https://kf"
    with pytest.raises(ValueError, match="scene"):
        kf.link(client.api, KFID, "a scene")
    platform.answers["/cgi-bin/kf/add_contact_way"] = [{"errcode": 95000, "errmsg": "x"}]
    with pytest.raises(ways.Refused, match="no_such_kf_account"):
        kf.link(client.api, KFID)
