"""Plans in the console: written without JSON, started, paused and stopped, and accounted for."""

import re
from datetime import timedelta

from app.domain.outreach import audience
from app.domain.outreach.journeys import plans
from app.domain.outreach.journeys.enrolments import Enrolment
from app.domain.outreach.journeys.plans import Plan, PlanVersion
from app.domain.people.channels import Channel
from app.domain.people.operators import AuditEntry
from app.sending.audiences import reasons_outside
from tests.console_desk import Desk
from tests.plan_desk import FORM, drafted, press
from tests.world import World


def test_a_plan_is_written_started_and_heard(world: World, desk: Desk) -> None:
    world.event("小雨", "subscribe")
    world.says("小雨", "你好")
    world.work()
    plan_id = drafted(world, desk)
    (version,) = world.rows(PlanVersion, PlanVersion.plan_id == plan_id)
    assert version.definition["steps"][1]["when"] == {"kind": "after", "days": 3, "at": "10:00"}
    assert press(desk, plan_id, "start") == 303
    assert "现在有 1 个" in desk.read(f"/plans/{plan_id}/audience")
    desk.post(f"/plans/{plan_id}/enrol")
    assert "都已入组" in desk.read(f"/plans/{plan_id}/audience")
    world.work()
    assert world.heard("小雨")[-1] == "亲，您好"
    page = desk.read(f"/plans/{plan_id}")
    assert "第 2 步 · 2026-11-05 10:00" in page
    assert re.search(r"1\. 第一步.*?text-green\">1</td>", page, re.S)
    actions = [entry.action for entry in world.rows(AuditEntry)]
    assert actions == ["plan.start", "plan.enrol"]


def test_pausing_holds_messages_and_going_on_sends_them(world: World, desk: Desk) -> None:
    world.event("小雨", "subscribe")
    world.says("小雨", "你好")
    world.work()
    before = len(world.heard("小雨"))
    plan_id = drafted(world, desk)
    press(desk, plan_id, "start")
    desk.post(f"/plans/{plan_id}/enrol")
    press(desk, plan_id, "pause")
    world.work()
    assert len(world.heard("小雨")) == before
    press(desk, plan_id, "resume")
    world.work()
    assert len(world.heard("小雨")) == before + 1


def test_a_stopped_plan_says_nothing_more_and_says_why(world: World, desk: Desk) -> None:
    world.event("小雨", "subscribe")
    world.says("小雨", "你好")
    world.work()
    plan_id = drafted(world, desk)
    press(desk, plan_id, "start")
    desk.post(f"/plans/{plan_id}/enrol")
    press(desk, plan_id, "stop")
    world.now += timedelta(days=4)
    world.work()
    assert "您好" not in str(world.heard("小雨")[1:])
    assert "计划已停止" in desk.read(f"/plans/{plan_id}")
    assert press(desk, plan_id, "start") == 409
    assert press(desk, plan_id, "made-up") == 400
    assert desk.post(f"/plans/{plan_id}/enrol").status_code == 409
    assert desk.post(f"/plans/{plan_id}/edit", FORM).status_code in (303, 409)


def test_a_new_version_is_for_those_who_come_later(world: World, desk: Desk) -> None:
    plan_id = drafted(world, desk, **{"trigger.kind": "joined"})
    press(desk, plan_id, "start")
    world.event("小雨", "subscribe")
    world.work()
    changed = FORM | {"trigger.kind": "joined", "steps[0].message.text": "换了说法"}
    assert desk.post(f"/plans/{plan_id}/edit", changed).status_code == 303
    assert desk.post(f"/plans/{plan_id}/edit", changed).status_code == 303, "nothing is new"
    world.event("阿诚", "subscribe")
    world.work()
    enrolments = world.rows(Enrolment, Enrolment.plan_id == plan_id)
    assert [enrolment.version for enrolment in enrolments] == [1, 2]
    assert "换了说法" in str(world.heard("阿诚"))
    assert "换了说法" not in str(world.heard("小雨"))


def test_every_mistake_stands_at_its_own_field(world: World, desk: Desk) -> None:
    wrong = FORM | {
        "name": "",
        "trigger.kind": "tagged",
        "trigger.tag": "",
        "steps[0].when.minutes": "soon",
        "steps[0].message.text": "{surname}",
        "steps[1].name": "",
        "steps[1].message.url": "ftp://x",
    }
    page = desk.post("/plans/new", wrong).text
    for field in ("name", "trigger.tag", "steps[0].message.text", "steps[1].name"):
        assert f'is-invalid" id="{field}"' in page, field
    assert "minutes 要是" in page
    assert "soon" in page, "what was written is still there"
    gone = desk.post("/plans/new", FORM | {"steps[1].message.url": "{radar:gone}"}).text
    assert 'is-invalid" id="steps[1].message.url"' in gone
    assert world.rows(Plan) == []


