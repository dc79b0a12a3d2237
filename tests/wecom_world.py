"""A small corp for the sandbox's tests: two members of staff, three people outside, one customer
group, a smart bot and a group robot; and a server that opens callbacks with wechatpy's crypto."""

import io
import warnings
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import xmltodict
from flask.testing import FlaskClient

from bots.sandbox import create_app
from bots.sandbox.store import moment
from tests.sandbox_world import AES_KEY, PATIENT, TOKEN, Clock, Heard, listening

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from wechatpy.enterprise.crypto import WeChatCrypto

CORPID, SECRET, AGENT_ID = "ww0000000000000001", "corp-secret", "1000002"
XIAOYU, LAOWANG, AFANG = "wmXiaoyu0000000000000001", "wmLaowang000000000000001", "wmAfang00000001"
CHAT = "wrQiaokeli00000000000001"
KF = "wkSiyue00000000000000001"
ROBOT_KEY, AIBOT = "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa", "aibSiyu"
NOWHERE = "http://127.0.0.1:9/"


def accounts(callback_url: str = NOWHERE, **settings: Any) -> dict[str, Any]:
    staff = [
        {"userid": "xiaowang", "name": "小王", "mobile": "13900000001"},
        {"userid": "lili", "name": "丽丽"},
        {"userid": "caiwu", "name": "财务", "contacts": False},
    ]
    kf = [{"open_kfid": KF, "name": "四月客服"}]
    heard = {"token": TOKEN, "encoding_aes_key": AES_KEY, "callback_url": callback_url}
    corp = {"kind": "wecom", "key": "corp", "name": "四月企微", "appid": CORPID, "secret": SECRET}
    corp |= {**heard, "settings": {"agent_id": AGENT_ID, "staff": staff, "kf": kf, **settings}}
    robot = {"kind": "group_robot", "key": "robot", "name": "门店群机器人"}
    robot |= {"appid": "robot-1", "secret": ROBOT_KEY}
    bot = {"kind": "smart_bot", "key": "bot", "name": "小四", "appid": AIBOT, **heard}
    group = {"account": "corp", "room_id": CHAT, "name": "巧克力群", "owner": "xiaowang"}
    return {
        "accounts": [corp, robot, bot],
        "members": [
            {"nickname": "小雨", "unionid": "u-1", "ids": {"corp": XIAOYU, "bot": "xiaoyu"}},
            {"nickname": "老王", "unionid": "u-2", "ids": {"corp": LAOWANG}},
            {"nickname": "阿芳", "ids": {"corp": AFANG}, "staff": {"corp": ["lili"]}},
        ],
        "groups": [{**group, "staff": ["lili"], "members": ["老王"]}],
    }


class Corp:
    """Calls the API as an app of the corp would, and acts as the people around it."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.token = self.asked_token()

    def asked_token(self, corpid: str = CORPID, secret: str = SECRET) -> str:
        answer = self.client.get(f"/cgi-bin/gettoken?corpid={corpid}&corpsecret={secret}").json
        return str(answer.get("access_token", answer["errcode"]))

    def get(self, api: str, **query: str) -> dict[str, Any]:
        asked = {"access_token": self.token, **query}
        return dict(self.client.get(f"/cgi-bin/{api}", query_string=asked).json)

    def post(self, api: str, **body: Any) -> dict[str, Any]:
        path = f"/cgi-bin/{api}?access_token={self.token}"
        return dict(self.client.post(path, json=body).json)

    def code(self, api: str, **body: Any) -> int:
        return int(self.post(api, **body)["errcode"])

    def contact(self, api: str, **body: Any) -> dict[str, Any]:
        return self.post(f"externalcontact/{api}", **body)

    def act(self, do: str, member: str = "", **more: Any) -> dict[str, Any]:
        asked = {"account": "corp", "member": member, "do": do, **more}
        answer = self.client.post("/sandbox/act", json=asked)
        assert answer.status_code == 200, answer.json
        return dict(answer.json)

    def cannot(self, do: str, member: str = "", **more: Any) -> str:
        asked = {"account": "corp", "member": member, "do": do, **more}
        answer = self.client.post("/sandbox/act", json=asked)
        assert answer.status_code == 409, answer.json
        return str(answer.json["error"])

    def upload(self, kind: str = "image", size: int = 64) -> str:
        path = f"/cgi-bin/media/upload?access_token={self.token}&type={kind}"
        files = {"media": (io.BytesIO(b"x" * size), "a.jpg")}
        return str(self.client.post(path, data=files).json["media_id"])

    def later(self, seconds: float) -> None:
        assert self.client.post("/sandbox/clock", json={"advance_s": seconds}).status_code == 200

    def sent(self, recipient: str = "") -> list[dict[str, Any]]:
        return list(self.client.get(f"/sandbox/sent?recipient={recipient}").json)


def told(heard: Heard, number: int = -1) -> dict[str, Any]:
    """The fields of one callback, as wechatpy opens it."""
    call = heard.calls[number]
    query = call["query"]
    crypto = WeChatCrypto(TOKEN, AES_KEY, CORPID)
    plain = crypto.decrypt_message(
        call["body"], query["msg_signature"], query["timestamp"], query["nonce"]
    )
    return dict(xmltodict.parse(plain)["xml"])


@pytest.fixture
def heard_by_corp() -> Iterator[Heard]:
    """The server of the corp's app."""
    with listening(Heard()) as heard:
        yield heard


@pytest.fixture
def corp(tmp_path: Path, heard_by_corp: Heard) -> Corp:
    known = accounts(heard_by_corp.url)
    app = create_app(known, tmp_path / "state.db", clock=Clock(), pace=PATIENT)
    return Corp(app.test_client())


def moment_before(now: datetime, seconds: float) -> str:
    return moment(now - timedelta(seconds=seconds))
