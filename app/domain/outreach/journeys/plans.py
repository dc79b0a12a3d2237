"""Plans 计划 (SOP): what we say to whom at which moment, in versions.

Whether a plan runs, is paused or stopped is looked at again when a message is about to be sent.
Who is in a plan, and how far, see ``enrolments``.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id
from app.domain import once
from app.domain.outreach.materials import content_uses, material_uses
from sop import plans as sop_plans


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


# By database, and there by plan and version.
_known: WeakKeyDictionary[Any, dict[tuple[int, int], sop_plans.PlanDefinition]] = (
    WeakKeyDictionary()
)


class NotAllowed(Exception):
    """The plan's state does not allow that."""


class Plan(Base):
    __tablename__ = "plans"
    __table_args__ = (sa.Index("ix_plans_state", "state"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str]
    channel_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("channels.id"))
    audience: Mapped[str]  # member | group
    trigger: Mapped[str]  # the kind of its present version's trigger
    trigger_tag: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)
    category: Mapped[str] = mapped_column(default="marketing", server_default="marketing")
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


def draft(
    session: Session,
    *,
    name: str,
    channel_id: int,
    definition: dict[str, Any],
    operator_id: int | None = None,
    now: datetime,
) -> Plan:
    """A new plan in its first version, not yet running. Raises sop.plans.BadPlan and
    materials.NoSuchMaterial."""
    definition, parsed = _held(session, definition)
    plan = Plan(
        name=name,
        channel_id=channel_id,
        audience=parsed.audience,
        trigger=parsed.trigger.kind,
        trigger_tag=_tag_of(parsed),
        category=parsed.category,
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
    """The next version, for those enrolled from now on. Raises sop.plans.BadPlan,
    materials.NoSuchMaterial, and NotAllowed for a stopped plan or another audience."""
    definition, parsed = _held(session, definition)
    if plan.state == State.STOPPED or parsed.audience != plan.audience:
        raise NotAllowed(plan.state)
    plan.version += 1
    plan.trigger, plan.trigger_tag = parsed.trigger.kind, _tag_of(parsed)
    plan.category = parsed.category
    _keep_version(session, plan, definition, operator_id, now)


def move_to(session: Session, plan: Plan, state: State, now: datetime) -> None:
    """Starts, pauses, resumes or stops a plan. Raises NotAllowed."""
    session.refresh(plan, with_for_update=True)
    if plan.state == state:
        return
    if plan.state not in ALLOWED.get(state, ()):
        raise NotAllowed(f"{plan.state} → {state}")
    plan.state, plan.state_changed_at = state, now


def definition_of(session: Session, plan_id: int, version: int) -> sop_plans.PlanDefinition:
    """One version as it is read, with what its materials say in their place: once in each process,
    since a version never changes, nor that of a material."""
    if PlanVersion in session.info:  # written in this very transaction, which may yet be undone
        return _read(session, plan_id, version)
    known = _known.setdefault(session.get_bind().engine.pool, {})
    if (plan_id, version) not in known:
        known[plan_id, version] = _read(session, plan_id, version)
    return known[plan_id, version]


def _read(session: Session, plan_id: int, version: int) -> sop_plans.PlanDefinition:
    return sop_plans.parse(material_uses.filled(session, written(session, plan_id, version)))


def written(session: Session, plan_id: int, version: int) -> dict[str, Any]:
    """The definition of one version as its operator wrote it."""
    of_version = sa.and_(PlanVersion.plan_id == plan_id, PlanVersion.version == version)
    definition: dict[str, Any] = session.scalars(
        sa.select(PlanVersion.definition).where(of_version)
    ).one()
    return definition


def states_of(session: Session, plan_ids: Collection[int]) -> dict[int, str]:
    rows = session.execute(sa.select(Plan.id, Plan.state).where(Plan.id.in_(plan_ids)))
    return {plan_id: state for plan_id, state in rows}  # noqa: C416  rows


def triggered(session: Session, trigger: str, audience: str = "member") -> Sequence[Plan]:
    """The running plans whose trigger is of this kind."""
    running = once.read(session, _running, Plan)
    return [one for one in running if (one.trigger, one.audience) == (trigger, audience)]


def _running(session: Session) -> Sequence[Plan]:
    running = sa.select(Plan).where(Plan.state == State.RUNNING)
    return session.scalars(running.order_by(Plan.id)).all()


def in_state(session: Session, *states: State) -> Sequence[Plan]:
    return session.scalars(sa.select(Plan).where(Plan.state.in_(states)).order_by(Plan.id)).all()


def on_hold() -> sa.Select[int]:
    """The ids of the paused plans: what they have planned waits."""
    return sa.select(Plan.id).where(Plan.state == State.PAUSED)


def _held(
    session: Session, definition: dict[str, Any]
) -> tuple[dict[str, Any], sop_plans.PlanDefinition]:
    """The definition with its materials held in their versions, and the plan that it is."""
    sop_plans.parse(definition)
    held = material_uses.pinned(session, definition)
    return held, sop_plans.parse(material_uses.filled(session, held))


def _tag_of(parsed: sop_plans.PlanDefinition) -> str | None:
    happening = parsed.trigger.happening
    return dict(happening.narrowed).get("tag") if happening else None


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
    session.info[PlanVersion] = True
    session.flush()
    content_uses.note(session, "plan", plan.id, plan.version, definition)
