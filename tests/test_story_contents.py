"""Stories of what plans say beside words: coupons, forms, quizzes, articles and materials."""

import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app import contents
from app.domain.insight import forms
from app.domain.loyalty.entries import Cause
from app.domain.loyalty.spending import coupon_batches, coupons
from app.domain.loyalty.spending.coupons import Coupon, MemberCoupon
from app.domain.outreach import where_used
from app.domain.outreach.journeys import plans
from app.domain.outreach.journeys.enrolments import Enrolment
from app.domain.outreach.journeys.plans import Plan
from app.domain.outreach.materials import material_uses, materials
from app.domain.outreach.materials.materials import Material, NoSuchMaterial, StillUsed
from app.domain.people.members import Member
from app.h5 import coupons as coupon_pages
from app.outbox import OutboxMessage
from sop import plans as sop_plans
from sop.contents import Message
from sop.plans import BadPlan
from tests.shop import GROUPS, OA
from tests.world import World

AT_ONCE = {"kind": "after", "minutes": 0}


def a_coupon(world: World, **terms: Any) -> str:
    with world.siyu.database.writing() as session:
        worth = {"name": "满百减十", "amount_fen": 1000, "stock": 100} | terms
        return str(coupons.draft(session, kind="fixed", now=world.now, **worth).id)


def a_form(world: World) -> str:
    asked = [
        {
            "key": "q1",
            "kind": "single",
            "label": "您的发质？",
            "options": ["油性", "干性"],
            "required": True,
        }
    ]
    with world.siyu.database.writing() as session:
        told = {"key": "hair", "title": "发质小调查", "intro": "", "repeatable": False}
        return forms.add(session, **told, asked=asked, now=world.now).key


def a_material(world: World, text: str, **more: Any) -> int:
    message = {"kind": "text", "content": {"text": text}}
    with world.siyu.database.writing() as session:
        told = {"name": "问候", "message": message, "now": world.now} | more
        return materials.write(session, **told).id


def running(world: World, kind: str, channel: str = OA, **content: str) -> Plan:
    """A plan for whoever joins, whose one step says this."""
    message = {"kind": kind, "content": content}
    return running_steps(world, [{"name": "说", "when": AT_ONCE, "message": message}], channel)


def running_steps(world: World, steps: list[Any], channel: str = OA) -> Plan:
    definition = {"audience": "member", "trigger": "joined", "steps": steps}
    with world.siyu.database.writing() as session:
        plan = plans.draft(
            session,
            name="内容",
            channel_id=world.channel(session, channel).id,
            definition=definition,
            now=world.now,
        )
        plans.move_to(session, plan, plans.State.RUNNING, world.now)
        return plan


def arrive(world: World, name: str = "小雨") -> Any:
    """She follows and writes; the last she hears."""
    world.event(name, "subscribe")
    world.says(name, "你好")
    world.work()
    return world.sent()[-1]["content"]


def test_a_coupon_step_gives_her_one_and_a_card_with_her_own_link(world: World) -> None:
    coupon = a_coupon(world)
    running(world, "coupon", coupon=coupon, text="{nickname|亲}，给您的见面礼")
    heard = str(arrive(world))
    (held,) = world.rows(MemberCoupon)
    assert f"/h5/coupons/{held.code}" in heard
    assert "满百减十" in heard
    assert "亲，给您的见面礼" in heard
    page = world.client.get(f"/h5/coupons/{held.code}")
    assert page.status_code == 200
    assert "满百减十" in page.text


def test_the_picture_of_a_coupon_is_one_that_every_scanner_reads(world: World) -> None:
    """A micro QR code, which a short text may become, has 17 dots a side at most, and tills and
    phones pass it over."""
    running(world, "coupon", coupon=a_coupon(world))
    arrive(world)
    (held,) = world.rows(MemberCoupon)
    page = world.client.get(f"/h5/coupons/{held.code}").text
    drawn = re.search(r'<svg[^>]*width="(\d+)"', page)
    assert drawn is not None
    assert int(drawn[1]) // 8 - 2 * 4 >= 21
    for source in Path(coupon_pages.__file__).parents[1].rglob("*.py"):
        assert "segno.make(" not in source.read_text(), source


