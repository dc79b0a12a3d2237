"""Assignments: a to-do is put, and the member of staff it is for hears of it through the corp's
app, as of a keyword's notice. An operator finds hers in the console."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app import outbox
from app.domain.outreach import todos
from app.domain.outreach.allowances import limit_table, limits
from app.domain.outreach.todos import Todo
from app.domain.people import members
from app.domain.people.groups import Group
from app.domain.people.staff import Staff
from sop import wording

TOLD_WITHIN = timedelta(days=1)


def assign(session: Session, *, key: str, text: str, now: datetime, **rest: Any) -> Todo | None:
    """Puts a to-do; ``rest`` as in ``todos.put``. Returns None when it was put before, and then
    nobody is told again."""
    todo = todos.put(session, key=key, text=text, now=now, **rest)
    if todo is None or todo.staff_id is None:
        return todo
    staff = session.get_one(Staff, todo.staff_id)
    said = f"待办：{todo.text}{_about(session, todo)}"
    outbox.put(
        session,
        outbox.Address(staff.channel_id, staff.userid, way="app"),
        key=f"todo:{todo.id}",
        purpose="notice",
        kind="text",
        content={"text": wording.cut(said, limits.value(session, limit_table.APP_TEXT_BYTES))},
        cause=outbox.Cause(f"todo:{todo.id}"),
        expires_at=now + TOLD_WITHIN,
        now=now,
    )
    return todo


def _about(session: Session, todo: Todo) -> str:
    """Whom it is about, in a word: never her number."""
    if todo.member_id is not None:
        return f"（会员：{members.get(session, todo.member_id).nickname or todo.member_id}）"
    if todo.group_id is not None:
        group = session.get_one(Group, todo.group_id)
        return f"（社群：{group.name or group.external_id}）"
    return ""
