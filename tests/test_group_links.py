"""{group_link:3}: the way into a group that a live code offers, wherever something is said."""

from typing import Any

import pytest

from app.checks import content_checks
from app.domain.people import groups, live_codes, ways_in
from app.domain.people.groups import Group
from app.domain.people.live_codes import LiveCode
from tests import broadcast_desk
from tests.running_plans import arrive, at_once, running
from tests.wecom_house import add_channel
from tests.world import World

QR = "https://wework.qpic.cn/into-gold"


@pytest.fixture
def gold(world: World) -> int:
    """The id of a customer group into which a live code leads."""
    with world.siyu.database.writing() as session:
        corp = add_channel(session, world.siyu, "http://wecom")
        group = groups.meet(session, corp.id, "wrGold", "黄金群", world.now)
        told: dict[str, Any] = {"tag_id": None, "welcome": "", "now": world.now}
        code = live_codes.add(session, channel_id=corp.id, scene="gold", name="进群", **told)
        way: dict[str, Any] = {"userids": [], "skip_verify": True, "config_id": "c"}
        chats = ["wrGold"]
        ways_in.keep(session, code.id, chat_ids=chats, qr_url=QR, now=world.now, **way)
        return group.id


def lose_the_way(world: World) -> None:
    with world.siyu.database.writing() as session:
        ways_in.forget(session, session.query(LiveCode).filter_by(scene="gold").one().id)


def test_a_plan_s_step_and_a_broadcast_say_how_to_join(world: World, gold: int) -> None:
    running(world, at_once(says=f"进群 {{group_link:{gold}|问客服}}"))
    arrive(world, "小雨")
    assert f"进群 {QR}" in world.heard("小雨")
    broadcast_desk.launched(world, f"进群吧 {{group_link:{gold}|问客服}}")
    world.work()
    assert world.heard("小雨")[-1] == f"进群吧 {QR}"


def test_a_welcome_says_how_to_join(world: World, gold: int) -> None:
    with world.siyu.database.writing() as session:
        code = live_codes.by_scene(session, world.channel(session).id, "store_001")
        assert code is not None
        code.welcome = f"欢迎，进群 {{group_link:{gold}}}"
    world.event("小雨", "subscribe", EventKey="qrscene_store_001")
    world.work()
    assert f"欢迎，进群 {QR}" in world.heard("小雨")


def test_without_a_way_the_words_of_the_text_stand_in(world: World, gold: int) -> None:
    running(world, at_once(says=f"进群 {{group_link:{gold}|问客服}}"))
    lose_the_way(world)
    arrive(world, "小雨")
    assert "进群 问客服" in world.heard("小雨")


@pytest.mark.parametrize("audience", ["member", "group"])
def test_an_unknown_group_a_closed_one_and_none_at_all_are_refused(
    world: World, gold: int, audience: str
) -> None:
    def wrong(name: str) -> list[str]:
        message = {"kind": "text", "content": {"text": f"进群 {{{name}}}"}}
        with world.siyu.database.reading() as session:
            found = content_checks.problems_in(session, message, audience)
        return [problem.en for problem in found]

    assert wrong(f"group_link:{gold}") == []
    assert wrong("group_link:77") == ["there is no placeholder {group_link:77}"]
    assert wrong("group_link") == ["{group_link} has to name one, as in {group_link:…}"]
    with world.siyu.database.writing() as session:
        groups.dismiss(session, session.get_one(Group, gold), world.now)
    assert wrong(f"group_link:{gold}") == [f"there is no placeholder {{group_link:{gold}}}"]
