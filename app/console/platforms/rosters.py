"""Rosters of WeCom live codes: when and for how many a day each of a code's staff is there, who
stands in for all of them, and who takes new contacts at this moment."""

from typing import Any

from flask import abort, flash
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    TextAreaField,
)
from wtforms.validators import NumberRange, Optional

from app.console import languages
from app.console.fields.bounds import WholeField
from app.console.frame import Answer, console, go, operator_id, page, siyu
from app.console.platforms import live_code_terms
from app.console.platforms.live_code_fields import MOST
from app.console.platforms.live_code_terms import BadTerms
from app.domain.outreach.live_codes import duties, rosters
from app.domain.people import operators, staff, ways_in
from app.domain.people.live_codes import LiveCode
from app.domain.people.ways_in import WayIn
from sop.times import opening_hours
from sop.times.when_fields import BadSchedule


class ShiftForm(Form):
    userid = HiddenField()
    hours = TextAreaField(_l("在岗时段"))
    contacts_max_a_day = WholeField(_l("每天最多加"), [Optional(), NumberRange(1, MOST)])
    stands_in = BooleanField(_l("没有人时顶上"))


class RosterForm(FlaskForm):
    shifts = FieldList(FormField(ShiftForm))


@console.route("/live-codes/<int:code_id>/roster", methods=["GET", "POST"])
def roster(code_id: int) -> Answer:
    """What is written here takes effect with the scheduler's next look, within a minute."""
    with siyu().database.reading() as session:
        code, made = _led_to_staff(session, code_id)
        form = RosterForm(data={"shifts": _written(session, made)})
    if form.validate_on_submit() and _keep(form, code_id):
        flash(_("已保存，一分钟内生效。"))
        return go("roster", code_id=code_id)
    with siyu().database.reading() as session:
        return page("platforms/roster.html", form=form, code=code, **_standing(session, code, made))


def _keep(form: RosterForm, code_id: int) -> bool:
    told = {entry.form.userid.data: _told(entry.form) for entry in form.shifts}  # a line for each
    if any(entry.form.hours.errors for entry in form.shifts):
        return False
    try:
        with siyu().database.writing() as session:
            _code, made = _led_to_staff(session, code_id)
            rosters.keep(session, made, list(told.values()))
            subject, now = f"live_code:{code_id}", siyu().clock()
            operators.record(session, operator_id(), "live_code.roster", subject, {}, now)
    except rosters.NobodyLeft:
        flash(_("有的时候会没有人：请让一位不限时段和人数，或让一位在没有人时顶上。"), "danger")
    else:
        return True
    return False


def _led_to_staff(session: Session, code_id: int) -> tuple[LiveCode, WayIn]:
    code, made = session.get(LiveCode, code_id), ways_in.of_code(session, code_id)
    if code is None or made is None or not made.userids:
        abort(404)
    return code, made


def _written(session: Session, made: WayIn) -> list[dict[str, Any]]:
    """The roster as the form's lines, one for each of the code's staff."""
    known = rosters.of(session, made.live_code_id)
    lines = []
    for userid in made.userids:
        held = known.get(userid)
        line = {"userid": userid, "hours": "", "contacts_max_a_day": None, "stands_in": False}
        if held is not None:
            line |= {
                "hours": live_code_terms.written_hours(held.hours),
                "contacts_max_a_day": held.contacts_max_a_day,
                "stands_in": held.stands_in,
            }
        lines.append(line)
    return lines


def _told(line: Any) -> dict[str, Any]:
    """What is wrong with the hours is noted at their field."""
    hours: list[dict[str, Any]] = []
    try:
        hours = live_code_terms.read_hours(line.hours.data or "")
        opening_hours.parse(hours)
    except BadTerms as problem:
        line.hours.errors = [problem.text]
    except BadSchedule as problem:
        line.hours.errors = [languages.in_language(problem)]
    return {
        "userid": line.userid.data,
        "hours": hours,
        "contacts_max_a_day": line.contacts_max_a_day.data,
        "stands_in": line.stands_in.data,
    }


def _standing(session: Session, code: LiveCode, made: WayIn) -> dict[str, Any]:
    """Who takes new contacts now, by what the platform was asked, and how many each had today."""
    now, zone = siyu().clock(), siyu().programme.zone
    lead = rosters.lead_of(session, code.id)
    return {
        "names": {one.userid: one.name for one in staff.of(session, code.channel_id)},
        "taken": duties.taken_today(session, [code.id], zone, now).get(code.id, {}),
        "lead": lead,
        "leads_to": lead.userids if lead is not None else made.userids,
    }
