"""The material library: written, found, previewed, used in plans, archived; and A/B in a step."""

import re
from typing import Any

from app.console.automation import plan_checks, plan_fitting
from app.domain.loyalty.spending import coupons
from app.domain.outreach.journeys.plans import Plan, PlanVersion
from app.domain.outreach.materials.materials import Material
from sop import plan_templates
from tests.console_desk import Desk
from tests.plan_desk import FORM, drafted
from tests.shop import GROUPS
from tests.wecom_house import CORP, add_channel
from tests.world import World

GREETING = {"name": "早安", "folder": "日常", "labels": "问候，早上", "message_kind": "text"}


def written(world: World, desk: Desk, **changes: Any) -> int:
    answer = desk.post("/materials/new", GREETING | {"text": "{nickname|亲}，早上好"} | changes)
    assert answer.status_code == 303, re.findall(r"invalid-feedback[^>]*>([^<]*)", answer.text)
    return max(one.id for one in world.rows(Material))


def test_a_material_is_written_and_found_by_words_kind_and_folder(world: World, desk: Desk) -> None:
    material_id = written(world, desk)
    written(world, desk, name="官网", message_kind="link", title="官网", url="https://example.com")
    assert "小雨，早上好" in desk.read(f"/materials/{material_id}")
    for query, found in (
        ("words=早", True),
        ("words=问候", True),
        ("kind=link", False),
        ("folder=日常&kind=text", True),
        ("words=%25", False),
    ):
        assert (">早安<" in desk.read(f"/materials?{query}")) is found, query
    preview = desk.post("/materials/preview", {"message_kind": "text", "text": "{tier}"}).text
    assert "黄金" in preview


def test_an_empty_library_is_told_from_a_search_that_finds_nothing(desk: Desk) -> None:
    assert "还没有素材" in desk.read("/materials")
    assert "没有这样的素材" in desk.read("/materials?words=早安")


def test_what_cannot_be_filled_is_refused_at_its_field(world: World, desk: Desk) -> None:
    for text in ("{surname}", "{radar:gone}", "{coupon}"):
        page = desk.post("/materials/new", GREETING | {"text": text}).text
        assert re.search(r'is-invalid" id="text"', page), text
    page = desk.post("/materials/new", GREETING | {"message_kind": "form", "form": "gone"}).text
    assert re.search(r'is-invalid" id="form"', page)
    assert world.rows(Material) == []


def test_a_plan_keeps_its_version_until_it_is_told_to_use_the_newest(
    world: World, desk: Desk
) -> None:
    material_id = written(world, desk)
    uses = {
        "steps[0].message.message_kind": "material",
        "steps[0].message.material": f"{material_id}@1",
    }
    plan_id = drafted(world, desk, **uses)
    again = GREETING | {"text": "{nickname|亲}，早"}
    assert desk.post(f"/materials/{material_id}/edit", again).status_code == 303
    page = desk.read(f"/materials/{material_id}")
    assert "三天关怀 v1" in page
    assert "改用最新版本" in page
    assert "保持 v1" in desk.read(f"/plans/{plan_id}/edit")
    desk.post(f"/materials/{material_id}/adopt/{plan_id}")
    held = [
        version.definition["steps"][0]["message"]["content"]["version"]
        for version in world.rows(PlanVersion)
    ]
    assert held == ["1", "2"]
    assert "小雨，早<" in desk.read(f"/plans/{plan_id}")
    assert desk.post(f"/materials/{material_id}/delete").status_code == 303
    assert "只能归档" in desk.read(f"/materials/{material_id}")
    desk.post(f"/materials/{material_id}/archive")
    assert ">早安<" not in desk.read("/materials")
    assert ">早安<" in desk.read("/materials?archived=1")
    desk.post(f"/materials/{material_id}/archive", {"back": "yes"})
    assert ">早安<" in desk.read("/materials")


