"""A small world for the sandbox's tests: three accounts, three members, a clock that is moved by
hand, and a server that hears callbacks and checks them with crypto of its own."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from flask import Flask
from urllib3.filepost import encode_multipart_formdata
from werkzeug.serving import make_server

from bots.sandbox.deliveries import Pace
from bots.sandbox.official_account import windows

AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
APPID, SECRET, TOKEN, ORIGINAL_ID = "wxoa00000000000001", "oa-secret", "callbacktoken", "gh_demo"
MINI_APPID, MINI_SECRET = "wxmini000000000001", "mini-secret"
GROUP_ACCOUNT, GROUP_SECRET, ROOM = "bot-1", "group-secret", "34757816141@chatroom"
XIAOYU, LAOWANG = "oXiaoyu_00000000000000000001", "oLaowang_0000000000000000001"
STRANGER = "oStranger_000000000000000001"  # of a foreign client: nobody counts her windows
XIAOYU_MINI = "mXiaoyu_00000000000000000001"
PATIENT = Pace(answer_within_s=60, tries_apart_s=0.05)  # the machine of the tests may stand still


def accounts(callback_url: str = "http://127.0.0.1:9/", wire_format: str = "xml") -> dict[str, Any]:
    official = {"kind": "official_account", "key": "demo-oa", "name": "暖食小铺", "appid": APPID}
    official |= {"secret": SECRET, "original_id": ORIGINAL_ID, "token": TOKEN}
    official |= {"encoding_aes_key": AES_KEY, "callback_url": callback_url, "format": wire_format}
    mini = {"kind": "mini_program", "key": "demo-mini", "name": "暖食会员"}
    mini |= {"appid": MINI_APPID, "secret": MINI_SECRET}
    groups = {"kind": "group_gateway", "key": "demo-groups", "name": "小助手"}
    groups |= {"account_id": GROUP_ACCOUNT, "secret": GROUP_SECRET, "callback_url": callback_url}
    xiaoyu_ids = {"demo-oa": XIAOYU, "demo-mini": XIAOYU_MINI, "demo-groups": "wxid_xiaoyu"}
    return {
        "accounts": [official, mini, groups],
        "members": [
            {"nickname": "小雨", "unionid": "u-1", "phone": "13800000001", "ids": xiaoyu_ids},
            {"nickname": "老王", "unionid": "u-2", "phone": "", "ids": {"demo-oa": LAOWANG}},
            {"nickname": "阿芳", "ids": {"demo-oa": "oAfang"}, "subscribed": False},
        ],
        "groups": [
            {"account": "demo-groups", "room_id": ROOM, "name": "黄金群", "members": ["小雨"]}
        ],
    }


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **amount: float) -> None:
        self.now += timedelta(**amount)


def stable_token(client: Any, appid: str = APPID, secret: str = SECRET, **more: Any) -> str:
    asked = {"grant_type": "client_credential", "appid": appid, "secret": secret, **more}
    return str(client.post("/cgi-bin/stable_token", json=asked).json["access_token"])


def send_text(client: Any, token: str, openid: str, text: str) -> int:
    body = {"touser": openid, "msgtype": "text", "text": {"content": text}}
    answer = client.post(f"/cgi-bin/message/custom/send?access_token={token}", json=body)
    return int(answer.json["errcode"])


PICTURE, SOUND = b"\xff\xd8\xff a picture", b"#!AMR\n a sound"
FILM = b"\0\0\0\x18ftypmp42 a film"


def upload(client: Any, kind: str, content: bytes = PICTURE, token: str = "") -> Any:
    """The answer to an upload of temporary media."""
    path = f"/cgi-bin/media/upload?type={kind}&access_token={token or stable_token(client)}"
    body, content_type = encode_multipart_formdata({"media": ("a.jpg", content)})
    return client.post(path, data=body, content_type=content_type).json


def has_written(client: Any, openid: str) -> None:
    """Opens the window that a message of hers opens, without telling any server."""
    part = client.application.extensions["sandbox"]
    with part.store.writing() as db:
        windows.open_by(db, "demo-oa", openid, "text", part.clock())


def sha1_of(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def opened(encrypt: str) -> tuple[str, str]:
    """(plain text, appid) of an envelope, by hand."""
    key = base64.b64decode(AES_KEY + "=")
    decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
    whole = decryptor.update(base64.b64decode(encrypt)) + decryptor.finalize()
    whole = whole[: -whole[-1]]
    end = 20 + int.from_bytes(whole[16:20], "big")
    return whole[20:end].decode(), whole[end:].decode()


class Heard:
    """What a receiving server was told, in order; ``answers`` are given in turn, the last for
    ever after. An answer is a status, a body, and how long it takes."""

    def __init__(self, *answers: tuple[int, bytes, float]) -> None:
        self.answers = list(answers) or [(200, b"success", 0.0)]
        self.echo: Callable[[dict[str, str]], bytes] | None = None  # to a GET, else as it is
        self.answer_to: Callable[[dict[str, Any]], bytes] | None = None
        self.calls: list[dict[str, Any]] = []
        self.url = ""

    def take(self, call: dict[str, Any]) -> tuple[int, bytes, float]:
        self.calls.append(call)
        if self.answer_to:
            return 200, self.answer_to(call), 0.0
        return self.answers[min(len(self.calls), len(self.answers)) - 1]

    def wait_for(self, number: int) -> None:
        deadline = time.monotonic() + 20
        while len(self.calls) < number:
            assert time.monotonic() < deadline, f"heard {len(self.calls)} of {number}"
            time.sleep(0.01)


@contextmanager
def listening(heard: Heard) -> Iterator[Heard]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            query = {
                name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()
            }
            call = {"query": query, "body": body, "headers": dict(self.headers)}
            status, answer, takes_s = heard.take(call)
            time.sleep(takes_s)
            self._say(status, answer)

        def do_GET(self) -> None:
            query = {
                name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()
            }
            if heard.echo:
                self._say(200, heard.echo(query))
                return
            wanted = sha1_of(TOKEN, query["timestamp"], query["nonce"])
            right = wanted == query["signature"]
            self._say(200, query["echostr"].encode() if right else b"no")

        def _say(self, status: int, answer: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            pass

        def handle(self) -> None:
            with suppress(ConnectionError):  # whoever asked has given up, as it should
                super().handle()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    heard.url = f"http://127.0.0.1:{server.server_port}/callback"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield heard
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """The app on a real socket; yields its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    server.log = lambda *_: None  # type: ignore[method-assign]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def plain_fields(call: dict[str, Any]) -> str:
    """The decrypted text of one callback, after checking all that a platform promises of it."""
    query, body = call["query"], call["body"].decode()
    if body.startswith("{"):
        encrypt = str(json.loads(body)["Encrypt"])
    else:
        encrypt = body.split("<Encrypt><![CDATA[")[1].split("]]>")[0]
    assert query["encrypt_type"] == "aes"
    assert query["signature"] == sha1_of(TOKEN, query["timestamp"], query["nonce"])
    signed = sha1_of(TOKEN, query["timestamp"], query["nonce"], encrypt)
    assert query["msg_signature"] == signed
    text, appid = opened(encrypt)
    assert appid == APPID
    return text