def test_a_coupon_step_planned_twice_gives_one(world: World) -> None:
    coupon = a_coupon(world)
    plan = running(world, "coupon", coupon=coupon)
    arrive(world)
    with world.siyu.database.writing() as session:
        again = session.scalars(sa.select(Enrolment).filter_by(plan_id=plan.id)).one()
        again.due_at, again.due_step, again.ended_at = world.now, 0, None
        again.due_occurrence = again.end_reason = None
    first = world.rows(OutboxMessage, OutboxMessage.plan_id == plan.id)
    with world.siyu.database.writing() as session:
        member = world.member(session, "小雨")
        saying = contents.Saying(
            world.channel(session), {member.id: first[0].key}, Cause(f"plan:{plan.id}")
        )
        message = Message("coupon", {"coupon": coupon})
        sent = contents.as_sent(session, message, saying, world.siyu.programme, world.now)
    (held,) = world.rows(MemberCoupon)
    assert sent.values[member.id]["coupon"].endswith(held.code)


def test_when_none_is_left_the_step_says_why_and_nothing_else(world: World) -> None:
    coupon = a_coupon(world, stock=1)
    plan = running(world, "coupon", coupon=coupon)
    arrive(world, "小雨")
    arrive(world, "阿诚")
    said = world.rows(OutboxMessage, OutboxMessage.plan_id == plan.id)
    assert [(one.state, one.reason) for one in said][1:] == [("suppressed", "coupon_none_left")]
    assert len(world.rows(MemberCoupon)) == 1


def test_a_thousand_coupons_take_a_few_statements(world: World) -> None:
    coupon = int(a_coupon(world, stock=900, per_member=1))
    with world.siyu.database.writing() as session:
        made = [Member(nickname=f"会员{n}", created_at=world.now) for n in range(1000)]
        session.add_all(made)
        session.flush()
        keys = {member.id: f"coupon:test:{member.id}" for member in made}
        asked: list[str] = []
        listening = session.connection().engine
        sa.event.listen(listening, "before_cursor_execute", lambda *told: asked.append(told[2]))
        given = coupon_batches.issue(session, coupon, keys, cause=Cause("test"), now=world.now)
        assert len(given.codes) == 900
        assert set(given.refused.values()) == {"coupon_none_left"}
        again = coupon_batches.issue(session, coupon, keys, cause=Cause("test"), now=world.now)
        assert again == given
        second = {member_id: f"{key}:more" for member_id, key in keys.items()}
        more = coupon_batches.issue(session, coupon, second, cause=Cause("test"), now=world.now)
        assert len(more.codes) == 0
        assert session.get_one(Coupon, coupon).issued == 900
        assert len(asked) < 20


def test_a_form_step_opens_her_own_form(world: World) -> None:
    a_form(world)
    running(world, "form", form="hair", text="一分钟，帮您选对洗护")
    heard = arrive(world)
    url = str(heard).split("http", 1)[1].split("'", 1)[0]
    page = world.client.get("/" + url.split("/", 3)[3])
    assert page.status_code == 200
    assert "您的发质？" in page.text


def test_a_quiz_step_asks_and_her_answer_counts(world: World) -> None:
    quiz = world.quiz()
    running(world, "quiz", quiz=str(quiz.id), text="猜一猜：")
    heard = str(arrive(world))
    assert "猜一猜：" in heard
    assert "B. 扁桃仁" in heard
    assert "回复 A/B/C/D 作答" in heard
    world.says("小雨", "B")
    world.work()
    assert world.balance("小雨").points >= 10


def test_a_quiz_that_is_closed_or_asked_elsewhere_is_not_asked(world: World) -> None:
    quiz = world.quiz(channel=GROUPS, room="other@chatroom")
    plan = running(world, "quiz", quiz=str(quiz.id))
    arrive(world)
    (said,) = world.rows(OutboxMessage, OutboxMessage.plan_id == plan.id)
    assert (said.state, said.reason) == ("suppressed", "quiz_elsewhere")


