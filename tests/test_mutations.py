"""Twenty thousand callbacks that are not quite genuine: none is believed, none is kept, none breaks
anything, and all are refused alike. What is genuine and says nonsense is kept and stops nobody."""

import json
import random
import sys
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from app.domain.people import channels
from app.domain.people.channels import Kind
from app.inbox import InboxConflict, InboxEvent
from tests import mutations, world
from tests.foreign_client import Delivery, OfficialAccount
from tests.mutations import Genuine, Posted
from tests.shop import GATEWAY, GROUPS, MINI, MINI_WECHAT, OA, OPENIDS, WECHAT, WXIDS
from tests.world import World

SEED, MUTATED, GARBAGE = 20_261_102, 20_000, 600
WECOM, BOT, SMS = "demo-wecom", "demo-bot", "demo-sms"
CORP = OfficialAccount(
    appid="ww0000000000000001",
    original_id="ww0000000000000001",
    token="april-wecom-token",
    encoding_aes_key="AprilCorpAprilCorpAprilCorpAprilCorpAprilCA",
)
ASSISTANT = OfficialAccount(
    appid="",  # nobody in particular is a smart bot's messages sealed for
    original_id="aibApril00000000000000000",
    token="april-bot-token",
    encoding_aes_key="AprilBotsAprilBotsAprilBotsAprilBotsAprilBA",
)
SEALERS = {OA: WECHAT, MINI: MINI_WECHAT, WECOM: CORP, BOT: ASSISTANT}
FORMS: dict[str, tuple[str, ...]] = {WECOM: ("xml",), BOT: ("json",)}
SMS_TOKEN = "april-report-token"


@pytest.fixture
def house(sqlite_url: str, redis_url: str, tmp_path: Path) -> Iterator[World]:
    """A world with more accounts, of WeCom and of who sends SMS; one database will do, since
    nothing is written."""
    with world.opened(tmp_path, sqlite_url, redis_url) as opened:
        secrets = {"token": CORP.token, "encoding_aes_key": CORP.encoding_aes_key}
        corp = {"secrets": secrets | {"secret": "corp-secret"}, "settings": {"agent_id": "1000002"}}
        _add(opened, WECOM, Kind.WECOM, CORP.appid, **corp)
        secrets = {"token": ASSISTANT.token, "encoding_aes_key": ASSISTANT.encoding_aes_key}
        _add(opened, BOT, Kind.SMART_BOT, ASSISTANT.original_id, secrets=secrets, settings={})
        sign = {"secret_id": "AKID", "sign_name": "四月", "template_id": "1110"}
        sms = {"secrets": {"secret": "s", "token": SMS_TOKEN}, "settings": sign}
        _add(opened, SMS, Kind.SMS_TENCENT, "1400006666", **sms)
        yield opened


def _add(opened: World, key: str, kind: Kind, appid: str, **more: dict[str, str]) -> None:
    with opened.siyu.database.writing() as session:
        channels.add(
            session,
            key=key,
            kind=kind,
            name="四月",
            appid=appid,
            api_base_url=opened.sandbox_url,
            vault=opened.siyu.vault,
            now=opened.now,
            **more,
        )


def genuine_ones(house: World) -> dict[str, list[Genuine]]:
    """One callback an account and form, delivered once: whatever stays genuine is known already."""
    said = WECHAT.text(OPENIDS["小雨"], "积分", house.now, 7)
    found: dict[str, list[Genuine]] = {}
    asked = bot_message("今天有几位新会员")
    for channel, whose in SEALERS.items():
        content = asked if channel == BOT else said
        found[channel] = [
            Genuine(whose, _as_sent(channel, whose.seal(content, house.now, form)), form)
            for form in FORMS.get(channel, ("xml", "json"))
        ]
    return found


def bot_message(text: str) -> dict[str, Any]:
    return {
        "msgid": "CAIQ7",
        "aibotid": ASSISTANT.original_id,
        "chattype": "single",
        "from": {"userid": "lili"},
        "msgtype": "text",
        "text": {"content": text},
    }


