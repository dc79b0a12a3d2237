"""To-dos 待办: what a person of ours is to do for a member or a group, and whether it is done.

A to-do is for a member of staff, for an operator, or for whoever comes first. It has a key from its
business fact (such as ``plan:{plan}:member:{member}:{step}``), so that putting it twice is putting
it once. ``app.assignments.assign`` puts one and lets the member of staff hear of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once

_OPEN = sa.text("done_at IS NULL")
TEXT_MAX = 500


class Todo(Base):
    __tablename__ = "todos"
    __table_args__ = (
        sa.Index("ix_todos_open", "due_at", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        sa.Index("ix_todos_done_at", "done_at"),
        sa.Index("ix_todos_member_id", "member_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    text: Mapped[str]
    member_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("members.id"))
    group_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("groups.id"))
    staff_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("staff.id"))
    operator_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("operators.id"))
    due_at: Mapped[datetime | None]
    # what put it: none of these for one that was written by hand
    plan_id: Mapped[int | None] = mapped_column(Id)
    enrolment_id: Mapped[int | None] = mapped_column(Id)
    step: Mapped[int | None]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("operators.id"))


@dataclass(frozen=True, slots=True)
class Cause:
    plan_id: int | None = None
    enrolment_id: int | None = None
    step: int | None = None


def put(
    session: Session,
    *,
    key: str,
    text: str,
    member_id: int | None = None,
    group_id: int | None = None,
    staff_id: int | None = None,
    operator_id: int | None = None,
    due_at: datetime | None = None,
    cause: Cause = Cause(),
    now: datetime,
) -> Todo | None:
    """A new to-do; None when this very one was put before."""
    values = {
        "key": key,
        "text": text,
        "member_id": member_id,
        "group_id": group_id,
        "staff_id": staff_id,
        "operator_id": operator_id,
        "due_at": due_at,
        "plan_id": cause.plan_id,
        "enrolment_id": cause.enrolment_id,
        "step": cause.step,
        "created_at": now,
    }
    todo_id = insert_once(session, Todo, values, unique=["key"])
    return session.get_one(Todo, todo_id) if todo_id is not None else None


def finish(todo: Todo, operator_id: int, now: datetime) -> None:
    """It is done; whoever says so first has done it."""
    if todo.done_at is None:
        todo.done_at, todo.done_by_id = now, operator_id


def open_ones(session: Session, limit: int) -> Sequence[Todo]:
    """What is due soonest first, what is never due last."""
    order = (Todo.due_at.is_(None), Todo.due_at, Todo.id)
    waiting = sa.select(Todo).where(Todo.done_at.is_(None))
    return session.scalars(waiting.order_by(*order).limit(limit)).all()


def done_ones(session: Session, limit: int) -> Sequence[Todo]:
    """What was done last first."""
    done = sa.select(Todo).where(Todo.done_at.is_not(None))
    return session.scalars(done.order_by(Todo.done_at.desc(), Todo.id.desc()).limit(limit)).all()


def open_of_member(session: Session, member_id: int) -> Sequence[Todo]:
    hers = sa.select(Todo).where(Todo.member_id == member_id, Todo.done_at.is_(None))
    return session.scalars(hers.order_by(Todo.due_at.is_(None), Todo.due_at, Todo.id)).all()
