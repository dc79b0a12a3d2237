"""The shop of the stories: its channels and rules, and the sandbox that plays its platforms."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session
from werkzeug.serving import WSGIRequestHandler, make_server

from app.config import Settings
from app.domain.insight import keywords, tags
from app.domain.insight.radar import RadarLink
from app.domain.loyalty.earning.rules import EarningRule
from app.domain.loyalty.standing.tiers import Tier
from app.domain.outreach import manners
from app.domain.people import channels, groups
from app.domain.people.channels import Channel, Kind
from app.domain.people.live_codes import LiveCode
from app.wiring import Siyu, wire
from bots import sandbox
from sop.manners import USUAL
from tests.foreign_client import Gateway, OfficialAccount

OA, MINI, GROUPS = "demo-oa", "demo-mini", "demo-groups"
NAMES = ("小雨", "阿诚", "林夏")
OPENIDS = {name: f"oApril{number}" for number, name in enumerate(NAMES)}
WXIDS = {name: f"wxid_april_{number}" for number, name in enumerate(NAMES)}
ROOM, ROOM_NAME = "room-gold@chatroom", "四月黄金群"
AT_ANY_TIME = USUAL | {"quiet": None, "caps": []}  # stories of manners have their own
EARNING = {"join": 10, "sign_up": 20, "sign_in": 5, "streak_7": 30, "streak_30": 150}
TIERS = (("basic", "普通", 0), ("silver", "白银", 100), ("gold", "黄金", 500))
WECHAT, GATEWAY = OfficialAccount(), Gateway()
MINI_WECHAT = OfficialAccount(  # its pushes are sealed the same way
    appid="wx00000000000000bb",
    original_id="gh_aprilmini",
    token="april-mini-token",
    encoding_aes_key="AprilMiniAprilMiniAprilMiniAprilMiniAprilMA",
)
ORIGINAL_IDS = {OA: WECHAT.original_id, MINI: MINI_WECHAT.original_id}
SECRETS = {
    OA: {
        "token": WECHAT.token,
        "encoding_aes_key": WECHAT.encoding_aes_key,
        "secret": "oa-secret",
    },
    MINI: {
        "token": MINI_WECHAT.token,
        "encoding_aes_key": MINI_WECHAT.encoding_aes_key,
        "secret": "mini-secret",
    },
    GROUPS: {"secret": GATEWAY.secret},
}


def wired(var: Path, database_url: str, redis_url: str) -> Siyu:
    return wire(
        Settings(var=var, database_url=database_url, redis_url=redis_url, secret_key="april-" * 8)
    )


def furnish(siyu: Siyu, sandbox_url: str) -> None:
    """What an operator would have set up: channels, tiers, rules, a way in and a radar link."""
    now = siyu.clock()
    with siyu.database.writing() as session:
        manners.change(session, AT_ANY_TIME, None, now)
    appids = {OA: WECHAT.appid, MINI: MINI_WECHAT.appid, GROUPS: GATEWAY.account_id}
    kinds = {OA: Kind.OFFICIAL_ACCOUNT, MINI: Kind.MINI_PROGRAM, GROUPS: Kind.GROUP_GATEWAY}
    with siyu.database.writing() as session:
        made = {
            key: channels.add(
                session,
                key=key,
                kind=kind,
                name=key,
                appid=appids[key],
                original_id=ORIGINAL_IDS.get(key, ""),
                api_base_url=sandbox_url,
                secrets=SECRETS[key],
                vault=siyu.vault,
                now=now,
            )
            for key, kind in kinds.items()
        }
        for key, name, growth_min in TIERS:
            session.add(Tier(key=key, name=name, name_en=key, growth_min=growth_min))
        for key, worth in EARNING.items():
            session.add(EarningRule(key=key, points=worth))
        _furnish_rules(session, made[OA], now)
        groups.meet(session, made[GROUPS].id, ROOM, ROOM_NAME, now).tier_label = "gold"


def _furnish_rules(session: Session, channel: Channel, now: datetime) -> None:
    oily = tags.named(session, "油性发质", "attribute", now)
    words = {"words": ["头发油", "油性头发", "头发总是很油"], "now": now}
    keywords.write(session, name="油发", tag_id=oily.id, **words)
    reply = "亲，48 小时内发货"
    keywords.write(session, name="发货", words=["发货"], reply=reply, now=now)
    store = tags.named(session, "门店·一号店", "channel", now)
    care = tags.named(session, "兴趣·护发", "preference", now)
    session.add(
        LiveCode(
            channel_id=channel.id,
            scene="store_001",
            name="一号店",
            tag_id=store.id,
            welcome="{nickname|您好}，欢迎来一号店！看看 {radar:haircare}",
            created_at=now,
        )
    )
    session.add(
        RadarLink(
            key="haircare",
            title="洗护三步",
            url="https://example.com/haircare",
            tag_id=care.id,
            points=8,
            created_at=now,
        )
    )


class _Silent(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        """Nobody reads it."""


@contextmanager
def witness(var: Path) -> Iterator[str]:
    """A running sandbox; yields its address."""
    app = sandbox.create_app(_accounts(), var / "sandbox.db")
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
    serving = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    serving.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    serving.join()
    server.server_close()


def _accounts() -> dict[str, Any]:
    oa = {"kind": "official_account", "key": OA, "name": "四月", **SECRETS[OA]}
    oa |= {"appid": WECHAT.appid, "original_id": WECHAT.original_id}
    gateway = {"kind": "group_gateway", "key": GROUPS, "name": "四月群", **SECRETS[GROUPS]}
    return {"accounts": [oa, gateway | {"account_id": GATEWAY.account_id}]}
