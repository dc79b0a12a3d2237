"""What a member writes when she signs up in the mini-program: what is wrong is named, and what it
tells of how she came is kept."""

from typing import Any

import pytest

from app.domain.insight import tags
from app.domain.people.live_codes import LiveCode
from app.inbox import InboxEvent
from tests.mini_doors import PHONE_API, refused, sqlite_world, world
from tests.mini_world import MINI_IDS, MiniWorld
from tests.shop import MINI

__all__ = ("sqlite_world", "world")


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"nickname": ""}, "nickname"),
        ({"nickname": "\u0000\u202e \n"}, "nickname"),
        ({"nickname": "雨" * 33}, "nickname"),
        ({"birthday": "1899-12-31"}, "birthday"),
        ({"birthday": "2026-11-03"}, "birthday"),
        ({"birthday": "6 May 1992"}, "birthday"),
        ({"birthday": 20200101}, "birthday"),
        ({"birthday": "2024-02-30"}, "birthday"),
        ({"consent_version": None}, "consent_version"),
        ({"marketing": "yes"}, "marketing"),
        ({"inviter": "AAAAAAAAAA"}, "inviter"),
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"phone_code": "有汉字"}, "phone_code"),
        ({"points": 100}, "points"),
    ],
)
def test_what_is_not_right_is_named(sqlite_world: MiniWorld, fields: dict[str, Any], wrong: str):
    world = sqlite_world
    token = world.log_in("小雨")
    answer = world.call("POST", "members", token, json=world.form("小雨", **fields))
    assert list(refused(answer, 422, "fields")["fields"]) == [wrong]
    assert world.rows(InboxEvent) == []
    assert world.calls(PHONE_API) == 0, "the code still works when the form is put right"


def test_what_is_missing_is_named(sqlite_world: MiniWorld):
    answer = sqlite_world.call("POST", "members", sqlite_world.log_in("小雨"), json={})
    wrong = refused(answer, 422, "fields")["fields"]
    assert set(wrong) == {"phone_code", "nickname", "consent_version"}
    assert wrong["nickname"] == {"zh": "必须填写", "en": "is required"}


def test_a_child_needs_a_guardian(sqlite_world: MiniWorld):
    """On 2 November 2026 in Beijing: fourteen today, and fourteen tomorrow."""
    world = sqlite_world
    token = world.log_in("小雨")
    child = world.form("小雨", birthday="2012-11-03")
    refused(world.call("POST", "members", token, json=child), 422, "under_age")
    with world.at_work():
        answer = world.call("POST", "members", token, json=child | {"birthday": "2012-11-02"})
    assert answer.status_code == 200


def test_a_nickname_loses_what_cannot_be_shown_and_keeps_its_family(sqlite_world: MiniWorld):
    world = sqlite_world
    with world.at_work():
        token = world.sign_up("小雨", nickname="\u202e 小\u0007雨👨‍👩‍👧 ")
    assert world.call("GET", "me", token).json["nickname"] == "小雨👨‍👩‍👧"


def test_who_was_invited_remembers_by_whom(world: MiniWorld):
    with world.at_work():
        code = world.call("GET", "me", world.sign_up("小雨")).json["invite_code"]
        world.sign_up("阿诚", inviter=code.lower())
    invited = world.member_id(MINI_IDS["阿诚"])
    (member,) = [one for one in world.members() if one.id == invited]
    assert member.inviter_id == world.member_id(MINI_IDS["小雨"])


def test_nobody_invites_herself(world: MiniWorld):
    with world.at_work():
        token = world.sign_up("小雨")
        code = world.call("GET", "me", token).json["invite_code"]
        world.call("POST", "members", token, json=world.form("小雨", inviter=code))
    assert world.members()[0].inviter_id is None


def test_who_came_through_a_poster_gets_its_tag(world: MiniWorld):
    with world.siyu.database.writing() as session:
        tag = tags.named(session, "海报·春", "channel", world.now)
        session.add(
            LiveCode(
                channel_id=world.channel(session, MINI).id,
                scene="spring",
                name="春季海报",
                tag_id=tag.id,
                created_at=world.now,
            )
        )
    with world.at_work():
        world.sign_up("小雨", live_code="spring")
        world.sign_up("阿诚", live_code="torn_off_the_wall")
    with world.siyu.database.reading() as session:
        found = {
            one.nickname: [tag.name for tag in tags.of(session, one.id)] for one in world.members()
        }
    assert found == {"小雨": ["海报·春"], "阿诚": []}


def test_who_says_where_she_lives_is_left_in_peace_at_her_own_night(world: MiniWorld):
    with world.at_work():
        world.sign_up("小雨", zone="America/New_York")
    assert world.members()[0].zone == "America/New_York"


def test_a_zone_that_nobody_knows_is_refused_at_its_field(world: MiniWorld):
    token = world.log_in("小雨")
    answer = world.call("POST", "members", token, json=world.form("小雨", zone="Mars/Olympus"))
    assert answer.status_code == 422
    assert "zone" in answer.get_json()["error"]["fields"]
