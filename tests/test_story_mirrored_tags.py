"""A mirrored tag is the same here and in the account's own console, whoever changes it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import sqlalchemy as sa

from app import outbox, scheduler
from app.domain.insight import tags
from app.domain.insight.mirrored_tags import MirroredHolding, MirroredTag
from app.domain.insight.tags import MemberTag
from app.domain.outreach.allowances import limit_table, limits
from app.domain.people.channels import Channel
from app.outbox import OutboxMessage
from tests import mini_world
from tests.console_desk import Desk
from tests.mini_world import MiniWorld
from tests.shop import OA, OPENIDS, SECRETS, WECHAT

TAG, UNTAG = "/cgi-bin/tags/members/batchtagging", "/cgi-bin/tags/members/batchuntagging"
OILY = "油性发质"


@pytest.fixture
def world(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[MiniWorld]:
    with mini_world.opened(tmp_path, database_url, redis_url) as opened:
        with opened.siyu.database.writing() as session:
            session.execute(sa.update(Channel).values(created_at=opened.now))
        for name in ("小雨", "阿诚"):
            opened.event(name, "subscribe", EventKey="")
        opened.work()
        yield opened


def mirror(world: MiniWorld, desk: Desk) -> MirroredTag:
    """An operator has the tag mirrored, and all of it is done."""
    with world.siyu.database.reading() as session:
        tag = session.scalars(sa.select(tags.Tag).where(tags.Tag.name == OILY)).one()
        channel = world.channel(session)
    form = {"channel": channel.id, "tag": tag.id}
    assert desk.post("/mirrored-tags", form, page="/mirrored-tags").status_code == 303
    world.work()
    (found,) = world.rows(MirroredTag)
    return found


def platform(world: MiniWorld, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """What somebody does in the account's own console."""
    asked = {"grant_type": "client_credential", "appid": WECHAT.appid}
    asked |= {"secret": SECRETS[OA]["secret"]}
    url = world.sandbox_url
    token = requests.post(f"{url}/cgi-bin/stable_token", json=asked, timeout=10).json()
    params = {"access_token": token["access_token"]}
    answer = requests.post(f"{url}/cgi-bin/{path}", params=params, json=body, timeout=10).json()
    assert answer.get("errcode", 0) == 0, answer
    return dict(answer)


def there(world: MiniWorld, name: str) -> list[str]:
    found = platform(world, "tags/getidlist", {"openid": OPENIDS[name]})["tagid_list"]
    return [str(tag_id) for tag_id in found]


def night(world: MiniWorld, day: int) -> None:
    world.at(day, "03:00")
    scheduler.Clock(world.siyu)._begin_the_night()
    world.work()


def test_who_has_the_tag_gets_it_there_and_so_does_who_earns_it_later(world: MiniWorld, desk: Desk):
    world.says("小雨", "头发总是很油")
    world.work()
    mirrored = mirror(world, desk)
    assert there(world, "小雨") == [mirrored.platform_tag_id]
    world.says("阿诚", "油性头发")
    world.work()
    assert there(world, "阿诚") == [mirrored.platform_tag_id]
    assert "一致" in desk.read("/mirrored-tags")
    assert world.calls(TAG) == 2


def test_a_tag_given_and_taken_by_hand_is_given_and_taken_there(world: MiniWorld, desk: Desk):
    mirrored = mirror(world, desk)
    with world.siyu.database.reading() as session:
        member_id = world.member(session, "小雨").id
    page = f"/members/{member_id}"
    desk.post(f"{page}/tags", {"name": OILY, "dimension": "attribute"}, page=page)
    world.work()
    assert there(world, "小雨") == [mirrored.platform_tag_id]
    world.now += timedelta(seconds=1)
    desk.post(f"{page}/tags/{mirrored.tag_id}/remove", page=page)
    world.work()
    assert there(world, "小雨") == []
    assert world.rows(MirroredHolding) == []


