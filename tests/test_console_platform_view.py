"""An operator sees a member as the official account's own platform knows her, and changes that."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.people.members import Identity
from app.domain.people.operators import AuditEntry
from tests import mini_world
from tests.console_desk import Desk
from tests.mini_world import MiniWorld

REMARK = "/cgi-bin/user/info/updateremark"


@pytest.fixture
def world(sqlite_url: str, redis_url: str, tmp_path: Path) -> Iterator[MiniWorld]:
    with mini_world.opened(tmp_path, sqlite_url, redis_url) as opened:
        opened.event("小雨", "subscribe", EventKey="")
        opened.work()
        yield opened


def page_of(world: MiniWorld) -> str:
    (identity,) = world.rows(Identity)
    return f"/identities/{identity.id}"


def test_the_remark_is_written_at_the_platform_and_on_record(world: MiniWorld, desk: Desk):
    page = page_of(world)
    member = f"/members/{world.rows(Identity)[0].member_id}"
    assert f'href="/console{page}"' in desk.read(member)
    assert "关注中" in desk.read(page)
    desk.post(f"{page}/remark", {"remark": "一号店常客"}, page=page)
    assert 'value="一号店常客"' in desk.read(page)
    assert "platform.remark" in {entry.action for entry in world.rows(AuditEntry)}


def test_she_is_put_on_the_blacklist_and_taken_off_it(world: MiniWorld, desk: Desk):
    page = page_of(world)
    desk.post(f"{page}/blacklist", page=page)
    assert "在黑名单中" in desk.read(page)
    desk.post(f"{page}/unblacklist", page=page)
    assert "加入黑名单" in desk.read(page)


def test_what_the_platform_refuses_is_said(world: MiniWorld, desk: Desk):
    page = page_of(world)
    world.fault(REMARK, "errcode", errcode=48001, times=1)
    desk.post(f"{page}/remark", {"remark": "x"}, page=page)
    assert "no_right (48001)" in desk.read(page)
    assert "platform.remark" not in {entry.action for entry in world.rows(AuditEntry)}
    assert desk.post(f"{page}/remark", {"remark": "长" * 30}, page=page).status_code == 400
