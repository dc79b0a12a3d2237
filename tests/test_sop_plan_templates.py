"""The classic plans: each is one, with a coupon and without."""

import json

import pytest

from sop import plan_templates, plans, steps, wording
from sop.plan_templates import TEMPLATES, PlanTemplate

CLASSIC = ["new_member", "first_purchase", "silent", "lost", "member_day", "birthday", "new_group"]


def test_the_seven_classic_plans_are_there_under_names_of_their_own() -> None:
    assert [one.key for one in TEMPLATES] == CLASSIC
    assert len({one.name for one in TEMPLATES}) == len(CLASSIC)
    assert all(plan_templates.by_key(key) is not None for key in CLASSIC)
    assert plan_templates.by_key("made-up") is None


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: one.key)
@pytest.mark.parametrize("coupon", [None, "7"])
def test_each_is_a_plan_with_a_coupon_and_without(
    template: PlanTemplate, coupon: str | None
) -> None:
    definition = plan_templates.made(template, coupon)
    plan = plans.parse(definition)
    kinds = [step.message.kind for step in plan.steps if step.message]
    assert ("coupon" in kinds) is (coupon is not None and template.wants_coupon)
    assert "券" not in json.dumps(definition, ensure_ascii=False) or coupon is not None, (
        "what is not given is not spoken of"
    )


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: one.key)
def test_their_words_are_short_and_have_words_for_what_is_not_known(
    template: PlanTemplate,
) -> None:
    always = {"points", "group_name"}  # there is always a value
    for coupon in (None, "7"):
        for step in plans.parse(plan_templates.made(template, coupon)).steps:
            text = str(step.message.content["text"]) if step.message else ""
            assert len(text) <= 80
            assert len(step.name) <= steps.NAME_CHARACTERS_MAX
            wording.render(text, dict.fromkeys(always, "1"))


def test_they_show_what_plans_can_do() -> None:
    written = json.dumps([one.definition for one in TEMPLATES])
    for part in ("branch", "wait", "act", "goal", "ends", "reentry", "route", "silent", "cron"):
        assert f'"{part}"' in written, part
