"""What the console shows of a plan: its timeline beforehand, which way they went, what two versions
say differently, and what stands on the phones."""

import re
from datetime import timedelta

import sqlalchemy as sa

from app.domain.insight.radar import RadarLink
from app.domain.outreach.journeys.enrolments import Enrolment
from app.domain.people.groups import Group
from app.domain.people.live_codes import LiveCode
from app.domain.people.operators import AuditEntry
from tests.console_desk import Desk
from tests.plan_desk import BRANCHING, FORM, branching, drafted
from tests.world import World


def moments(page: str) -> list[tuple[str, str]]:
    found = re.findall(r"<time>([^<]+)</time>(?: <span[^>]*>[^<]*</span>)?\s*([^<]*)<br>", page)
    return [(at, name.strip()) for at, name in found]


def test_the_preview_says_when_and_in_which_words(desk: Desk) -> None:
    page = desk.post("/plans/preview", FORM).text
    assert "入组后立即" in page
    assert "小雨，您好" in page
    assert "入组后第 3 天 10:00" in page
    broken = desk.post("/plans/preview", FORM | {"steps[0].message.text": "{surname}"}).text
    assert "{surname} 没有可填的内容" in broken


def test_the_timeline_goes_the_way_that_is_assumed(desk: Desk) -> None:
    begins = [
        ("2026-11-02 09:00", "第一步"),
        ("2026-11-05 10:00", "第二步"),
        ("2026-11-06 10:00", "分"),
    ]
    page = desk.post("/plans/preview", BRANCHING).text
    assert moments(page) == [*begins, ("2026-11-06 10:30", "控油")]
    assert "如果 带有标签 油性发质" in page
    other = BRANCHING | {"assumed[2]": "else", "assumed[4]": "else"}
    page = desk.post("/plans/preview", other).text
    assert moments(page) == [
        *begins,
        ("2026-11-06 10:00", "滋润"),
        ("2026-11-08 10:00", "滋润"),
        ("2026-11-08 10:00", "送积分"),
    ]
    assert "等的事没有发生" in page
    assert "送积分 20" in page


def test_the_timeline_is_hers_whom_the_operator_chooses(world: World, desk: Desk) -> None:
    world.event("小雨", "subscribe")
    world.work()
    with world.siyu.database.writing() as session:
        member = world.member(session, "小雨")
        member.nickname = "雨儿"
        member_id = member.id
    page = desk.post("/plans/preview", FORM | {"example.member": str(member_id)}).text
    assert "雨儿，您好" in page
    for strange in ("9999-12-31T00:00", "soon", "1999-01-01T00:00"):
        answer = desk.post("/plans/preview", FORM | {"example.start": strange})
        assert answer.status_code == 200
    endless = FORM | {"steps[0].when.kind": "daily", "steps[0].when.at": "09:00"}
    assert "……之后还有" in desk.post("/plans/preview", endless).text


def test_the_plans_page_counts_which_way_they_went(world: World, desk: Desk) -> None:
    plan_id = branching(world, desk)
    page = desk.read(f"/plans/{plan_id}")
    rows = re.findall(r'<tr class="outcome-(\w+)">(.*?)</tr>', page, re.S)
    assert [does for does, _ in rows] == ["message", "message", "branch", "message", "wait", "act"]
    went = re.findall(r'bg-secondary-lt">([^<]*)<', rows[2][1])
    assert went == ["否 1", "是 1"]
    assert "在等 1" in rows[4][1]
    world.now += timedelta(days=2)
    world.work()
    world.work()
    rows = re.findall(r'<tr class="outcome-(\w+)">(.*?)</tr>', desk.read(f"/plans/{plan_id}"), re.S)
    assert "超时没有发生 1" in rows[4][1]
    assert "已做 1" in rows[5][1]


def test_two_versions_are_compared_and_who_is_inside_is_moved(world: World, desk: Desk) -> None:
    plan_id = branching(world, desk)
    at_once = {f"steps[{n}].when.kind": "after_minutes" for n in (1, 2)}
    other = BRANCHING | at_once | {"steps[2].branch.then[0].message.text": "换个说法"}
    assert desk.post(f"/plans/{plan_id}/edit", other).status_code == 303
    page = desk.read(f"/plans/{plan_id}/versions")
    assert re.findall(r"<(ins|del)>\s*([^<]*)<", page) == [
        ("del", "“控油三步”"),
        ("ins", "“换个说法”"),
    ]
    assert "改用 v2" in page
    assert desk.post(f"/plans/{plan_id}/versions/1/move").status_code == 303
    inside = world.rows(Enrolment, Enrolment.ended_at.is_(None))
    assert {enrolment.version for enrolment in inside} == {2}
    assert "改用 v2" not in desk.read(f"/plans/{plan_id}/versions")
    assert desk.post(f"/plans/{plan_id}/versions/2/move").status_code == 409
    assert "plan.move" in [entry.action for entry in world.rows(AuditEntry)]


def test_a_plan_s_page_says_names_and_shows_every_variant_on_a_phone(
    world: World, desk: Desk
) -> None:
    steps = {
        "trigger.kind": "scanned",
        "trigger.live_code": "store_001",
        "filter.tiers": "gold",
        "goal.happened.kind": "clicked",
        "goal.happened.link": "haircare",
        "goal.within_days": "7",
        "steps[0].does": "variants",
        "steps[0].variants[0].name": "甲",
        "steps[0].variants[0].share": "60",
        "steps[0].variants[0].message.message_kind": "text",
        "steps[0].variants[0].message.text": "{nickname|亲}，甲说",
        "steps[0].variants[1].name": "乙",
        "steps[0].variants[1].share": "40",
        "steps[0].variants[1].message.message_kind": "text",
        "steps[0].variants[1].message.text": "乙说",
        "steps[1].does": "act",
        "steps[1].act.kind": "invite",
        "steps[1].act.group": "1",
    }
    plan_id = drafted(world, desk, **steps)
    with world.siyu.database.reading() as session:
        (code, link, group) = (
            session.scalars(sa.select(LiveCode.name).filter_by(scene="store_001")).one(),
            session.scalars(sa.select(RadarLink.title).filter_by(key="haircare")).one(),
            session.get_one(Group, 1).name,
        )
    shown = desk.read(f"/plans/{plan_id}")
    assert f"渠道活码 {code}" in shown
    assert "黄金" in shown
    assert f"邀请进群 {group}" in shown
    assert f"雷达链接 {link}" in shown
    assert not re.search(r"store_001|gold", shown)
    assert shown.count('class="handset"') == 2
    for said in ("甲 · 60", "小雨，甲说", "乙 · 40", "乙说"):
        assert said in shown
    assert "demo-oa</strong>" in shown, "who writes stands on the phone"
    form = desk.read(f"/plans/{plan_id}/edit")
    assert form.count('class="handset"') == 2