def test_an_article_is_the_account_s_own_or_a_link(world: World) -> None:
    running(world, "article", title="护发三步", url="https://example.com/a", article_id="Art-1")
    assert arrive(world)["article_id"] == "Art-1"
    with world.siyu.database.reading() as session:
        groups = world.channel(session, GROUPS)
        message = Message("article", {"title": "护发三步", "url": "https://example.com/a"})
        saying = contents.Saying(groups, {}, Cause("test"), to_groups=True)
        sent = contents.as_sent(session, message, saying, world.siyu.programme, world.now)
        assert (sent.kind, sent.content["url"]) == ("link", "https://example.com/a")
        only_there = Message("article", {"title": "护发三步", "article_id": "Art-1"})
        with pytest.raises(contents.CannotBeSaid) as refusal:
            contents.as_sent(session, only_there, saying, world.siyu.programme, world.now)
        assert refusal.value.reason == "article_without_link"


def test_a_coupon_cannot_be_said_to_a_group_nor_named_outside_its_message(world: World) -> None:
    def wrong(audience: str, kind: str, **content: str) -> list[str]:
        step = {"name": "x", "when": AT_ONCE, "message": {"kind": kind, "content": content}}
        definition = {"audience": audience, "trigger": {"kind": "manual"}, "steps": [step]}
        with pytest.raises(BadPlan) as refusal:
            sop_plans.parse(definition)
        return [problem.path for problem in refusal.value.problems]

    assert wrong("group", "coupon", coupon="1") == ["steps[0].message.kind"]
    assert wrong("member", "text", text="{coupon}") == ["steps[0].message.content.text"]
    assert wrong("member", "coupon", coupon="") == ["steps[0].message.content.coupon"]
    assert wrong("member", "article", title="x") == ["steps[0].message.content.url"]


def test_a_plan_says_its_material_as_it_was_when_the_plan_was_saved(world: World) -> None:
    material = a_material(world, "早上好")
    plan = running(world, "material", material=str(material))
    a_material(world, "晚上好", material_id=material)
    assert "早上好" in str(arrive(world, "小雨"))
    with world.siyu.database.writing() as session:
        found = session.get_one(Plan, plan.id)
        written = plans.written(session, plan.id, 1)
        newest = material_uses.pinned(session, written, newest=material)
        plans.revise(session, found, newest, None, world.now)
    assert "晚上好" in str(arrive(world, "阿诚"))


def test_where_a_material_is_used_is_known_and_keeps_it(world: World) -> None:
    used, unused = a_material(world, "早上好 {radar:haircare}"), a_material(world, "没人用")
    plan = running(world, "material", material=str(used))
    with world.siyu.database.writing() as session:
        (one,) = where_used.of(session, "material", str(used))
        holder = (one.use.holder_kind, one.use.holder_id, one.use.holder_version)
        assert holder == ("plan", plan.id, 1)
        assert one.use.version == 1
        assert one.is_current
        (radar,) = where_used.of(session, "radar", "haircare")
        assert (radar.use.holder_kind, radar.use.holder_id) == ("material", used)
        with pytest.raises(StillUsed):
            materials.delete(session, used)
        materials.delete(session, unused)
        materials.archive(session.get_one(Material, used), world.now)
        plans.move_to(session, session.get_one(Plan, plan.id), plans.State.STOPPED, world.now)
    with world.siyu.database.reading() as session:
        assert materials.search(session) == []
        assert [one.id for one in materials.search(session, archived=True)] == [used]
        (one,) = where_used.of(session, "material", str(used))
        assert not one.is_current
    with pytest.raises(NoSuchMaterial):
        running(world, "material", material=str(unused))


def test_a_material_for_members_is_refused_in_a_plan_for_groups(world: World) -> None:
    material = a_material(world, "{nickname|亲}，早")
    message = {"kind": "material", "content": {"material": str(material)}}
    step = {"name": "x", "when": AT_ONCE, "message": message}
    definition = {"audience": "group", "trigger": {"kind": "manual"}, "steps": [step]}
    with world.siyu.database.writing() as session:
        where = world.channel(session, GROUPS).id
        with pytest.raises(BadPlan) as refusal:
            plans.draft(session, name="群", channel_id=where, definition=definition, now=world.now)
    assert [problem.path for problem in refusal.value.problems] == ["steps[0].message.content.text"]
