"""What an official account answers a push with, opened and read by wechatpy."""

import json
from datetime import timedelta

import pytest
import xmltodict
from wechatpy.crypto import WeChatCrypto

from bots.messages import Received
from bots.official_account.passive_replies import Asked, CannotReply, Reply, prepared, sealed
from bots.wechat_media import Media
from tests.wechat_callbacks import ACCOUNT, NOW, TEXT_MESSAGE, as_json, as_xml
from tests.wechat_callbacks import sealed as pushed

TITLED = {"title": "标题", "description": "说明"}
SAID = [
    ("text", {"text": "你好 😀"}, {"Content": "你好 😀"}),
    ("image", {"media_id": "m"}, {"Image": {"MediaId": "m"}}),
    ("voice", {"media_id": "m"}, {"Voice": {"MediaId": "m"}}),
    (
        "video",
        {"media_id": "m", **TITLED},
        {"Video": {"MediaId": "m", "Title": "标题", "Description": "说明"}},
    ),
    (
        "music",
        {"url": "http://m", "thumb_media_id": "t", **TITLED},
        {
            "Music": {
                "Title": "标题",
                "Description": "说明",
                "MusicUrl": "http://m",
                "HQMusicUrl": "http://m",
                "ThumbMediaId": "t",
            }
        },
    ),
    ("transfer", {"kf_account": "a@b"}, {"TransInfo": {"KfAccount": "a@b"}}),
    ("transfer", {}, {}),
]
NAMES = {"transfer": "transfer_customer_service"}


def answer(kind: str, content: dict[str, str], wrap=as_xml) -> str:
    query, body = pushed(wrap(TEXT_MESSAGE), wrap=wrap)
    received = Received("k", "text", "oMember-1", NOW, fields=TEXT_MESSAGE)
    asked = Asked(ACCOUNT, query, body, received)
    said = sealed(asked, Reply(kind, content, NOW - timedelta(seconds=3)), NOW)
    return said.body


def read_by_wechatpy(body: str) -> dict[str, object]:
    outer = xmltodict.parse(body)["xml"]
    crypto = WeChatCrypto(ACCOUNT.token, ACCOUNT.encoding_aes_key, ACCOUNT.appid)
    plain = crypto.decrypt_message(body, outer["MsgSignature"], outer["TimeStamp"], outer["Nonce"])
    return xmltodict.parse(plain)["xml"]


@pytest.mark.parametrize(("kind", "content", "said"), SAID)
def test_every_kind_of_reply_is_what_the_platform_reads(kind, content, said):
    assert read_by_wechatpy(answer(kind, content)) == {
        "ToUserName": "oMember-1",
        "FromUserName": ACCOUNT.original_id,
        "CreateTime": str(int(NOW.timestamp()) - 3),
        "MsgType": NAMES.get(kind, kind),
        **said,
    }


def test_a_link_is_one_article():
    link = {"title": "会员日", "url": "http://x/1", "picture_url": "http://p"}
    reply = read_by_wechatpy(answer("link", link))
    assert (reply["MsgType"], reply["ArticleCount"]) == ("news", "1")
    assert reply["Articles"]["item"] == {
        "Title": "会员日",
        "Description": None,
        "PicUrl": "http://p",
        "Url": "http://x/1",
    }


def test_a_push_in_json_is_answered_in_json():
    assert set(json.loads(answer("text", {"text": "好"}, as_json))) == {
        "Encrypt",
        "MsgSignature",
        "TimeStamp",
        "Nonce",
    }


@pytest.mark.parametrize("trick", ["]]>", "a]]></Content><x>", "]]]]>>", "<![CDATA[x]]>"])
def test_the_end_of_a_section_does_not_end_the_reply(trick):
    assert read_by_wechatpy(answer("text", {"text": trick}))["Content"] == trick


@pytest.mark.parametrize(
    ("kind", "content", "reason"),
    [
        ("choices", {"head": "?"}, "kind_not_offered"),
        ("text", {"text": "中" * 683}, "text_too_long"),
        ("image", {}, "no_media_id"),
        ("image", {"media": "d1"}, "media_missing"),
    ],
)
def test_what_cannot_be_a_reply_says_why(kind, content, reason):
    with pytest.raises(CannotReply, match=reason):
        prepared(Media(ACCOUNT, api=None, store=None), kind, content)
