"""The house with a corp's app: the sandbox plays WeCom and calls the house's real front door."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from app.domain.insight import tags
from app.domain.loyalty.earning.rules import EarningRule
from app.domain.loyalty.standing.tiers import Tier
from app.domain.outreach import manners
from app.domain.people import channels, members
from app.domain.people.channels import Channel, Kind
from app.domain.people.groups import Group, GroupMember
from app.domain.people.live_codes import LiveCode
from app.domain.people.members import Identity, Member
from app.wiring import Siyu
from bots import sandbox
from bots.wechat_crypto import Envelope
from tests import shop, wecom_world
from tests.foreign_client import Delivery
from tests.sandbox_world import AES_KEY, TOKEN
from tests.shop import _Silent as Silent
from tests.wechat_callbacks import as_xml
from tests.wecom_world import AGENT_ID, CORPID, SECRET, XIAOYU, Corp
from tests.world import World

CORP = "corp"
TOKENS = {"token": TOKEN, "encoding_aes_key": AES_KEY, "secret": SECRET}


class CorpWorld(World):
    """Both clocks are the real one. ``corp`` acts as the people around the corp do."""

    corp: Corp

    def corp_member(self, external_userid: str) -> Member:
        with self.siyu.database.reading() as session:
            channel = self.channel(session, CORP)
            identity = members.identity_of(session, channel.id, external_userid)
            assert identity is not None, f"{external_userid} was never met"
            return members.get(session, identity.member_id)

    def told(self, change: str, **fields: str) -> None:
        """One callback about 小雨 and 小王 that the sandbox's people do not cause."""
        at = str(int(self.now.timestamp()))
        about = {"ToUserName": CORPID, "FromUserName": "sys", "CreateTime": at}
        about |= {"MsgType": "event", "Event": "change_external_contact", "ChangeType": change}
        self.hear(about | {"UserID": "xiaowang", "ExternalUserID": XIAOYU} | fields)

    def hear(self, fields: Mapping[str, Any]) -> None:
        """A callback of WeCom reaches the front door."""
        at = str(int(self.now.timestamp()))
        envelope = Envelope(TOKEN, AES_KEY, CORPID)
        encrypt, signed = envelope.seal(as_xml(fields), timestamp=at, nonce="n")
        query = {"msg_signature": signed, "timestamp": at, "nonce": "n"}
        answer = self.post(Delivery(query, {}, as_xml({"Encrypt": encrypt})), CORP)
        assert (answer.status_code, answer.text) == (200, "")

    def tags_of(self, external_userid: str) -> list[str]:
        member = self.corp_member(external_userid)
        with self.siyu.database.reading() as session:
            return [tag.name for tag in tags.of(session, member.id)]

    def in_group(self, chat_id: str) -> set[str]:
        """The external ids of the members whom the house believes to be in a group."""
        with self.siyu.database.reading() as session:
            rows = (
                session.query(Identity.external_id)
                .join(GroupMember, GroupMember.member_id == Identity.member_id)
                .join(Group, Group.id == GroupMember.group_id)
                .filter(Group.external_id == chat_id, GroupMember.left_at.is_(None))
            )
            return {external_id for (external_id,) in rows}


@pytest.fixture
def corp_world(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[CorpWorld]:
    """A furnished house that a corp's app calls, once on each engine."""
    siyu = shop.wired(tmp_path, database_url, redis_url)
    world = CorpWorld(siyu, "")
    with serving(world.client.application) as house_url:
        known = wecom_world.accounts(f"{house_url}/callback/{CORP}")
        platform = sandbox.create_app(known, tmp_path / "sandbox.db")
        with serving(platform) as url:
            world.sandbox_url = url
            furnish(siyu, url)
            world.corp = Corp(platform.test_client())
            yield world
    siyu.close()


def furnish(siyu: Siyu, sandbox_url: str) -> None:
    """What an operator would have set up: the app of the corp, points, and a way in."""
    now = siyu.clock()
    with siyu.database.writing() as session:
        manners.change(session, shop.AT_ANY_TIME, None, now)
        channel = add_channel(session, siyu, sandbox_url)
        session.add(Tier(key="basic", name="普通", name_en="basic", growth_min=0))
        session.add(EarningRule(key="join", points=10))
        store = tags.named(session, "门店·一号店", "channel", now)
        code: dict[str, Any] = {"scene": "store_01", "name": "一号店", "created_at": now}
        welcome = "{nickname|您好}，一号店的小王为您服务"
        session.add(LiveCode(channel_id=channel.id, tag_id=store.id, welcome=welcome, **code))


def add_channel(session: Session, siyu: Siyu, sandbox_url: str) -> Channel:
    return channels.add(
        session,
        key=CORP,
        kind=Kind.WECOM,
        name="四月企微",
        appid=CORPID,
        api_base_url=sandbox_url,
        secrets=TOKENS,
        settings={"agent_id": AGENT_ID},
        vault=siyu.vault,
        now=siyu.clock(),
    )


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Yields the address at which the app is served."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Silent)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
