"""Stories: the moments of one member's rehearsal with the names of what they are about."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.console.frame import console
from app.domain.outreach.journeys.plans import Plan
from app.domain.people.channels import Channel
from app.rehearsals.casting import Cast
from sop.rehearsing.casts import Moment
from sop.rehearsing.reaches import Place


@dataclass(frozen=True, slots=True)
class PassedOver:
    way: str
    channel: str
    reason: str


@dataclass(frozen=True, slots=True)
class Line:
    """``is_own``: of the plan that is looked at, not of one that runs beside it."""

    moment: Moment
    plan: str
    is_own: bool
    step: str
    way: str
    channel: str
    passed_over: Sequence[PassedOver]


def lines(session: Session, cast: Cast, moments: Sequence[Moment]) -> Sequence[Line]:
    plans, older = {plan.id: plan for plan in cast.plans}, cast.house.older

    def line(moment: Moment) -> Line:
        plan = older.get((moment.plan_id, moment.version), plans[moment.plan_id])
        steps = plan.definition.steps
        return Line(
            moment,
            session.get_one(Plan, moment.plan_id).name,
            moment.plan_id == cast.plans[0].id,
            steps[moment.step].name if moment.step is not None else "",
            moment.way[0] if moment.way else "",
            _channel(session, moment.way) if moment.way else "",
            [PassedOver(way[0], _channel(session, way), why) for way, why in moment.passed_over],
        )

    return [line(moment) for moment in moments]


@console.app_template_filter()
def moment_in_words(what: str) -> str:
    words = {
        "enters": _("入组"),
        "says": _("发送"),
        "withheld": _("不发送"),
        "does": _("执行动作"),
        "held_out": _("在对照组，不联系"),
        "ends": _("离开计划"),
    }
    return words.get(what, what)


def _channel(session: Session, place: Place) -> str:
    return session.get_one(Channel, place[1]).name
