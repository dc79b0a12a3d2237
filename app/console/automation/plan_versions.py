"""The versions of a plan side by side: what is different in words, and moving those who are in it
on to the newest one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

import sqlalchemy as sa
from flask import abort, flash, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import wakeups
from app.console.automation import plan_fields, plan_sentences
from app.console.automation.plan_fields import steps
from app.console.frame import Answer, console, go, operator_id, page, siyu
from app.console.saying.names import Names
from app.console.saying.plan_words import said
from app.domain.outreach.journeys import plans, versions
from app.domain.outreach.journeys.enrolments import Enrolment
from app.domain.outreach.journeys.plans import Plan, State
from app.domain.people import operators


@dataclass(frozen=True, slots=True)
class Line:
    """``sign``: + for what is new, - for what is gone, blank for what has stayed."""

    sign: str
    text: str


@console.get("/plans/<int:plan_id>/versions")
def plan_versions(plan_id: int) -> Answer:
    with siyu().database.reading() as session:
        shown = session.get(Plan, plan_id) or abort(404)
        newer = min(max(request.args.get("to", shown.version, type=int), 1), shown.version)
        older = min(max(request.args.get("from", newer - 1, type=int), 1), shown.version)
        written = [plans.written(session, plan_id, version) for version in (older, newer)]
        return page(
            "automation/plan_versions.html",
            plan=shown,
            older=older,
            newer=newer,
            lines=differences(Names(session), *written),
            inside=_inside(session, plan_id),
            may_move=shown.state != State.STOPPED,
        )


@console.post("/plans/<int:plan_id>/versions/<int:version>/move")
def move_to_newest_version(plan_id: int, version: int) -> Answer:
    """Those who are in it on this version go on with the newest."""
    now = siyu().clock()
    with siyu().database.writing() as session:
        plan = session.get(Plan, plan_id) or abort(404)
        if not 0 < version < plan.version or plan.state == State.STOPPED:
            abort(409)
        moved, stayed = versions.move(session, plan, version, plan.version, now)
        details = {"from": version, "to": plan.version, "moved": moved, "stayed": stayed}
        operators.record(session, operator_id(), "plan.move", f"plan:{plan_id}", details, now)
    siyu().wakeups.wake(wakeups.PLANS)
    flash(
        _(
            "%(moved)s 个已改用最新版本，%(stayed)s 个的位置在新版本里对不上，留在原版本。",
            moved=moved,
            stayed=stayed,
        )
    )
    return go("plan_versions", plan_id=plan_id)


def differences(names: Names, older: Mapping[str, Any], newer: Mapping[str, Any]) -> list[Line]:
    """Both as lines of words; what is in one only is marked."""
    before, after = [*_lines_of(names, older)], [*_lines_of(names, newer)]
    found = []
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            found += [Line("", text) for text in before[a:b]]
        else:
            found += [Line("-", text) for text in before[a:b]]
            found += [Line("+", text) for text in after[c:d]]
    return found


def _lines_of(names: Names, definition: Mapping[str, Any]) -> Iterator[str]:
    today = plan_fields.as_fields(definition)
    yield f"{_('触发')}{_('：')}{plan_sentences.trigger(names, today['trigger'])}"
    for which, values in plan_sentences.filters(names, today.get("filter") or {}):
        yield f"{which}{_('：')}{values}"
    yield from plan_sentences.settings(names, today)
    yield from _lines_of_steps(names, today["steps"], "")


def _lines_of_steps(names: Names, listed: list[Any], indent: str) -> Iterator[str]:
    for step in listed:
        when = plan_sentences.when_or_mistake(step["when"], in_arm=bool(indent))
        yield f"{indent}● {step['name']} · {when}"
        if sentence := plan_sentences.step(names, step):
            yield f"{indent}　{sentence}"
        for message in _messages_of(names, step):
            yield f"{indent}　{message}"
        if step.get("route"):
            yield f"{indent}　{plan_sentences.route(names, step['route'])}"
        words = "wait_arm" if steps.does(step) == "wait" else "arm"
        for arm, _path, inside in steps.arms_of(step, ""):
            if inside:
                yield f"{indent}　{said(arm, words)}{_('：')}"
                yield from _lines_of_steps(names, inside, f"{indent}　　")


def _messages_of(names: Names, step: Mapping[str, Any]) -> Iterator[str]:
    if "message" in step:
        yield plan_sentences.message(names, step["message"])
    for variant in step.get("variants", ()):
        message = plan_sentences.message(names, variant["message"])
        yield f"{variant['name']}（{variant['share']}）{message}"


def _inside(session: Session, plan_id: int) -> Mapping[int, int]:
    """By version, how many are in the plan."""
    rows = session.execute(
        sa.select(Enrolment.version, sa.func.count())
        .where(Enrolment.plan_id == plan_id, Enrolment.ended_at.is_(None))
        .group_by(Enrolment.version)
        .order_by(Enrolment.version)
    )
    return dict(rows.all())
