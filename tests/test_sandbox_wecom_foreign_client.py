"""A client this project did not write takes the sandbox for WeCom; and what it answers has the
keys and types that client's own recorded answers have."""

import io
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from bots.sandbox import create_app
from tests import wecom_world as world
from tests.sandbox_world import PATIENT, serving
from tests.test_sandbox_foreign_client import ToSandbox
from tests.wecom_world import AGENT_ID, CHAT, CORPID, LAOWANG, SECRET, XIAOYU, Corp

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from wechatpy.enterprise import WeChatClient
    from wechatpy.exceptions import WeChatClientException


@pytest.fixture
def corp(tmp_path: Path) -> Corp:
    app = create_app(world.accounts(), tmp_path / "state.db", pace=PATIENT)
    return Corp(app.test_client())


@pytest.fixture
def wecom(corp: Corp) -> Iterator[WeChatClient]:
    with serving(corp.client.application) as address:
        client = WeChatClient(CORPID, SECRET, timeout=5, auto_retry=False)
        client._http.mount("https://qyapi.weixin.qq.com/", ToSandbox(address))
        yield client
        client._http.close()


# Keys and the types of their values, as recorded answers of the platform have them.
PERSON = {"external_userid": str, "name": str, "avatar": str, "type": int, "gender": int}
FOLLOWED = {"userid": str, "remark": str, "description": str, "createtime": int}
FOLLOWED |= {"remark_mobiles": list}
MEMBER = {"userid": str, "type": int, "join_time": int, "join_scene": int}
CHAT_OF = {"chat_id": str, "name": str, "owner": str, "create_time": int, "notice": str}
CHAT_OF |= {"member_list": list, "admin_list": list}
WAY = {"config_id": str, "type": int, "scene": int, "style": int, "remark": str}
WAY |= {"skip_verify": bool, "state": str, "qr_code": str}
COUNTS = dict.fromkeys(
    (
        "new_chat_cnt",
        "chat_total",
        "chat_has_msg",
        "new_member_cnt",
        "member_total",
        "member_has_msg",
        "msg_total",
    ),
    int,
)


STAFF = {"userid": str, "name": str, "department": list}
STAFF_WHOLE = STAFF | {"order": list, "status": int, "enable": int, "isleader": int}
STAFF_WHOLE |= {"hide_mobile": int, "extattr": dict}


def has_shape(found: Mapping[str, Any], shape: Mapping[str, type]) -> bool:
    return {name: type(found.get(name)) for name in shape} == dict(shape)


def test_it_reads_contacts(corp: Corp, wecom: WeChatClient) -> None:
    corp.act("add", "小雨", staff="xiaowang", state="store_01")
    contacts = wecom.external_contact
    assert contacts.get_follow_user_list()["follow_user"] == ["xiaowang", "lili"]
    assert contacts.list("xiaowang")["external_userid"] == [XIAOYU]
    answer = contacts.get(XIAOYU)
    assert has_shape(answer["external_contact"], PERSON)
    assert has_shape(answer["follow_user"][0], FOLLOWED)
    with pytest.raises(WeChatClientException) as refused:
        contacts.get(LAOWANG)
    assert refused.value.errcode == 84061


def test_it_welcomes(corp: Corp, wecom: WeChatClient) -> None:
    code = corp.act("add", "小雨", staff="xiaowang")["welcome_code"]
    welcome = {"welcome_code": code, "text": {"content": "欢迎 ]]> 😀"}}
    wecom.external_contact.send_welcome_msg(welcome)
    assert [one["content"] for one in corp.sent(XIAOYU)] == ["欢迎 ]]> 😀"]
    with pytest.raises(WeChatClientException) as refused:
        wecom.external_contact.send_welcome_msg(welcome)
    assert refused.value.errcode == 41051


def test_it_makes_live_codes(wecom: WeChatClient) -> None:
    contacts = wecom.external_contact
    made = contacts.add_contact_way(1, 2, remark="一店", state="store_01", user=["lili"])
    way = contacts.get_contact_way(made["config_id"])["contact_way"]
    assert has_shape(way, WAY)
    contacts.update_contact_way(made["config_id"], "二店", user=["xiaowang"])
    contacts.del_contact_way(made["config_id"])


def test_it_makes_tags_and_marks(corp: Corp, wecom: WeChatClient) -> None:
    corp.act("add", "小雨", staff="xiaowang")
    contacts = wecom.external_contact
    group = contacts.add_corp_tag(None, "阶段", 1, [{"name": "新客", "order": 1}])["tag_group"]
    assert has_shape(group, {"group_id": str, "group_name": str, "order": int, "tag": list})
    tag = group["tag"][0]
    assert has_shape(tag, {"id": str, "name": str, "order": int})
    contacts.mark_tag("xiaowang", XIAOYU, add_tag=[tag["id"]])
    marked = contacts.get(XIAOYU)["follow_user"][0]["tags"][0]
    assert has_shape(marked, {"group_name": str, "tag_name": str, "type": int})
    contacts.edit_corp_tag(tag["id"], "复购", 2)
    assert contacts.get_corp_tag_list([tag["id"]])["tag_group"][0]["tag"][0]["name"] == "复购"
    contacts.del_corp_tag(tag_id=[tag["id"]])