def _as_sent(channel: str, delivery: Delivery) -> Delivery:
    """WeCom has fewer parameters: there is no mode but the safe one. A smart bot's envelope has one
    name in it, in small letters."""
    if channel not in FORMS:
        return delivery
    query = {name: delivery.query[name] for name in ("msg_signature", "timestamp", "nonce")}
    body = delivery.body
    if channel == BOT:
        body = json.dumps({"encrypt": json.loads(body)["Encrypt"]}).encode()
    return Delivery(query, delivery.headers, body)


def test_what_is_not_genuine_is_refused_alike_and_leaves_nothing(house: World):
    chance, door = random.Random(SEED), Door(house)
    genuine = genuine_ones(house)
    for channel, callbacks in genuine.items():
        for one in callbacks:
            assert door.post(channel, one.posted())[0] == 200
    assert door.post(SMS, report())[0] == 200
    kept = len(house.rows(InboxEvent))
    assert kept == len(genuine) + 1
    for number in range(MUTATED):
        channel = chance.choice([*genuine, GROUPS, SMS])
        if channel == GROUPS:
            expected, posted = {403, 413}, broken_gateway_call(house, chance)
        elif channel == SMS:
            expected, posted = {403, 413}, broken_report(chance)
        else:
            one = chance.choice(genuine[channel])
            is_harmless = number % 10 == 0
            mutators = mutations.HARMLESS if is_harmless else mutations.BROKEN
            expected = {200, 403, 413} if is_harmless else {403, 413}
            posted = chance.choice(mutators)(one, chance)
        status, _ = door.post(channel, posted)
        assert status in expected, (number, channel, posted)
    assert len(house.rows(InboxEvent)) == kept
    assert house.rows(InboxConflict) == []
    assert door.statuses[403] > 0.9 * MUTATED
    assert set(door.bodies) == {200, 403, 413}
    assert [len(door.bodies[status]) for status in (403, 413)] == [1, 1], "one uniform refusal"


def test_an_address_is_never_verified_for_who_does_not_know_the_token(house: World):
    chance, door = random.Random(SEED), Door(house)
    for _ in range(500):
        channel = chance.choice([*SEALERS, GROUPS, "no-such-channel"])
        query = dict(WECHAT.verification("5413", house.now))
        query["msg_signature"] = query["signature"]
        name = chance.choice(["signature", "timestamp", "nonce"])
        query[name] = chance.choice(mutations.ODD_TEXTS)
        posted = mutations.as_posted(Delivery(query, {}, b""))
        assert door.post(channel, posted, "GET")[0] == 403
    assert len(door.bodies[403]) == 1


def test_nonsense_under_a_genuine_seal_is_kept_and_stops_nobody(house: World):
    chance, door = random.Random(SEED), Door(house)
    for number in range(GARBAGE):
        channel = chance.choice(list(SEALERS))
        whose = SEALERS[channel]
        sealed = whose.seal_raw(
            nonsense(house, whose, chance), house.now, chance.choice(["xml", "json"])
        )
        status, _ = door.post(channel, mutations.as_posted(sealed))
        assert status in (200, 403), (number, channel)
    house.work()
    house.says("林夏", "帮助")
    house.work()
    rows = house.rows(InboxEvent)
    assert len(rows) > GARBAGE / 3
    assert {row.kind for row in rows} > {"unreadable", "text"}
    assert all(row.handled_at or row.quarantined_at for row in rows)
    assert house.heard("林夏")[-1].startswith("我可以帮您")


class Door:
    """Posts by WSGI, without a client in between that would put things right; remembers what was
    answered."""

    def __init__(self, house: World) -> None:
        self._app = house.client.application
        self.statuses: Counter[int] = Counter()
        self.bodies: dict[int, set[bytes]] = {}

    def post(self, channel: str, posted: Posted, method: str = "POST") -> tuple[int, bytes]:
        started: list[str] = []
        answer = self._app.wsgi_app(
            _environ(channel, posted, method), lambda status, *_: started.append(status)
        )
        body = b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()
        status = int(started[0].split()[0])
        assert status < 500, (channel, posted)
        self.statuses[status] += 1
        self.bodies.setdefault(status, set()).add(body)
        return status, body


