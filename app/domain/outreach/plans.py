"""Plans 计划 (SOP): what we say to whom at which moment, in versions, and who is in them.

An enrolment holds only the one moment that is due next; it stays on the version it began with.
Whether a plan runs, is paused or stopped is looked at again when a message is about to be sent.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once, insert_selected
from sop import plans as sop_plans
from sop.schedules import Cursor, Due, Ground, Live, next_due


class State(StrEnum):
    DRAFT = "draft"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"


ALLOWED = {
    State.RUNNING: (State.DRAFT, State.PAUSED),
    State.PAUSED: (State.RUNNING,),
    State.STOPPED: (State.DRAFT, State.RUNNING, State.PAUSED),
}


class NotAllowed(Exception):
    """The plan's state does not allow that."""


class Plan(Base):
    __tablename__ = "plans"
    __table_args__ = (sa.Index("ix_plans_state", "state"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str]
    channel_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("channels.id"))
    audience: Mapped[str]  # member | group
    trigger: Mapped[str]  # joined | tier_changed | tagged | manual
    trigger_tag: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(default=State.DRAFT)
    created_at: Mapped[datetime]
    state_changed_at: Mapped[datetime]


class PlanVersion(Base):
    __tablename__ = "plan_versions"
    __table_args__ = (sa.UniqueConstraint("plan_id", "version"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    plan_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("plans.id"))
    version: Mapped[int]
    definition: Mapped[dict[str, Any]]
    operator_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("operators.id"))
    created_at: Mapped[datetime]


class Enrolment(Base):
    """A member or a group in a plan. ``due_*`` is what comes next, ``passed_*`` what came last."""

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
        sa.Index("ix_enrolments_plan_id", "plan_id", "id"),
        sa.UniqueConstraint("plan_id", "subject"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    plan_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("plans.id"))
    version: Mapped[int]
    subject: Mapped[str]  # member:5 or group:2, once per plan
    member_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("members.id"))
    group_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("groups.id"))
    event_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("inbox.id"))
    enrolled_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    due_step: Mapped[int | None]
    due_occurrence: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]


def draft(
    session: Session,
    *,
    name: str,
    channel_id: int,
    definition: dict[str, Any],
    operator_id: int | None = None,
    now: datetime,
) -> Plan:
    """A new plan in its first version, not yet running. Raises sop.plans.BadPlan."""
    parsed = sop_plans.parse(definition)
    plan = Plan(
        name=name,
        channel_id=channel_id,
        audience=parsed.audience,
        trigger=parsed.trigger,
        trigger_tag=parsed.trigger_tag,
        created_at=now,
        state_changed_at=now,
    )
    session.add(plan)
    session.flush()
    _keep_version(session, plan, definition, operator_id, now)
    return plan


def revise(
    session: Session, plan: Plan, definition: dict[str, Any], operator_id: int | None, now: datetime
) -> None:
    """The next version, for those enrolled from now on. Raises sop.plans.BadPlan, and NotAllowed
    for a stopped plan or another audience."""
    parsed = sop_plans.parse(definition)
    if plan.state == State.STOPPED or parsed.audience != plan.audience:
        raise NotAllowed(plan.state)
    plan.version += 1
    plan.trigger, plan.trigger_tag = parsed.trigger, parsed.trigger_tag
    _keep_version(session, plan, definition, operator_id, now)


def move_to(session: Session, plan: Plan, state: State, now: datetime) -> None:
    """Starts, pauses, resumes or stops a plan. Raises NotAllowed."""
    session.refresh(plan, with_for_update=True)
    if plan.state == state:
        return
    if plan.state not in ALLOWED.get(state, ()):
        raise NotAllowed(f"{plan.state} → {state}")
    plan.state, plan.state_changed_at = state, now
    if state == State.STOPPED:
        session.execute(
            sa.update(Enrolment)
            .where(Enrolment.plan_id == plan.id, Enrolment.ended_at.is_(None))
            .values(ended_at=now, end_reason="plan_stopped", due_at=None)
        )


def definition_of(session: Session, plan_id: int, version: int) -> sop_plans.PlanDefinition:
    return sop_plans.parse(written(session, plan_id, version))


def written(session: Session, plan_id: int, version: int) -> dict[str, Any]:
    """The definition of one version as its operator wrote it."""
    of_version = sa.and_(PlanVersion.plan_id == plan_id, PlanVersion.version == version)
    definition: dict[str, Any] = session.scalars(
        sa.select(PlanVersion.definition).where(of_version)
    ).one()
    return definition


def triggered(session: Session, trigger: str, tag: str | None = None) -> Sequence[Plan]:
    """The running plans that such an event enrols somebody in."""
    wanted = sa.select(Plan).where(Plan.state == State.RUNNING, Plan.trigger == trigger)
    if tag is not None:
        wanted = wanted.where(Plan.trigger_tag == tag)
    return session.scalars(wanted.order_by(Plan.id)).all()


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
    prefix = plan.audience
    values: dict[str, Any] = _beginning(session, plan, Ground(zone, prefix), now)
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
    definition = definition_of(session, plan.id, plan.version)
    return {
        "plan_id": plan.id,
        "version": plan.version,
        "enrolled_at": now,
        **_due_columns(next_due(_live(definition, now), None, ground), now),
    }


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


def in_state(session: Session, *states: State) -> Sequence[Plan]:
    return session.scalars(sa.select(Plan).where(Plan.state.in_(states)).order_by(Plan.id)).all()


def ids_on_hold(session: Session) -> Sequence[int]:
    """The paused plans: what they have planned waits."""
    return session.scalars(sa.select(Plan.id).where(Plan.state == State.PAUSED)).all()


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


def _keep_version(
    session: Session, plan: Plan, definition: dict[str, Any], operator_id: int | None, now: datetime
) -> None:
    session.add(
        PlanVersion(
            plan_id=plan.id,
            version=plan.version,
            definition=definition,
            operator_id=operator_id,
            created_at=now,
        )
    )
    session.flush()
