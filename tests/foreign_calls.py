"""What a WeChat client that is not ours calls, and the names and types of what comes back."""

from collections.abc import Callable
from typing import Any

import requests

from tests.sandbox_world import (
    FILM,
    LAOWANG,
    PICTURE,
    SOUND,
    STRANGER,
    XIAOYU,
    XIAOYU_MINI,
)

OK = {"errcode": int, "errmsg": str}
PROFILE = {
    "subscribe": int,
    "openid": str,
    "language": str,
    "subscribe_time": int,
    "unionid": str,
    "remark": str,
    "groupid": int,
    "tagid_list": list,
    "subscribe_scene": str,
}
SCENE = {"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "s"}}}
PAGE = {"title": "t", "appid": "a", "pagepath": "p"}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
ARTICLE = {"title": "t", "description": "d", "url": "http://x", "picurl": ""}


def picture(client: Any) -> str:
    """The media id of a picture that has just been uploaded."""
    return str(client.media.upload("image", ("a.png", PNG, "image/png"))["media_id"])


JOB = {**OK, "msg_id": int, "msg_data_id": int}
LIST = {"total": int, "count": int, "data": {"openid": list}, "next_openid": str}
TEMPLATE = {"template_id": str, "title": str, "primary_industry": str, "deputy_industry": str}
TEMPLATE |= {"content": str, "example": str}
NOTE = {"thing1": {"value": "签到"}, "number2": {"value": "5"}, "date3": {"value": "2026-01-01"}}
BUTTONS = [
    {"type": "click", "name": "签到", "key": "SIGN_IN"},
    {"name": "更多", "sub_button": [{"type": "view", "name": "商城", "url": "https://e.x/"}]},
]
MATERIAL = {"media_id": str, "name": str, "update_time": int, "url": str}
CHOICE = {"head_content": "?", "list": [{"id": "1", "content": "是"}], "tail_content": "!"}


def uploaded(client: Any, kind: str, content: bytes) -> str:
    """The media id of a file that has just been uploaded."""
    answer = client.media.upload(kind, ("a.bin", content))
    return str(answer["thumb_media_id" if kind == "thumb" else "media_id"])


def kept(client: Any) -> str:
    """The media id of a picture that stays."""
    return str(client.material.add("image", ("a.png", PNG))["media_id"])


def new_tag(client: Any) -> int:
    """The number of a tag that 小雨 has."""
    tag_id = int(client.tag.create("新客")["id"])
    client.tag.tag_user(tag_id, XIAOYU)
    return tag_id


def job(client: Any) -> int:
    """The number of a message that is on its way to two members."""
    return int(client.message.send_mass_text([XIAOYU, LAOWANG], "早")["msg_id"])


def blacklisted(client: Any) -> Any:
    client.tag.batch_black_list([LAOWANG])
    return client.tag.get_black_list()


def agreed(client: Any, account: str) -> Any:
    """The client, once 小雨 has agreed to one message of a template."""
    act = {"account": account, "member": "小雨", "do": "subscribe_accept"}
    url = client._http.get_adapter("https://api.weixin.qq.com/").address
    done = requests.post(
        f"{url}/sandbox/act", json=act | {"template": "sandbox-points"}, timeout=10
    )
    assert done.status_code == 200
    return client


def template_of(client: Any) -> str:
    return str(client.template.get_all_private_template()["template_list"][0]["template_id"])


# What is called, and the names and types of what comes back.
OFFICIAL_ACCOUNT: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "fetch_access_token": (
        lambda c: c.fetch_access_token(),
        {"access_token": str, "expires_in": int},
    ),
    "message.send_text": (lambda c: c.message.send_text(STRANGER, "你好"), OK),
    "message.send_image": (lambda c: c.message.send_image(STRANGER, picture(c)), OK),
    "message.send_articles": (lambda c: c.message.send_articles(STRANGER, [ARTICLE]), OK),
    "message.send_mini_program_page": (
        lambda c: c.message.send_mini_program_page(STRANGER, PAGE | {"thumb_media_id": picture(c)}),
        OK,
    ),
    "message.send_mass_text": (
        lambda c: c.message.send_mass_text([XIAOYU, LAOWANG], "大家好", client_msg_id="b"),
        {**OK, "msg_id": int, "msg_data_id": int},
    ),
    "user.get": (lambda c: c.user.get(XIAOYU), PROFILE),
    "user.get_batch": (lambda c: c.user.get_batch([XIAOYU, LAOWANG]), [PROFILE]),
    "user.get_followers": (
        lambda c: c.user.get_followers(),
        {"total": int, "count": int, "data": {"openid": list}, "next_openid": str},
    ),
    "user.update_remark": (lambda c: c.user.update_remark(XIAOYU, "常客"), OK),
    "qrcode.create": (
        lambda c: c.qrcode.create({"expire_seconds": 1800, **SCENE}),
        {"ticket": str, "expire_seconds": int, "url": str},
    ),
    "tag.create": (lambda c: c.tag.create("新客"), {"id": int, "name": str}),
    "tag.get": (lambda c: c.tag.get(), None),
    "misc.get_wechat_ips": (lambda c: c.misc.get_wechat_ips(), [str]),
    "jsapi.get_ticket": (
        lambda c: c.jsapi.get_ticket(),
        {**OK, "ticket": str, "expires_in": int},
    ),
    "jsapi.get_jsapi_card_ticket": (lambda c: c.jsapi.get_jsapi_card_ticket(), str),
    "message.send_voice": (
        lambda c: c.message.send_voice(STRANGER, uploaded(c, "voice", SOUND)),
        OK,
    ),
    "message.send_video": (
        lambda c: c.message.send_video(STRANGER, uploaded(c, "video", FILM), "t", "d"),
        OK,
    ),
    "message.send_music": (
        lambda c: c.message.send_music(
            STRANGER, "http://a", "http://b", uploaded(c, "thumb", PICTURE), "t", "d"
        ),
        OK,
    ),
    "message.send_card": (lambda c: c.message.send_card(STRANGER, "card"), OK),
    "message.send_msg_menu": (lambda c: c.message.send_msg_menu(STRANGER, CHOICE), OK),
    "message.send_mass_text to a tag": (lambda c: c.message.send_mass_text(new_tag(c), "早"), JOB),
    "message.send_mass_text to all": (
        lambda c: c.message.send_mass_text(None, "早", is_to_all=True),
        JOB,
    ),
    "message.send_mass_text to look at": (
        lambda c: c.message.send_mass_text(XIAOYU, "早", preview=True),
        {**OK, "msg_id": int},
    ),
    "message.send_mass_text to a name": (
        lambda c: c.message.send_mass_text("小雨", "早", preview=True),
        {**OK, "msg_id": int},
    ),
    "message.send_mass_image": (
        lambda c: c.message.send_mass_image([XIAOYU, LAOWANG], picture(c)),
        JOB,
    ),
    "message.send_mass_voice": (
        lambda c: c.message.send_mass_voice([XIAOYU, LAOWANG], uploaded(c, "voice", SOUND)),
        JOB,
    ),
    "message.send_mass_video": (
        lambda c: c.message.send_mass_video([XIAOYU, LAOWANG], uploaded(c, "video", FILM), "t"),
        JOB,
    ),
    "message.send_mass_article": (
        lambda c: c.message.send_mass_article([XIAOYU, LAOWANG], "draft"),
        JOB,
    ),
    "message.send_mass_card": (lambda c: c.message.send_mass_card([XIAOYU, LAOWANG], "card"), JOB),
    "message.get_mass": (
        lambda c: c.message.get_mass(job(c)),
        {"msg_id": int, "msg_status": str},
    ),
    "message.delete_mass": (lambda c: c.message.delete_mass(job(c)), OK),
    "message/mass/speed/get": (
        lambda c: c.post("message/mass/speed/get", data={}),
        {"speed": int, "realspeed": int},
    ),
    "message/mass/speed/set": (lambda c: c.post("message/mass/speed/set", data={"speed": 1}), OK),
    "message.send_template": (
        lambda c: c.message.send_template(
            STRANGER, template_of(c), {"thing1": {"value": "v"}}, "http://x", {"appid": "a"}
        ),
        {**OK, "msgid": int},
    ),
    "message.send_subscribe_message": (
        lambda c: agreed(c, "demo-oa").message.send_subscribe_message(
            XIAOYU, "sandbox-points", NOTE
        ),
        OK,
    ),
    "message.send_subscribe_template": (
        lambda c: agreed(c, "demo-oa").message.send_subscribe_template(
            XIAOYU, "sandbox-points", 1000, "t", {"content": {"value": "v", "color": "#000"}}
        ),
        OK,
    ),
    "template.get_all_private_template": (
        lambda c: c.template.get_all_private_template(),
        {"template_list": [TEMPLATE]},
    ),
    "template.get": (lambda c: c.template.get("TM00015"), str),
    "template.del_private_template": (
        lambda c: c.template.del_private_template(template_of(c)),
        OK,
    ),
    "template.set_industry": (lambda c: c.template.set_industry("1", "4"), OK),
    "template.get_industry": (
        lambda c: (c.template.set_industry("1", "4"), c.template.get_industry())[1],
        dict.fromkeys(
            ("primary_industry", "secondary_industry"), {"first_class": str, "second_class": str}
        ),
    ),
    "menu.create": (lambda c: c.menu.create({"button": BUTTONS}), OK),
    "menu.get": (
        lambda c: (c.menu.update({"button": BUTTONS}), c.menu.get())[1],
        {"menu": {"button": [{"name": str, "sub_button": list}]}},
    ),
    "menu.delete": (lambda c: c.menu.delete(), OK),
    "tag.update": (lambda c: c.tag.update(new_tag(c), "熟客"), OK),
    "tag.delete": (lambda c: c.tag.delete(new_tag(c)), OK),
    "tag.tag_user": (lambda c: c.tag.tag_user(new_tag(c), [XIAOYU, LAOWANG]), OK),
    "tag.untag_user": (lambda c: c.tag.untag_user(new_tag(c), XIAOYU), OK),
    "tag.get_user_tag": (lambda c: (new_tag(c), c.tag.get_user_tag(XIAOYU))[1], [int]),
    "tag.get_tag_users": (
        lambda c: c.tag.get_tag_users(new_tag(c)),
        {"count": int, "data": {"openid": list}, "next_openid": str},
    ),
    "tag.iter_tag_users": (lambda c: list(c.tag.iter_tag_users(new_tag(c))), [str]),
    "tag.get_black_list": (blacklisted, LIST),
    "tag.batch_unblack_list": (lambda c: c.tag.batch_unblack_list([LAOWANG]), OK),
    "user.iter_followers": (lambda c: list(c.user.iter_followers()), [str]),
    "user.get_batch in languages": (
        lambda c: c.user.get_batch([{"openid": XIAOYU, "lang": "en"}]),
        [PROFILE],
    ),
    "media.upload": (
        lambda c: c.media.upload("image", ("a.png", PNG)),
        {"type": str, "media_id": str, "created_at": int},
    ),
    "media.upload of a thumb": (
        lambda c: c.media.upload("thumb", ("a.jpg", PICTURE)),
        {"type": str, "thumb_media_id": str, "created_at": int},
    ),
    "media.download": (lambda c: c.media.download(picture(c)).content, bytes),
    "media.download of a film": (
        lambda c: c.media.download(uploaded(c, "video", FILM)),
        {"video_url": str},
    ),
    "media.upload_image": (lambda c: c.media.upload_image(("a.png", PNG)), str),
    "material.add": (
        lambda c: c.material.add("image", ("a.png", PNG)),
        {"media_id": str, "url": str},
    ),
    "material.add of a film": (
        lambda c: c.material.add("video", ("a.mp4", FILM), "t", "d"),
        {"media_id": str},
    ),
    "material.get": (lambda c: c.material.get(kept(c)).content, bytes),
    "material.delete": (lambda c: c.material.delete(kept(c)), OK),
    "material.get_count": (
        lambda c: c.material.get_count(),
        dict.fromkeys(("voice_count", "video_count", "image_count", "news_count"), int),
    ),
    "material.batchget": (
        lambda c: (kept(c), c.material.batchget("image"))[1],
        {"total_count": int, "item_count": int, "item": [MATERIAL]},
    ),
    "message.send_image that is kept": (lambda c: c.message.send_image(STRANGER, kept(c)), OK),
    "customservice.get_accounts": (lambda c: c.customservice.get_accounts(), list),
    "customservice.get_online_accounts": (lambda c: c.customservice.get_online_accounts(), list),
}
MINI_PROGRAM: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "fetch_access_token": (
        lambda c: c.fetch_access_token(),
        {"access_token": str, "expires_in": int},
    ),
    "wxa.check_text_security": (lambda c: c.wxa.check_text_security("你好"), OK),
    "message.send_text": (lambda c: c.message.send_text(STRANGER, "你好"), OK),
    "message.send_image": (lambda c: c.message.send_image(STRANGER, "m"), OK),
    "message.send_link": (
        lambda c: c.message.send_link(STRANGER, ARTICLE | {"thumb_url": "http://x"}),
        OK,
    ),
    "message.send_mini_program_page": (
        lambda c: c.message.send_mini_program_page(STRANGER, PAGE | {"thumb_media_id": "m"}),
        OK,
    ),
    "media.upload": (
        lambda c: c.media.upload("image", ("a.png", PNG)),
        {"type": str, "media_id": str, "created_at": int},
    ),
    "media.download": (lambda c: c.media.download(picture(c)).content, bytes),
    "wxa.send_subscribe_message": (
        lambda c: agreed(c, "demo-mini").wxa.send_subscribe_message(
            XIAOYU_MINI, "sandbox-points", NOTE, "pages/index"
        ),
        OK,
    ),
}