def test_a_plan_for_groups_needs_a_channel_with_groups(world: World, desk: Desk) -> None:
    said = {"[0].message.text": "{group_name}早上好", "[1].message.url": "https://example.com/"}
    steps = {f"steps{field}": text for field, text in said.items()}
    form = FORM | {"audience": "group", "filter.tier_labels": "gold"} | steps
    assert "不能向社群发送" in desk.post("/plans/new", form).text
    gateway = next(c for c in (1, 2, 3) if _kind(world, c) == "group_gateway")
    plan_id = drafted(world, desk, **form | {"channel_id": str(gateway)})
    press(desk, plan_id, "start")
    desk.post(f"/plans/{plan_id}/enrol")
    world.work()
    assert world.heard_in_group() == ["四月黄金群早上好"]


def test_steps_come_and_go_without_losing_what_is_written(desk: Desk) -> None:
    more = desk.post("/plans/form", FORM | {"change": "add:steps"}).text
    assert [n in more for n in ("steps[2].name", "您好", "洗护三步")] == [True] * 3
    assert 'name="steps[2].when.days" type="number" value="4"' in more, "a day after the last step"
    less = desk.post("/plans/form", FORM | {"change": "remove:steps[0]"}).text
    assert "您好" not in less
    assert "洗护三步" in less
    moved = desk.post("/plans/form", FORM | {"change": "up:steps[1]"}).text
    assert moved.index("洗护三步") < moved.index("您好")
    other = desk.post("/plans/form", FORM | {"steps[0].when.kind": "weekly"}).text
    assert other.count('name="steps[0].when.weekdays"') == 7
    for strange in ("remove:steps[9]", "up:steps[0]", "up:steps", "add:", "add:x", "explode"):
        assert desk.post("/plans/form", FORM | {"change": strange}).status_code == 200


def test_the_audience_as_a_query_is_the_audience_as_decided(world: World, desk: Desk) -> None:
    """``audience`` says in SQL what ``sop.audiences`` decides member by member."""
    for name, said in (("小雨", "头发总是很油"), ("阿诚", "签到"), ("林夏", "你好")):
        world.event(name, "subscribe", EventKey="qrscene_store_001" if name == "林夏" else "")
        world.says(name, said)
    world.work()
    filters: list[dict[str, list[str]]] = [
        {},
        {"tiers": ["basic"]},
        {"tiers": ["gold"]},
        {"tags_all": ["油性发质"]},
        {"tags_all": ["油性发质", "门店·一号店"]},
        {"tags_any": ["油性发质", "门店·一号店"]},
        {"tags_none": ["油性发质"]},
        {"tags_none": ["没有这个标签"], "tags_any": ["油性发质"]},
    ]
    for chosen in filters:
        plan = world.plan(({"kind": "daily", "at": "09:00"}, "早"), trigger="manual", filter=chosen)
        with world.siyu.database.writing() as session:
            chosen_ids = set(session.scalars(audience.of(session, plan)))
            assert audience.count_new(session, plan) == len(chosen_ids)
            everybody = {world.member(session, name).id for name in ("小雨", "阿诚", "林夏")}
            definition = plans.definition_of(session, plan.id, 1)
            decided = {
                member_id
                for member_id in everybody
                if not reasons_outside(
                    session,
                    [(definition, Enrolment(member_id=member_id, plan_id=plan.id, id=1))],
                    world.now,
                )
            }
            session.expunge_all()
        assert chosen_ids == decided, chosen


def _kind(world: World, channel_id: int) -> str:
    return str(world.rows(Channel, Channel.id == channel_id)[0].kind)


def test_a_member_is_put_into_a_plan_and_taken_out_by_hand(world: World, desk: Desk) -> None:
    world.event("小雨", "subscribe")
    world.work()
    with world.siyu.database.reading() as session:
        member_id = world.member(session, "小雨").id
    plan_id = drafted(world, desk)
    into = {"plan_id": str(plan_id)}
    assert desk.post(f"/members/{member_id}/plans", into).status_code == 409, "still a draft"
    press(desk, plan_id, "start")
    assert "不在任何计划里" in desk.read(f"/members/{member_id}")
    desk.post(f"/members/{member_id}/plans", into)
    world.work()
    page = desk.read(f"/members/{member_id}")
    assert "接下来：第二步 2026-11-05 10:00" in page
    desk.post(f"/members/{member_id}/plans", into)
    assert "已经在这个计划里" in desk.read(f"/members/{member_id}")
    (enrolment,) = world.rows(Enrolment, Enrolment.plan_id == plan_id)
    desk.post(f"/members/{member_id}/plans/{enrolment.id}/end")
    assert "由运营取出" in desk.read(f"/members/{member_id}")
    world.now += timedelta(days=5)
    world.work()
    assert "洗护三步" not in str(world.heard("小雨"))
    assert desk.post(f"/members/999/plans/{enrolment.id}/end").status_code == 404
    actions = [entry.action for entry in world.rows(AuditEntry)]
    assert actions == ["plan.start", "plan.put_in", "plan.take_out"]
