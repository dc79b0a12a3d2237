"""Experiments of a plan or a broadcast: which variant works better, and does speaking help?"""

from collections.abc import Mapping
from typing import Any

from flask import abort, flash, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import experiments
from app.console.frame import Answer, console, go, operator_id, page, siyu
from app.domain.outreach.broadcasts import Broadcast
from app.domain.outreach.journeys import plans, winner_rules
from app.domain.outreach.journeys.plans import NotAllowed, Plan
from app.experiments import BadMeasure, Measure


@console.get("/plans/<int:plan_id>/experiments")
def plan_experiments(plan_id: int) -> Answer:
    with siyu().database.reading() as session:
        shown = session.get(Plan, plan_id) or abort(404)
        definition = plans.definition_of(session, plan_id, shown.version)
        usual = experiments.measure_of(definition)
        by = _measure(usual)
        found = experiments.of_plan(session, shown, by)
        rules = {
            one.step: winner_rules.of_step(session, plan_id, shown.version, one.step)
            for one in found
            if one.step is not None
        }
        return _page(
            "console.plan",
            {"plan_id": plan_id},
            name=shown.name,
            by=by,
            found=found,
            rules=rules,
            plan=shown,
            may_choose=shown.state != plans.State.STOPPED,
        )


@console.get("/broadcasts/<int:broadcast_id>/experiments")
def broadcast_experiments(broadcast_id: int) -> Answer:
    with siyu().database.reading() as session:
        shown = session.get(Broadcast, broadcast_id) or abort(404)
        by = _measure(experiments.measure(experiments.USUAL))
        found = experiments.of_broadcast(session, shown, by)
        back = {"broadcast_id": broadcast_id}
        return _page("console.broadcast", back, name=shown.name, by=by, found=found, rules={})


@console.post("/plans/<int:plan_id>/experiments/<int:step>")
def decide_experiment(plan_id: int, step: int) -> Answer:
    """By choice: a variant is the winner now. By rule: as soon as one is certainly better."""
    now, winner = siyu().clock(), request.form.get("winner", "")
    try:
        with siyu().database.writing() as session:
            plan = session.get(Plan, plan_id) or abort(404)
            if request.form.get("button") == "rule":
                _make_rule(session, plan, step)
            else:
                experiments.choose(session, plan, step, winner, operator_id(), now)
                flash(_("已选定「%(name)s」。新版本对此后入组的会员生效。", name=winner))
    except (KeyError, BadMeasure):
        abort(400)
    except NotAllowed:
        abort(409)
    return go("plan_experiments", plan_id=plan_id)


def _make_rule(session: Session, plan: Plan, step: int) -> None:
    definition = plans.definition_of(session, plan.id, plan.version)
    if step >= len(definition.steps) or not definition.steps[step].variants:
        raise KeyError(step)
    asked = _asked(request.form)
    experiments.measure(asked)
    now = siyu().clock()
    winner_rules.make(session, plan.id, plan.version, step, asked, operator_id(), now)
    flash(_("一旦有一个版本确实更好，就自动选定它。"))


def _measure(usual: Measure) -> Measure:
    """What the page's own form asks for; else what is usual here."""
    if "kind" not in request.args:
        return usual
    try:
        return experiments.measure(_asked(request.args))
    except BadMeasure:
        abort(400)


def _asked(form: Mapping[str, str]) -> dict[str, Any]:
    days = form.get("within_days", "")
    return {
        "happened": {"kind": form.get("kind", "")},
        "within_days": int(days) if days.isascii() and days.isdigit() and len(days) < 5 else days,
    }


def _page(endpoint: str, back: Mapping[str, int], **shown: Any) -> str:
    kinds = _successes() | {shown["by"].what.kind: shown["by"].what.kind} | _successes()
    return page("automation/experiments.html", endpoint=endpoint, back=back, kinds=kinds, **shown)


def _successes() -> dict[str, str]:
    """What may count as success."""
    return {
        "ordered": _("下单"),
        "clicked": _("打开雷达链接"),
        "read": _("读雷达文章"),
        "answered": _("回答问答"),
        "form_submitted": _("提交表单"),
        "replied": _("回复"),
        "signed_in": _("签到"),
        "joined_group": _("进群"),
    }


@console.app_template_filter()
def arm_in_words(arm: str) -> str:
    words = {experiments.TREATED: _("发送的"), experiments.HELD_OUT: _("对照组（不发送）")}
    return words.get(arm, arm)