def _environ(channel: str, posted: Posted, method: str) -> dict[str, Any]:
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": f"/callback/{channel}",
        "QUERY_STRING": posted.query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(posted.body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(posted.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in posted.headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_LENGTH", "CONTENT_TYPE") else f"HTTP_{key}"] = value
    return environ


def broken_gateway_call(house: World, chance: random.Random) -> Posted:
    said = GATEWAY.message((WXIDS["小雨"], "小雨"), "签到", house.now)
    signed = GATEWAY.sign(said, house.now)
    headers, body = dict(signed.headers), bytearray(signed.body)
    name = chance.choice([one for one in headers if one.startswith("X-")])
    match chance.randrange(5):
        case 0:
            body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
        case 1:
            del body[chance.randrange(len(body)) :]
        case 2:
            del headers[name]
        case 3:
            headers[name] = chance.choice(["", "0", "-1", "签", "a" * 5000, "1e9"])
        case _:
            body = bytearray(chance.choice([b"", b"[]", b"{" * 9000, b"NaN", b"x" * 70_000]))
    return Posted("", headers, bytes(body))


def report(query: str = f"token={SMS_TOKEN}", body: bytes = b"") -> Posted:
    """What became of one SMS, as Tencent Cloud pushes it."""
    told = {"mobile": "13800000001", "nationcode": "86", "report_status": "SUCCESS", "sid": "s-1"}
    headers = {"Content-Type": "application/json"}
    return Posted(query, headers, body or json.dumps([told]).encode())


def broken_report(chance: random.Random) -> Posted:
    """Nothing but the token in the address proves a report."""
    at = chance.randrange(len(SMS_TOKEN))
    token = chance.choice(
        [
            *("", "0", SMS_TOKEN[:at], SMS_TOKEN + "x", SMS_TOKEN.upper(), " " + SMS_TOKEN),
            *(SMS_TOKEN[:at] + "?" + SMS_TOKEN[at + 1 :], "a" * 5000, "签", "\x00" + SMS_TOKEN),
        ]
    )
    query = chance.choice(
        [
            urlencode({"token": token}),
            f"token={SMS_TOKEN}&token={SMS_TOKEN}",
            f"Token={SMS_TOKEN}",
            f"token[]={SMS_TOKEN}",
            "token=%ff%fe",
            "",
        ]
    )
    return report(query, chance.choice([b"", b"[]", b"{" * 9000, b"NaN", b"x" * 70_000]))


VALUES: tuple[Any, ...] = (
    *(
        None,
        True,
        0,
        -1,
        10**30,
        1.5,
        float("nan"),
        "",
        " ",
        "x" * 3000,
        "\x00",
        "\ud800",
        "🎉" * 40,
    ),
    *([], {}, [1, [2, [3]]], {"a": {"b": "c"}}, [{"item": []}], "qrscene_", "2026-13-45", "%s"),
)


def nonsense(house: World, whose: OfficialAccount, chance: random.Random) -> bytes:
    """A sealed plaintext: a genuine message or event with a few fields turned into anything, or
    no message at all."""
    fields = chance.choice(
        [
            whose.text(OPENIDS["小雨"], chance.choice(["签到", "积分", "A", "你好"]), house.now),
            whose.event(OPENIDS["阿诚"], "subscribe", house.now, EventKey="qrscene_store_001"),
            whose.event(OPENIDS["阿诚"], "CLICK", house.now, EventKey="SIGN_IN"),
            whose.event("sys", "change_external_contact", house.now, ChangeType="add"),
            whose.event(OPENIDS["阿诚"], "user_enter_tempsession", house.now),
        ]
    )
    if whose is ASSISTANT:
        fields = bot_message("今天")
    if chance.random() < 0.2:
        noise = chance.randbytes(chance.randrange(200))
        return chance.choice([noise, b"", b"[]", b"1", b"<xml>", b"{" * 5000, b"<xml>" * 5000])
    for _ in range(chance.randrange(4)):
        fields[chance.choice([*fields, "UnionId", "Recognition", "List", "stream"])] = (
            chance.choice(VALUES)
        )
    if chance.random() < 0.1:
        fields.pop(chance.choice(list(fields)))
    plain = json.dumps(fields).encode()
    return plain[: chance.randrange(len(plain))] if chance.random() < 0.1 else plain
