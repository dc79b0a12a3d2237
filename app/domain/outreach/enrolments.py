"""Enrolments 入组: who is in which plan, and how far.

An enrolment holds only the one moment that is due next; it stays on the version it began with.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once, insert_selected
from app.domain.outreach import plans
from app.domain.outreach.plans import Plan, State
from sop import plans as sop_plans
from sop.schedules import Cursor, Due, Ground, Live, next_due


class Enrolment(Base):
    """A member or a group in a plan. ``due_*`` is what comes next, ``passed_*`` what came last,
    ``decided`` how branches and waits came out: {"3": ["then", "2026-11-02T04:00:00+00:00"]}."""

    __tablename__ = "enrolments"
    __table_args__ = (
        sa.Index(
            "ix_enrolments_due",
            "plan_id",
            "due_at",
            sqlite_where=sa.text("due_at IS NOT NULL"),
            postgresql_where=sa.text("due_at IS NOT NULL"),
        ),
        sa.Index("ix_enrolments_member_id", "member_id"),
        sa.Index(
            "ix_enrolments_group_id",
            "group_id",
            sqlite_where=sa.text("group_id IS NOT NULL"),
            postgresql_where=sa.text("group_id IS NOT NULL"),
        ),
        sa.Index("ix_enrolments_plan_id", "plan_id", "id"),
        sa.UniqueConstraint("plan_id", "subject"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    plan_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("plans.id"))
    version: Mapped[int]
    subject: Mapped[str]  # member:5 or group:2, once per plan; member:5/2 who is in it again
    member_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("members.id"))
    group_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("groups.id"))
    event_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("inbox.id"))
    enrolled_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    due_step: Mapped[int | None]
    due_occurrence: Mapped[str | None]
    passed_at: Mapped[datetime | None]
    passed_step: Mapped[int | None]
    decided: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    held_out_at: Mapped[datetime | None]  # of those to compare with, who are told nothing
    goal_at: Mapped[datetime | None]
    goal_event_id: Mapped[int | None] = mapped_column(Id)  # of the inbox; SQLite adds no key here
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]


def enrol(
    session: Session,
    plan: Plan,
    zone: ZoneInfo,
    *,
    member_id: int | None = None,
    group_id: int | None = None,
    event_id: int | None = None,
    now: datetime,
) -> bool:
    """Takes a member or a group into the plan's present version. False when she is in already."""
    subject = f"member:{member_id}" if member_id is not None else f"group:{group_id}"
    whom = {"subject": subject, "member_id": member_id, "group_id": group_id}
    row = whom | {"event_id": event_id} | _beginning(session, plan, Ground(zone, subject), now)
    return insert_once(session, Enrolment, row, unique=["plan_id", "subject"]) is not None


def enrol_all(
    session: Session, plan: Plan, subjects: sa.Select[int], zone: ZoneInfo, now: datetime
) -> int:
    """Takes everybody whom ``subjects`` (member ids, or group ids for a group plan) selects into
    the plan, in one statement. Returns how many were not in it yet."""
    chosen = subjects.subquery()
    subject_id = chosen.c[0]
    values: dict[str, Any] = _beginning(session, plan, Ground(zone, plan.audience), now)
    prefix = plan.audience
    rows = sa.select(
        *[sa.literal(value, Enrolment.__table__.c[name].type) for name, value in values.items()],
        (sa.literal(f"{prefix}:") + sa.cast(subject_id, sa.String)).label("subject"),
        subject_id.label(f"{prefix}_id"),
    ).where(
        ~sa.exists().where(
            Enrolment.plan_id == plan.id, getattr(Enrolment, f"{prefix}_id") == subject_id
        )
    )
    names = [*values, "subject", f"{prefix}_id"]
    return insert_selected(session, Enrolment, names, rows, unique=["plan_id", "subject"])


def _beginning(session: Session, plan: Plan, ground: Ground, now: datetime) -> dict[str, Any]:
    definition = plans.definition_of(session, plan.id, plan.version)
    return {
        "plan_id": plan.id,
        "version": plan.version,
        "enrolled_at": now,
        "decided": {},
        **_due_columns(next_due(_live(definition, now), None, ground), now),
    }


def end_all(session: Session, plan_id: int, reason: str, now: datetime) -> None:
    """Everybody leaves the plan."""
    session.execute(
        sa.update(Enrolment)
        .where(Enrolment.plan_id == plan_id, Enrolment.ended_at.is_(None))
        .values(ended_at=now, end_reason=reason, due_at=None)
    )


def due(session: Session, plan_id: int, limit: int, now: datetime) -> Sequence[Enrolment]:
    """The enrolments of a running plan in which something is due, oldest first."""
    return session.scalars(
        sa.select(Enrolment)
        .where(Enrolment.plan_id == plan_id, Enrolment.due_at <= now)
        .order_by(Enrolment.due_at, Enrolment.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def advance(
    enrolment: Enrolment, definition: sop_plans.PlanDefinition, zone: ZoneInfo, now: datetime
) -> None:
    """Moves the enrolment past what was due, to what comes next or to its end."""
    assert enrolment.due_at is not None
    assert enrolment.due_step is not None
    passed = Cursor(enrolment.due_step, enrolment.due_at)
    live = _live(definition, enrolment.enrolled_at)
    following = next_due(live, passed, Ground(zone, enrolment.subject))
    for name, value in _due_columns(following, now).items():
        setattr(enrolment, name, value)


def have_due(session: Session, now: datetime) -> bool:
    """Whether any running plan has something due, for the tick."""
    is_due = sa.exists().where(Enrolment.plan_id == Plan.id, Enrolment.due_at <= now)
    return session.scalar(sa.select(Plan.id).where(Plan.state == State.RUNNING, is_due)) is not None


def _live(definition: sop_plans.PlanDefinition, base: datetime) -> list[Live]:
    return [Live(step, when, base) for step, when in enumerate(definition.whens)]


def _due_columns(due_next: Due | None, now: datetime) -> dict[str, Any]:
    if due_next is None:
        return {
            "due_at": None,
            "due_step": None,
            "due_occurrence": None,
            "ended_at": now,
            "end_reason": "finished",
        }
    return {
        "due_at": due_next.at,
        "due_step": due_next.step,
        "due_occurrence": due_next.occurrence,
        "ended_at": None,
        "end_reason": None,
    }
