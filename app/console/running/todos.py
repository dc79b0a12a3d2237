"""To-dos: what waits to be done for members and groups, put by plans or by hand, and ticked off."""

import re
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from flask import abort, flash, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import DateTimeLocalField, HiddenField, SelectField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional, Regexp

from app import assignments
from app.console.fields.bounds import WholeField, in_our_days
from app.console.frame import PAGE, Answer, console, go, operator_id, page, siyu, zone
from app.domain.outreach import todos as todo_table
from app.domain.outreach.todos import Todo
from app.domain.people import channels, operators, staff
from app.domain.people.channels import Kind
from app.domain.people.groups import Group
from app.domain.people.members import Member

_Row = TypeVar("_Row", Member, Group)
_WHOSE = re.compile(r"(staff|operator):(\d{1,18})")


class TodoForm(FlaskForm):
    text = TextAreaField(_l("要做什么"), [DataRequired(), Length(max=todo_table.TEXT_MAX)])
    member_id = WholeField(_l("会员编号"), [Optional()])
    whose = SelectField(_l("交给"))
    due_at = DateTimeLocalField(_l("截止"), [Optional(), in_our_days], format="%Y-%m-%dT%H:%M")
    once = HiddenField(validators=[Regexp(r"[0-9a-f]{32}\Z")])


@console.route("/todos", methods=["GET", "POST"])
def todos() -> Answer:
    form = TodoForm(once=request.form.get("once") or secrets.token_hex(16))
    with siyu().database.reading() as session:
        form.whose.choices = {"": _("谁先看到谁做")} | _people(session)
    if form.validate_on_submit() and _put(form):
        flash(_("已加入待办。"))
        return go("todos")
    return _listed(form, is_done=request.args.get("state") == "done")


@console.post("/todos/<int:todo_id>/done")
def finish_todo(todo_id: int) -> Answer:
    with siyu().database.writing() as session:
        todo = session.get(Todo, todo_id, with_for_update=True) or abort(404)
        todo_table.finish(todo, operator_id(), siyu().clock())
        member_id = todo.member_id
    if request.form.get("back") == "member" and member_id is not None:
        return go("member", member_id=member_id)
    return go("todos")


def _listed(form: TodoForm, *, is_done: bool) -> Answer:
    with siyu().database.reading() as session:
        find = todo_table.done_ones if is_done else todo_table.open_ones
        shown = find(session, PAGE)
        return page(
            "running/todos.html",
            form=form,
            todos=shown,
            is_done=is_done,
            people=_people(session),
            members=_by_id(session, Member, [todo.member_id for todo in shown]),
            groups=_by_id(session, Group, [todo.group_id for todo in shown]),
            now=siyu().clock(),
        )


def _put(form: TodoForm) -> bool:
    kind, number = _whose(form.whose.data)
    with siyu().waking() as session:
        if form.member_id.data is not None and session.get(Member, form.member_id.data) is None:
            form.member_id.errors = [_("没有这位会员。")]
            return False
        assignments.assign(
            session,
            key=f"operator:{operator_id()}:{form.once.data}",
            text=form.text.data.strip(),
            member_id=form.member_id.data,
            staff_id=number if kind == "staff" else None,
            operator_id=number if kind == "operator" else None,
            due_at=_on_the_shops_clock(form.due_at.data),
            now=siyu().clock(),
        )
    return True


def _people(session: Session) -> dict[str, str]:
    """Who can be asked: operators, and members of staff of every corp."""
    corps = [one.id for one in channels.all_of(session) if one.kind == Kind.WECOM]
    colleagues = [person for corp in corps for person in staff.of(session, corp)]
    return {
        f"operator:{one.id}": _("运营 %(name)s", name=one.name)
        for one in operators.all_of(session)
        if one.disabled_at is None
    } | {
        f"staff:{one.id}": _("员工 %(name)s", name=one.name or one.userid)
        for one in colleagues
        if one.gone_at is None
    }


def _whose(choice: str) -> tuple[str, int | None]:
    found = _WHOSE.fullmatch(choice or "")
    return (found[1], int(found[2])) if found else ("", None)


def _on_the_shops_clock(local: datetime | None) -> datetime | None:
    return local.replace(tzinfo=zone()) if local else None


def _by_id(session: Session, model: type[_Row], ids: Sequence[int | None]) -> dict[int, _Row]:
    found = session.query(model).filter(model.id.in_({one for one in ids if one is not None}))
    return {one.id: one for one in found}
