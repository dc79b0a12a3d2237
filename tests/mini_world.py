"""The world of the stories (world.py) with a mini-program in it: members who log in, sign up and
sign in there, and whose phones hand out codes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy.orm import Session
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from app import awaiting
from app.domain.people import members
from app.domain.people.members import Member
from bots import sandbox
from tests import shop
from tests.sandbox_world import PATIENT
from tests.shop import MINI, MINI_WECHAT, NAMES, OA, OPENIDS
from tests.world import World

MINI_APPID = MINI_WECHAT.appid
MINI_IDS = {name: f"mApril{number}" for number, name in enumerate(NAMES)}
UNIONIDS = {name: f"uApril{number}" for number, name in enumerate(NAMES)}
PHONES = {name: f"1380000000{number}" for number, name in enumerate(NAMES)}
PATIENCE_S = 60  # a door's: that the machine of the tests is busy does not make the worker slow


class MiniWorld(World):
    token: str  # of her who signed up, where a story wants it kept

    def code(self, name: str, kind: str) -> str:
        """What wx.login() or getPhoneNumber gives on her phone."""
        wanted = {"account": MINI, "kind": kind, "member": MINI_IDS[name]}
        answer = requests.post(f"{self.sandbox_url}/sandbox/codes", json=wanted, timeout=10)
        return str(answer.json()["code"])

    def call(self, method: str, path: str, token: str = "", **how: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        client = self.client.application.test_client()  # one for each call: they may be at once
        return client.open(f"/api/v1/{path}", method=method, headers=headers, **how)

    def log_in(self, name: str) -> str:
        answer = self.call("POST", "login", json={"code": self.code(name, "login")})
        assert answer.status_code == 200, answer.text
        return str(answer.json["token"])

    def form(self, name: str, **fields: Any) -> dict[str, Any]:
        filled = {"phone_code": self.code(name, "phone"), "nickname": name, "consent_version": "1"}
        return filled | fields

    def sign_up(self, name: str, **fields: Any) -> str:
        """She signs up; returns her session's token."""
        token = self.log_in(name)
        answer = self.call("POST", "members", token, json=self.form(name, **fields))
        assert answer.status_code == 200, answer.text
        return token

    def members(self) -> list[Member]:
        """The members there are, without the records that others have absorbed."""
        return list(self.rows(Member, Member.same_as_id.is_(None)))

    def member(self, session: Session, name: str, channel: str = OA) -> Member:
        if channel != MINI:
            return super().member(session, name, channel)
        return members.get(session, self.member_id(MINI_IDS[name]))

    def member_id(self, external_id: str, channel: str = MINI) -> int:
        with self.siyu.database.reading() as session:
            where = self.channel(session, channel).id
            identity = members.identity_of(session, where, external_id)
            assert identity is not None
            return identity.member_id

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """The worker and the sender are at work meanwhile, as in a running house."""
        done = threading.Event()

        def go_on() -> None:
            while not done.wait(0.01):
                self.work()

        working = threading.Thread(target=go_on)
        working.start()
        try:
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(awaiting, "WAIT_S", PATIENCE_S)
                yield
        finally:
            done.set()
            working.join()


@contextmanager
def opened(var: Path, database_url: str, redis_url: str) -> Iterator[MiniWorld]:
    with _witness(var) as url:
        siyu = shop.wired(var, database_url, redis_url)
        shop.furnish(siyu, url)
        found = MiniWorld(siyu, url)
        found.at(2)
        yield found
        siyu.close()


def _accounts() -> dict[str, Any]:
    mini = {"kind": "mini_program", "key": MINI, "name": "四月会员", "appid": MINI_APPID}
    known = shop._accounts()
    known["accounts"].append(mini | shop.SECRETS[MINI])
    known["members"] = [
        {
            "nickname": name,
            "unionid": UNIONIDS[name],
            "phone": PHONES[name],
            "ids": {OA: OPENIDS[name], MINI: MINI_IDS[name]},
        }
        for name in NAMES
    ]
    return known


@contextmanager
def _witness(var: Path) -> Iterator[str]:
    app = sandbox.create_app(_accounts(), var / "sandbox.db", pace=PATIENT)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=shop._Silent)
    serving = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    serving.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    serving.join()
    server.server_close()
