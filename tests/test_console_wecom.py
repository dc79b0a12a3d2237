"""The console's pages about WeCom: staff, groups, live codes to them, and who is whose."""

import pytest

from app.domain.people import operators
from app.domain.people.live_codes import LiveCode
from app.domain.people.operators import AuditEntry
from app.domain.people.ways_in import WayIn
from tests.console_desk import EMAIL, PASSWORD, Desk
from tests.wecom_house import CORP, CorpWorld, corp_world
from tests.wecom_world import CHAT, LAOWANG, XIAOYU

__all__ = ["corp_world"]


@pytest.fixture
def corp_desk(corp_world: CorpWorld, translations: None) -> Desk:
    """An operator of the corp, who has logged in."""
    with corp_world.siyu.database.writing() as session:
        operators.add(session, EMAIL, "四月", PASSWORD, corp_world.now)
    desk = Desk(corp_world.client.application)
    assert desk.log_in().status_code == 303
    return desk


def reconcile(world: CorpWorld, desk: Desk) -> None:
    with world.siyu.database.reading() as session:
        channel_id = world.channel(session, CORP).id
    desk.post(f"/wecom/{channel_id}/reconcile", page="/wecom")
    world.work()


def code(world: CorpWorld) -> LiveCode:
    (code,) = world.rows(LiveCode)
    return code


def test_reconciling_now_shows_staff_groups_and_who_is_in_them(corp_world, corp_desk):
    assert "还没有成员" in corp_desk.read("/wecom")
    corp_world.corp.act("add", "小雨", staff="xiaowang")
    reconcile(corp_world, corp_desk)
    shown = corp_desk.read("/wecom")
    for text in ("小王", "丽丽", "巧克力群", "xiaowang", CHAT):
        assert text in shown
    assert "channel.reconcile" in {entry.action for entry in corp_world.rows(AuditEntry)}


def test_only_a_corp_can_be_reconciled(corp_world, corp_desk):
    assert corp_desk.post("/wecom/99/reconcile", page="/wecom").status_code == 404


def test_a_member_s_page_says_whose_contact_she_is(corp_world, corp_desk):
    corp_world.corp.act("add", "小雨", staff="xiaowang", state="store_01")
    corp_world.corp.act("delete_staff", "小雨", staff="xiaowang")
    corp_world.work()
    shown = corp_desk.read(f"/members/{corp_world.corp_member(XIAOYU).id}")
    for text in ("企业微信成员", "小王", "客户删除了成员", "添加企业微信成员", "store_01"):
        assert text in shown


def test_a_live_code_leads_to_staff_and_says_who_came_through_it(corp_world, corp_desk):
    reconcile(corp_world, corp_desk)
    page = f"/live-codes/{code(corp_world).id}/way-in"
    answer = corp_desk.post(page, {"userids": ["xiaowang", "lili"]}, page=page)
    assert answer.status_code == 303
    (made,) = corp_world.rows(WayIn)
    assert (made.userids, made.skip_verify) == (["xiaowang", "lili"], False)
    assert made.qr_url in corp_desk.read(page)
    corp_world.corp.act("add", "小雨", config_id=made.config_id)
    corp_world.work()
    assert corp_world.tags_of(XIAOYU) == ["门店·一号店"]
    assert corp_world.corp_member(XIAOYU).live_code_id == code(corp_world).id


def test_a_live_code_leads_into_a_group_and_says_who_came_through_it(corp_world, corp_desk):
    reconcile(corp_world, corp_desk)
    page = f"/live-codes/{code(corp_world).id}/way-in"
    corp_desk.post(page, {"chat_ids": [CHAT]}, page=page)
    (made,) = corp_world.rows(WayIn)
    corp_world.corp.act("join", "小雨", room=CHAT, config_id=made.config_id)
    corp_world.work()
    assert corp_world.in_group(CHAT) == {XIAOYU, LAOWANG}
    assert corp_world.tags_of(XIAOYU) == ["门店·一号店"]
    shown = corp_desk.read(f"/members/{corp_world.corp_member(XIAOYU).id}")
    assert "巧克力群" in shown
    assert "扫码" in shown


def test_a_live_code_can_be_led_elsewhere_and_ended(corp_world, corp_desk):
    reconcile(corp_world, corp_desk)
    page = f"/live-codes/{code(corp_world).id}/way-in"
    corp_desk.post(page, {"userids": ["xiaowang"], "skip_verify": "y"}, page=page)
    (before,) = corp_world.rows(WayIn)
    corp_desk.post(page, {"userids": ["lili"]}, page=page)
    (after,) = corp_world.rows(WayIn)
    assert (after.config_id, after.userids) == (before.config_id, ["lili"])
    known = corp_world.corp.contact("get_contact_way", config_id=after.config_id)
    assert known["contact_way"]["user"] == ["lili"]
    corp_desk.post(f"{page}/delete", page=page)
    assert corp_world.rows(WayIn) == []
    gone = corp_world.corp.contact("get_contact_way", config_id=after.config_id)
    assert gone["errcode"] != 0


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, "请选择成员，或者选择群"),
        ({"userids": ["xiaowang"], "chat_ids": [CHAT]}, "请选择成员，或者选择群"),
    ],
)
def test_a_code_leads_either_to_staff_or_into_groups(corp_world, corp_desk, form, said):
    reconcile(corp_world, corp_desk)
    page = f"/live-codes/{code(corp_world).id}/way-in"
    assert said in corp_desk.post(page, form, page=page).text
    assert corp_world.rows(WayIn) == []


def test_what_the_platform_says_against_a_code_is_shown(corp_world, corp_desk):
    reconcile(corp_world, corp_desk)
    page = f"/live-codes/{code(corp_world).id}/way-in"
    path = "/cgi-bin/externalcontact/add_contact_way"
    corp_world.fault(path, "errcode", errcode=48002, times=1)
    assert "平台拒绝" in corp_desk.post(page, {"userids": ["xiaowang"]}, page=page).text
    assert corp_world.rows(WayIn) == []
