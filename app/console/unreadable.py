"""Unreadable: what a plan, a segment, a broadcast or a form says, when it can no longer be read.

No door of ours keeps such a thing; somebody has written it past us, or by another release. Its
pages then say what is wrong with it, and lead to where it is written anew; what runs can be
stopped.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask import request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.console import languages
from app.console.content import form_rows
from app.console.frame import siyu
from app.domain.insight import questions
from app.domain.insight.forms import Form
from app.domain.insight.questions import BadQuestions
from app.domain.insight.segments import Segment
from app.domain.outreach.broadcasts import Broadcast
from app.domain.outreach.journeys import plans
from app.domain.outreach.journeys.plans import Plan
from app.segments import keeping
from sop import broadcasts as sop_broadcasts
from sop import plans as sop_plans
from sop.broadcasts import BadBroadcast
from sop.plans import BadPlan
from tagging.segments.nesting import NoSuchSegment
from tagging.segments.reading import BadSegment

ANEW = "anew"  # in the address of an editor: what is stored is not looked at


@dataclass(frozen=True, slots=True)
class Unreadable:
    """``stops``: the address to post to, and which buttons."""

    name: str
    problems: Sequence[str]
    anew: str
    stops: tuple[str, Mapping[str, str]] | None = None


def asked() -> Unreadable | None:
    """Of what the request is about; None when that can be read, or there is none."""
    with siyu().database.reading() as session:
        for name, number in (request.view_args or {}).items():
            if name in _READS:
                return _READS[name](session, number)
    return None


def is_anew() -> bool:
    return ANEW in request.args


def _plan(session: Session, number: int) -> Unreadable | None:
    plan = session.get(Plan, number)
    if plan is None:
        return None
    try:
        sop_plans.parse(plans.written(session, number, plan.version))
    except BadPlan as bad:
        buttons = {"pause": _("暂停")} if plan.state == plans.State.RUNNING else {}
        if plan.state != plans.State.STOPPED:
            buttons["stop"] = _("停止")
        stops = url_for("console.change_plan_state", plan_id=number), buttons
        anew = url_for("console.edit_plan", plan_id=number, anew=1)
        return Unreadable(plan.name, _said(bad), anew, stops)
    return None


def _broadcast(session: Session, number: int) -> Unreadable | None:
    broadcast = session.get(Broadcast, number)
    if broadcast is None:
        return None
    try:
        sop_broadcasts.parse(broadcast.definition)
    except BadBroadcast as bad:
        state = url_for("console.change_broadcast_state", broadcast_id=number)
        anew = url_for("console.edit_broadcast", broadcast_id=number, anew=1)
        return Unreadable(broadcast.name, _said(bad), anew, (state, {"cancel": _("取消群发")}))
    return None


def _segment(session: Session, number: int) -> Unreadable | None:
    segment = session.get(Segment, number)
    if segment is None:
        return None
    anew = url_for("console.edit_segment", segment_id=number, anew=1)
    try:
        keeping.whole(session, segment.rule)
    except BadSegment as bad:
        return Unreadable(segment.name, _said(bad), anew)
    except NoSuchSegment as missing:
        said = _("它引用的人群“%(key)s”没有了，或者读不出来", key=str(missing))
        return Unreadable(segment.name, [said], anew)
    return None


def _form(session: Session, number: int) -> Unreadable | None:
    form = session.get(Form, number)
    if form is None:
        return None
    try:
        questions.parse(form.questions)
    except BadQuestions as bad:
        anew = url_for("console.edit_form", form_id=number, anew=1)
        said = [
            f"{key}: {form_rows.PROBLEMS.get(what, what)}".removeprefix(": ")
            for key, what in bad.problems.items()
        ]
        return Unreadable(form.title, said, anew)
    return None


def _said(bad: BadPlan | BadBroadcast | BadSegment) -> list[str]:
    return [languages.in_language(problem) for problem in bad.problems]


_READS: Mapping[str, Callable[[Session, int], Unreadable | None]] = {
    "plan_id": _plan,
    "broadcast_id": _broadcast,
    "segment_id": _segment,
    "form_id": _form,
}
