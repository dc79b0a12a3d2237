"""The world of the stories with a corp whose WeCom is the sandbox: kf, the session archive, a group
robot and app messages, each as strict as the real one. Both keep the real time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from werkzeug.serving import WSGIRequestHandler, make_server

from app import wiring
from app.clockwork import dues
from app.domain.people import channels
from app.domain.people.channels import Kind
from bots import sandbox
from tests import shop, wecom_world
from tests.foreign_client import OfficialAccount
from tests.sandbox_world import AES_KEY, PATIENT, TOKEN
from tests.wecom_world import CORPID, ROBOT_KEY, SECRET
from tests.world import World

CORP, ROBOT = "corp", "robot"
WECOM = OfficialAccount(appid=CORPID, token=TOKEN, encoding_aes_key=AES_KEY)
_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PRIVATE_KEY = _KEY.private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption(),
).decode()
PUBLIC_KEY = _KEY.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)


class CorpWorld(World):
    def act(self, do: str, member: str = "老王", **more: str) -> dict[str, Any]:
        """Somebody does something on her phone; a kf account's callback is delivered."""
        asked = {"account": CORP, "member": member, "do": do, **more}
        answer = requests.post(f"{self.sandbox_url}/sandbox/act", json=asked, timeout=10)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        if do.startswith("kf_"):
            self._call(told["token"], told["open_kfid"])
        return told

    def _call(self, token: str, open_kfid: str) -> None:
        fields = {"ToUserName": CORPID, "CreateTime": str(int(self.now.timestamp()))}
        fields |= {"MsgType": "event", "Event": "kf_msg_or_event"}
        fields |= {"Token": token, "OpenKfId": open_kfid}
        answer = self.post(WECOM.seal(fields, self.now), CORP)
        assert (answer.status_code, answer.text) == (200, "")

    def tick(self) -> None:
        """A minute's tick of the scheduler, and whatever it brings."""
        with self.siyu.database.writing() as session:
            dues.put(session, self.siyu.programme, self.now)
        self.work()


class _Silent(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        """Nobody reads it."""


@contextmanager
def opened(var: Path, database_url: str, redis_url: str) -> Iterator[CorpWorld]:
    known = wecom_world.accounts(archive_public_key=PUBLIC_KEY.decode())
    app = sandbox.create_app(known, var / "corp.db", pace=PATIENT)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
    serving = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    serving.start()
    url = f"http://127.0.0.1:{server.server_port}"
    siyu = shop.wired(var, database_url, redis_url)
    shop.furnish(siyu, url)
    siyu.clock = wiring.now_utc
    heard = {"token": TOKEN, "encoding_aes_key": AES_KEY, "secret": SECRET}
    told = {"agent_id": "1000002", "archive_url": f"{url}/sandbox/archive"}
    with siyu.database.writing() as session:
        common = {"api_base_url": url, "vault": siyu.vault, "now": siyu.clock()}
        channels.add(
            session,
            key=CORP,
            kind=Kind.WECOM,
            name="四月企微",
            appid=CORPID,
            secrets={**heard, "archive_private_key": PRIVATE_KEY},
            settings=told,
            **common,
        )
        channels.add(
            session,
            key=ROBOT,
            kind=Kind.GROUP_ROBOT,
            name="门店群机器人",
            appid="robot-1",
            secrets={"secret": ROBOT_KEY},
            **common,
        )
    yield CorpWorld(siyu, url)
    siyu.close()
    server.shutdown()
    serving.join()
    server.server_close()