def test_a_material_that_nobody_uses_can_be_deleted(world: World, desk: Desk) -> None:
    material_id = written(world, desk)
    desk.post(f"/materials/{material_id}/delete")
    assert world.rows(Material) == []
    assert desk.get(f"/materials/{material_id}").status_code == 404


def test_a_step_becomes_an_a_b_test_and_one_message_again(world: World, desk: Desk) -> None:
    halves = desk.post("/plans/form", FORM | {"steps[0].does": "variants"}).text
    assert 'name="steps[0].variants[1].message.text"' in halves
    assert halves.count("{nickname|亲}，您好") == 2, "both begin with what the step said"
    said = {name: text for name, text in FORM.items() if not name.startswith("steps[0].message")}
    two = said | {
        "steps[0].does": "variants",
        "steps[0].variants[0].name": "A",
        "steps[0].variants[0].share": "70",
        "steps[0].variants[0].message.message_kind": "text",
        "steps[0].variants[0].message.text": "早上好",
        "steps[0].variants[1].name": "B",
        "steps[0].variants[1].share": "30",
        "steps[0].variants[1].message.message_kind": "text",
        "steps[0].variants[1].message.text": "{surname}",
    }
    page = desk.post("/plans/new", two).text
    assert 'is-invalid" id="steps[0].variants[1].message.text"' in page
    plan_id = drafted(world, desk, **two | {"steps[0].variants[1].message.text": "早安"})
    (version,) = world.rows(PlanVersion, PlanVersion.plan_id == plan_id)
    assert [one["share"] for one in version.definition["steps"][0]["variants"]] == [70, 30]
    assert "早安" in desk.read(f"/plans/{plan_id}")
    one = desk.post("/plans/form", two | {"steps[0].does": "message"}).text
    assert 'name="steps[0].message.text" rows="4">早上好<' in one
    assert len(world.rows(Plan)) == 1


def test_a_plan_is_made_of_a_template_as_a_draft(world: World, desk: Desk) -> None:
    page = desk.read("/plans/templates")
    assert "新会员 7 天" in page
    assert "如果 入组以来：下单付款了" in page
    with world.siyu.database.writing() as session:
        worth = {"name": "老朋友券", "amount_fen": 500, "now": world.now}
        coupon = coupons.draft(session, kind="fixed", **worth).id
    form = {"channel_id": "1", "coupon": str(coupon)}
    answer = desk.post("/plans/templates/new_member", form, page="/plans/templates")
    (plan,) = world.rows(Plan)
    assert answer.location.endswith(f"/plans/{plan.id}")
    assert (plan.state, plan.name) == ("draft", "新会员 7 天")
    shown = desk.read(f"/plans/{plan.id}")
    assert "老朋友券" in shown
    assert "等：给我们发了消息" in shown
    assert "等：给我们发了消息" in desk.read(f"/plans/{plan.id}/edit"), "its form says all of it"
    assert len(world.rows(PlanVersion)) == 1
    assert desk.post("/plans/templates/made-up").status_code == 404
    desk.post("/plans/templates/new_group", {"channel_id": "1"})
    assert len(world.rows(Plan)) == 1, "an official account cannot speak to groups"
    desk.post("/plans/templates/silent", form | {"coupon": "999"})
    assert "已经没有了，请另选一个" in desk.read("/plans/templates")
    assert len(world.rows(Plan)) == 1


def test_every_template_fits_an_official_account_and_a_corp(world: World) -> None:
    """An official account has not the ways of a corp, whose staff say the same to everybody."""
    with world.siyu.database.writing() as session:
        accounts = {
            "member": [world.channel(session), add_channel(session, world.siyu, "http://wecom")],
            "group": [world.channel(session, CORP), world.channel(session, GROUPS)],
        }
        for template in plan_templates.TEMPLATES:
            for account in accounts[template.audience]:
                made = plan_fitting.fitted(session, account, plan_templates.made(template))
                assert plan_checks.problems_of(session, account, made) == [], template.key