def test_what_is_changed_there_is_fetched_in_the_night_and_does_not_echo(
    world: MiniWorld, desk: Desk
):
    mirrored = mirror(world, desk)
    tagging = {"tagid": int(mirrored.platform_tag_id or 0), "openid_list": [OPENIDS["小雨"]]}
    platform(world, "tags/members/batchtagging", tagging)
    night(world, 3)
    assert OILY in world.tags("小雨")
    (given,) = world.rows(MemberTag, MemberTag.tag_id == mirrored.tag_id)
    assert (given.rule, given.evidence) == ("platform_tag", f"{OA} → {OILY}")
    platform(world, "tags/members/batchuntagging", tagging)
    night(world, 4)
    assert OILY not in world.tags("小雨")
    night(world, 5)
    assert there(world, "小雨") == []
    calls_of_ours = (world.calls(TAG) - 1, world.calls(UNTAG) - 1)
    assert calls_of_ours[1] == 0
    assert calls_of_ours[0] <= 1


def test_an_account_has_so_many_tags(world: MiniWorld, desk: Desk):
    first = mirror(world, desk)
    with world.siyu.database.writing() as session:
        limits.change(session, limit_table.ACCOUNT_TAGS, 1)
        another = tags.named(session, "干性发质", "attribute", world.now)
    form = {"channel": first.channel_id, "tag": another.id}
    desk.post("/mirrored-tags", form, page="/mirrored-tags")
    assert "标签已到上限" in desk.read("/mirrored-tags")
    assert len(world.rows(MirroredTag)) == 1
    assert mirror(world, desk).id == first.id, "one that is there already is none more"


def test_a_member_has_so_many_tags_there(world: MiniWorld, desk: Desk):
    first = mirror(world, desk)
    with world.siyu.database.writing() as session:
        limits.change(session, limit_table.FOLLOWER_TAGS, 1)
        another = tags.named(session, "门店·一号店", "channel", world.now)
    form = {"channel": first.channel_id, "tag": another.id}
    desk.post("/mirrored-tags", form, page="/mirrored-tags")
    world.event("小雨", "SCAN", EventKey="store_001")
    world.says("小雨", "头发总是很油")
    world.work()
    assert len(there(world, "小雨")) == 1
    suppressed = world.rows(OutboxMessage, OutboxMessage.state == outbox.State.SUPPRESSED)
    assert "too_many_tags_on_follower" in {message.reason for message in suppressed}


def test_an_errand_over_the_days_quota_keeps_back_its_like_and_nothing_else(
    world: MiniWorld, desk: Desk
):
    mirrored = mirror(world, desk)
    world.fault(TAG, "errcode", errcode=45009, times=1)
    for name in ("小雨", "阿诚"):
        world.says(name, "头发总是很油")
        world.says(name, "积分")
        world.work()
    assert world.calls(TAG) == 1, "nobody else's is tried"
    assert world.heard("小雨")
    assert world.heard("阿诚")
    world.now += timedelta(hours=24)
    world.work()
    assert there(world, "小雨") == there(world, "阿诚") == [mirrored.platform_tag_id]


def test_an_errand_that_failed_is_made_up_for_in_the_night(world: MiniWorld, desk: Desk):
    mirrored = mirror(world, desk)
    world.fault(TAG, "errcode", errcode=45159, times=1)
    world.says("小雨", "头发总是很油")
    world.work()
    assert there(world, "小雨") == []
    failed = world.rows(OutboxMessage, OutboxMessage.state == outbox.State.FAILED)
    assert [message.reason for message in failed] == ["no_such_tag"]
    assert "待同步 1 人" in desk.read("/mirrored-tags")
    night(world, 3)
    assert there(world, "小雨") == [mirrored.platform_tag_id]
    assert OILY in world.tags("小雨")


def test_a_tag_that_the_account_has_already_is_adopted(world: MiniWorld, desk: Desk):
    made = platform(world, "tags/create", {"tag": {"name": OILY}})["tag"]
    assert mirror(world, desk).platform_tag_id == str(made["id"])


def test_what_is_mirrored_no_more_goes_its_own_way(world: MiniWorld, desk: Desk):
    mirrored = mirror(world, desk)
    desk.post(f"/mirrored-tags/{mirrored.id}/end", page="/mirrored-tags")
    world.says("小雨", "头发总是很油")
    world.work()
    assert there(world, "小雨") == []
    tagging = {"tagid": int(mirrored.platform_tag_id or 0), "openid_list": [OPENIDS["阿诚"]]}
    platform(world, "tags/members/batchtagging", tagging)
    night(world, 3)
    assert OILY not in world.tags("阿诚")
