"""The shop's providers of SMS, mail and calls: accounts of ours with them, and the sandbox that
plays them, pushing its reports to the house as it runs."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from werkzeug.serving import make_server

from app.domain.people import addresses, channels, consents, members
from app.domain.people.channels import Kind
from app.domain.people.members import Member
from bots import sandbox
from tests.shop import OPENIDS, _Silent
from tests.world import World

SMS_T, SMS_A, CALL_T, CALL_A = "sms-t", "sms-a", "call-t", "call-a"
PHONE, EMAIL = "13800000001", "xiaoyu@example.com"
TOKEN, SECRET, SECRET_ID = "report-token", "provider-secret", "AKIDapril"
KINDS = {
    SMS_T: Kind.SMS_TENCENT,
    SMS_A: Kind.SMS_ALIYUN,
    CALL_T: Kind.VOICE_TENCENT,
    CALL_A: Kind.VOICE_ALIYUN,
}
APPIDS = {SMS_T: "1400006666", SMS_A: "LTAIapril", CALL_T: "1400007777", CALL_A: "LTAIapril"}
SETTINGS: dict[str, dict[str, str]] = {
    SMS_T: {"secret_id": SECRET_ID, "sign_name": "四月", "template_id": "1110"},
    SMS_A: {"sign_name": "四月", "template_id": "SMS_1"},
    CALL_T: {"secret_id": SECRET_ID, "template_id": "2220"},
    CALL_A: {"template_id": "TTS_1"},
}
TEMPLATES: dict[str, dict[str, Any]] = {
    SMS_T: {"1110": 1, "1111": 0},
    SMS_A: {"SMS_1": ["name"]},
    CALL_T: {"2220": 1},
    CALL_A: {"TTS_1": ["name"]},
}


def provider_accounts(callback_base: str = "", **more: Any) -> dict[str, Any]:
    """What the sandbox is told of them; ``more`` goes into every account's settings."""
    return {
        "accounts": [
            {
                "kind": str(kind),
                "key": key,
                "name": key,
                "appid": APPIDS[key],
                "secret": SECRET,
                "token": TOKEN,
                "callback_url": f"{callback_base}{key}" if callback_base else "",
                "settings": {
                    "secret_id": SECRET_ID,
                    "sign_names": ["四月"],
                    "templates": TEMPLATES[key],
                    **more,
                },
            }
            for key, kind in KINDS.items()
        ]
    }


@contextmanager
def serving(app: Any) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class Providers:
    """The sandbox that plays them, and what it accepted."""

    def __init__(self, url: str):
        self.url = url

    def sent(self, phone: str = PHONE) -> list[dict[str, Any]]:
        answer = requests.get(f"{self.url}/sandbox/sent", params={"recipient": phone}, timeout=10)
        found: list[dict[str, Any]] = answer.json()
        return found


@contextmanager
def opened(world: World, var: Path, **more: Any) -> Iterator[Providers]:
    """The providers, with an account of ours at each."""
    with serving(world.client.application) as house:
        accounts = provider_accounts(f"{house}/callback/", **more)
        app = sandbox.create_app(accounts, var / "providers.db")
        with serving(app) as url:
            for key, kind in KINDS.items():
                add_channel(
                    world, key, kind, APPIDS[key], url, settings=SETTINGS[key], secret=SECRET
                )
            yield Providers(url)
            app.extensions["sandbox"].background.shutdown(wait=True)


def add_channel(
    world: World,
    key: str,
    kind: str,
    appid: str,
    url: str,
    *,
    settings: dict[str, str],
    secret: str = "",
) -> None:
    secrets = {"secret": secret} | ({} if kind == Kind.MAIL else {"token": TOKEN})
    with world.siyu.database.writing() as session:
        channels.add(
            session,
            key=key,
            kind=kind,
            name=key,
            appid=appid,
            api_base_url=url,
            secrets=secrets,
            settings=settings,
            vault=world.siyu.vault,
            now=world.now,
        )


def is_known(world: World, name: str = "小雨", *media: str) -> int:
    """She follows, and has left us her number, her address, and consent to these media."""
    world.event(name, "subscribe")
    world.work()
    number = list(OPENIDS).index(name) + 1
    with world.siyu.database.writing() as session:
        member = session.get_one(Member, world.member(session, name).id)
        members.keep_phone(member, f"1380000000{number}", world.siyu.vault)
        addresses.keep_email(member, EMAIL, world.siyu.vault)
        for medium in media or ("sms", "voice", "mail"):
            consents.give(session, member.id, medium, "1", None, world.now)
        return member.id


def until(true: Callable[[], bool], timeout_s: float = 20) -> None:
    """Reports come by themselves, a moment later."""
    deadline = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)
