"""A corp on a scripted platform: two contacts, and two customer groups of two owners."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.domain.people import channels, customer_groups, groups, members, staff
from tests.scripted_platform import ScriptedPlatform
from tests.world import World

XIAOYU, LAOWANG = "wmXiaoyu0000000000000001", "wmLaowang000000000000001"
CHAT, ANOTHER_CHAT = "wrQiaokeli00000000000001", "wrShuiguo000000000000001"
PATH = "/cgi-bin/externalcontact"
OK = {"errcode": 0, "errmsg": "ok"}


@pytest.fixture
def wecom(world: World) -> Iterator[ScriptedPlatform]:
    """A corp with two contacts, and two groups of two owners."""
    with ScriptedPlatform() as platform:
        token = OK | {"access_token": "T", "expires_in": 7200}
        platform.answers["/cgi-bin/gettoken"] = [token]
        with world.siyu.database.writing() as session:
            channel = channels.add(
                session,
                key="corp",
                kind="wecom",
                name="四月企微",
                appid="ww0000000000000001",
                api_base_url=platform.url,
                secrets={"token": "t", "encoding_aes_key": "k" * 42 + "A", "secret": "s"},
                settings={"agent_id": "1000002"},
                vault=world.siyu.vault,
                now=world.now,
            )
            for external_id in (XIAOYU, LAOWANG):
                identity = members.meet(session, channel.id, external_id, world.now)
                identity.followed_at = world.now
            for owner, chat_id in (("xiaowang", CHAT), ("lili", ANOTHER_CHAT)):
                group = groups.meet(session, channel.id, chat_id, chat_id, world.now)
                known = customer_groups.meet(session, group.id)
                known.owner_id = staff.meet(session, channel.id, owner, world.now).id
        yield platform


def called(platform: ScriptedPlatform, path: str) -> list[Any]:
    """What this API was asked, call by call."""
    return [call.json for call in platform.calls if call.path == f"{PATH}/{path}"]