def test_it_sends_to_groups(corp: Corp, wecom: WeChatClient) -> None:
    corp.act("add", "小雨", staff="xiaowang")
    template = {"chat_type": "single", "external_userid": [XIAOYU], "text": {"content": "周五"}}
    made = wecom.external_contact.add_msg_template(template)
    assert has_shape(made, {"fail_list": list, "msgid": str})
    corp.act("confirm_send", msgid=made["msgid"], staff="xiaowang")
    assert len(corp.sent(XIAOYU)) == 1


def test_it_reads_groups(corp: Corp, wecom: WeChatClient) -> None:
    groups = wecom.external_contact_group_chat
    (listed,) = groups.list(limit=10)["group_chat_list"]
    assert has_shape(listed, {"chat_id": str, "status": int})
    group = groups.get(CHAT)["group_chat"]
    assert has_shape(group, CHAT_OF)
    assert all(has_shape(one, MEMBER) for one in group["member_list"])
    outsider = next(one for one in group["member_list"] if one["type"] == 2)
    assert has_shape(outsider, {"unionid": str})


def test_statistics_have_their_shape(corp: Corp) -> None:
    sandbox = corp.client.application.extensions["sandbox"]
    today_s = int(sandbox.clock().timestamp())
    answer = corp.contact("groupchat/statistic", day_begin_time=today_s)
    assert has_shape(answer, {"total": int, "next_offset": int, "items": list})
    assert has_shape(answer["items"][0]["data"], COUNTS)


def test_it_tells_staff_and_uploads(corp: Corp, wecom: WeChatClient) -> None:
    wecom.message.send_text(AGENT_ID, ["lili"], content="有新会员")
    assert [one["content"] for one in corp.sent("lili")] == ["有新会员"]
    picture = wecom.media.upload("image", io.BytesIO(b"x" * 64))
    assert has_shape(picture, {"type": str, "media_id": str, "created_at": str})
    wecom.message.send_image(AGENT_ID, ["lili"], picture["media_id"])
    assert len(corp.sent("lili")) == 2


def test_it_reads_the_staff(wecom: WeChatClient) -> None:
    briefly = wecom.user.list(1, simple=True)
    assert [one["userid"] for one in briefly] == ["xiaowang", "lili", "caiwu"]
    assert all(has_shape(one, STAFF) for one in briefly)
    assert all(has_shape(one, STAFF_WHOLE) for one in wecom.user.list(1))
    assert has_shape(wecom.user.get("xiaowang"), STAFF_WHOLE | {"mobile": str})
    (department,) = wecom.department.get()
    assert has_shape(department, {"id": int, "name": str, "parentid": int, "order": int})
    assert wecom.department.get_users(1) == briefly
    with pytest.raises(WeChatClientException) as refused:
        wecom.user.list(7)
    assert refused.value.errcode == 60123


def test_it_writes_to_staff_in_every_form(corp: Corp, wecom: WeChatClient) -> None:
    tell = wecom.message
    for kind in ("image", "voice", "video", "file"):
        media_id = wecom.media.upload(kind, io.BytesIO(b"x" * 64))["media_id"]
        getattr(tell, f"send_{kind}")(AGENT_ID, ["lili"], media_id)
    tell.send_text_card(AGENT_ID, ["lili"], "t", "d", "http://x")
    article = {"title": "t", "description": "d", "url": "http://x", "image": "http://p"}
    tell.send_articles(AGENT_ID, ["lili"], [article])
    assert has_shape(tell.send_markdown(AGENT_ID, ["lili"], "# 新会员"), {"msgid": str})
    assert len(corp.sent("lili")) == 7


def test_it_asks_in_the_old_ways(corp: Corp, wecom: WeChatClient) -> None:
    corp.act("add", "小雨", staff="xiaowang")
    contacts = wecom.external_contact
    template = {"chat_type": "single", "external_userid": [XIAOYU], "text": {"content": "周五"}}
    made = contacts.add_msg_template(template)
    corp.act("confirm_send", msgid=made["msgid"], staff="xiaowang")
    result = contacts.get_group_msg_result(made["msgid"])
    assert has_shape(result, {"check_status": int, "detail_list": list})
    (one,) = result["detail_list"]
    told = {"external_userid": str, "userid": str, "status": int, "send_time": int}
    assert has_shape(one, told)
    assert contacts.transfer(XIAOYU, "xiaowang", "lili")["errcode"] == 0
    with pytest.raises(WeChatClientException) as refused:
        contacts.transfer(LAOWANG, "xiaowang", "lili")
    assert refused.value.errcode == 84061
    assert contacts.get_unassigned_list(0, 100)["info"] == []


def test_a_file_comes_back_as_it_was_brought(corp: Corp, wecom: WeChatClient) -> None:
    brought = b"\xff\xd8\xff a picture"
    media_id = wecom.media.upload("image", io.BytesIO(brought))["media_id"]
    path = "https://qyapi.weixin.qq.com/cgi-bin/media/get"
    query = {"access_token": wecom.access_token, "media_id": media_id}
    fetched = wecom._http.get(path, params=query, timeout=10)
    assert (fetched.content, fetched.headers["Content-Type"]) == (brought, "image/jpeg")
    assert media_id in fetched.headers["Content-Disposition"]
    corp.later(3 * 86_400)
    query["access_token"] = corp.asked_token()
    assert wecom._http.get(path, params=query, timeout=10).json()["errcode"] == 40007


def test_a_new_group_of_tags_has_the_order_it_was_given(wecom: WeChatClient) -> None:
    group = wecom.external_contact.add_corp_tag(None, "阶段", 7, [{"name": "新客", "order": 1}])
    assert group["tag_group"]["order"] == 7
