"""Servers that other people's projects would write, behind the sandbox's phones: one with WeRoBot,
one with wechatpy. They share nothing with us, and take the sandbox for WeChat."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask, Response, request

from bots import sandbox
from tests.sandbox_world import AES_KEY, APPID, PATIENT, TOKEN, XIAOYU, accounts, serving

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from wechatpy import create_reply, parse_message
    from wechatpy.crypto import WeChatCrypto
    from wechatpy.utils import check_signature
    from werobot import WeRoBot
    from werobot.contrib.flask import make_view
    from werobot.replies import Article, ArticlesReply, ImageReply, MusicReply, SuccessReply


class Phone:
    """What a member does in the sandbox, and what came back to her."""

    def __init__(self, sandbox_url: str) -> None:
        self.sandbox_url = sandbox_url

    def act(self, do: str, **how: str) -> dict[str, Any]:
        asked = {"account": "demo-oa", "member": "小雨", "do": do, **how}
        answer = requests.post(f"{self.sandbox_url}/sandbox/act", json=asked, timeout=30)
        found: dict[str, Any] = answer.json()
        return found

    def heard(self) -> list[tuple[str, Any]]:
        asked = {"recipient": XIAOYU}
        answer = requests.get(f"{self.sandbox_url}/sandbox/sent", params=asked, timeout=10)
        return [(one["kind"], one["content"]) for one in answer.json()]

    def is_verified(self) -> bool:
        asked = {"account": "demo-oa"}
        answer = requests.post(f"{self.sandbox_url}/sandbox/verify", json=asked, timeout=10)
        return bool(answer.json()["verified"])


@contextmanager
def behind(server: Flask, folder: Path) -> Iterator[Phone]:
    with serving(server) as server_url:
        app = sandbox.create_app(
            accounts(f"{server_url}/wechat"), folder / "state.db", pace=PATIENT
        )
        with serving(app) as sandbox_url:
            yield Phone(sandbox_url)


def robot_server() -> Flask:
    """A shop's robot, as WeRoBot's tutorial would have it."""
    robot = WeRoBot(token=TOKEN, encoding_aes_key=AES_KEY, app_id=APPID, app_secret="")
    robot.config["SESSION_STORAGE"] = False  # else it keeps a file in the working directory

    @robot.subscribe
    def welcome(message: Any) -> str:
        return f"欢迎 <b>&😀 {message.key or ''}"

    @robot.filter("新品")
    def news(message: Any) -> Any:
        reply = ArticlesReply(message=message)
        reply.add_article(
            Article(title="新品", description="三款", img="http://e.x/p.png", url="http://e.x")
        )
        return reply

    @robot.filter("听歌")
    def music(message: Any) -> Any:
        return MusicReply(
            message=message, title="歌", description="听", url="http://e.x/m", hq_url="http://e.x/h"
        )

    @robot.filter("安静")
    def nothing(message: Any) -> Any:
        return SuccessReply()

    @robot.image
    def picture(message: Any) -> Any:
        return ImageReply(message=message, media_id="media-1")

    @robot.voice
    def voice(message: Any) -> str:
        return f"听到：{message.recognition}"

    @robot.location
    def place(message: Any) -> str:
        return f"您在 {message.label}"

    @robot.key_click("help")
    def menu(message: Any) -> str:
        return "帮助"

    @robot.filter("坏")
    def careless(message: Any) -> str:
        return "a]]></Content><MsgType>image"  # it does not escape what ends a CDATA section

    @robot.text
    def echo(message: Any) -> str:
        return str(message.content)

    server = Flask("werobot")
    server.add_url_rule("/wechat", "robot", make_view(robot), methods=["GET", "POST"])
    return server


def wechatpy_server() -> Flask:
    server, crypto = Flask("wechatpy"), WeChatCrypto(TOKEN, AES_KEY, APPID)

    @server.route("/wechat", methods=["GET", "POST"])
    def wechat() -> str:
        query = request.args
        check_signature(TOKEN, query["signature"], query["timestamp"], query["nonce"])
        if request.method == "GET":
            return query["echostr"]
        signed = query["msg_signature"], query["timestamp"], query["nonce"]
        message = parse_message(crypto.decrypt_message(request.data, *signed))
        named = message.event if message.type == "event" else message.type
        scene = getattr(message, "scene_id", "")
        reply = create_reply(f"{named} {scene}".strip(), message=message, render=True)
        return str(crypto.encrypt_message(reply, query["nonce"], query["timestamp"]))

    return server


def failing(inner: Flask, times: int, how: Callable[[], Response]) -> Flask:
    """The same server, which fails the first few times."""
    left = [times]

    @inner.before_request
    def fail() -> Response | None:
        left[0] -= 1
        return how() if left[0] >= 0 else None

    return inner


def test_a_werobot_server_is_verified_and_answers_in_every_way(tmp_path: Path) -> None:
    with behind(robot_server(), tmp_path) as phone:
        assert phone.is_verified()
        said = [
            phone.act("subscribe", scene="store_1"),
            phone.act("text", text="你好 & <b> 😀"),
            *(phone.act("text", text=word) for word in ("新品", "听歌", "安静")),
            phone.act("image"),
            phone.act("voice", text="签到"),
            phone.act("location", text="人民广场"),
            phone.act("click", key="help"),
        ]
        assert all((one["delivered"], one["tries"]) == (True, 1) for one in said), said
        kinds = [kind for kind, _ in phone.heard()]
        contents = [content for _, content in phone.heard()]
    assert kinds == ["text", "text", "news", "music", "image", "text", "text", "text"]
    assert contents[1] == "你好 & <b> 😀"
    assert contents[2]["articles"][0]["title"] == "新品"
    assert contents[3]["MusicUrl"] == "http://e.x/m"
    assert contents[4] == {"MediaId": "media-1"}
    assert contents[5:] == ["听到：签到", "您在 人民广场", "帮助"]


def test_an_answer_that_breaks_out_of_its_cdata_is_no_answer(tmp_path: Path) -> None:
    with behind(robot_server(), tmp_path) as phone:
        outcome = phone.act("text", text="坏")
        assert (outcome["delivered"], outcome["tries"]) == (False, 3)
        assert phone.heard() == []


def test_a_wechatpy_server_is_verified_and_answers(tmp_path: Path) -> None:
    with behind(wechatpy_server(), tmp_path) as phone:
        assert phone.is_verified()
        for do in ("text", "image", "voice", "location"):
            phone.act(do, text="http://e.x/a")
        phone.act("click", key="help")
        phone.act("menu_view", key="http://e.x")
        phone.act("scan", scene="store_1")
        heard = [content for _, content in phone.heard()]
    assert heard == ["text", "image", "voice", "location", "click", "view", "scan store_1"]


@pytest.mark.parametrize("make", [robot_server, wechatpy_server])
def test_a_server_that_recovers_is_asked_up_to_three_times(
    tmp_path: Path, make: Callable[[], Flask]
) -> None:
    server = failing(make(), 2, lambda: Response("trouble", status=500))
    with behind(server, tmp_path) as phone:
        outcome = phone.act("text", text="在吗")
        assert (outcome["delivered"], outcome["tries"]) == (True, 3)
        assert len(phone.heard()) == 1
        second = phone.act("text", text="在吗")
        assert (second["delivered"], second["tries"]) == (True, 1)


def test_a_server_that_stays_away_is_given_up_and_the_member_told(tmp_path: Path) -> None:
    server = failing(robot_server(), 3, lambda: Response("trouble", status=500))
    with behind(server, tmp_path) as phone:
        outcome = phone.act("text", text="在吗")
        assert (outcome["delivered"], outcome["tries"]) == (False, 3)
        assert phone.heard() == []
