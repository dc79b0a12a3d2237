"""Enrolments 入组: who is in which plan, and how far.

An enrolment holds only the one moment that is due next; it stays on the version it began with.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once, insert_selected, table_of
from app.domain.outreach.journeys import plans, positions
from app.domain.outreach.journeys.plans import Plan, State
from app.domain.people import zones
from app.domain.people.members import Member
from sop.plans import AFTER_DAYS, NEVER, PER_HAPPENING, PlanDefinition, Reentry
from sop.times.grounds import Ground


class Enrolment(Base):
    """A member or a group in a plan. ``due_*`` is what comes next, ``passed_*`` what came last,
    ``decided`` how branches and waits came out: {"3": ["then", "2026-11-02T04:00:00+00:00"]}.
    How these hang together is in ``positions``."""

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
    depth: Mapped[int] = mapped_column(default=0, server_default="0")  # see journeys.causes
    enrolled_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    due_step: Mapped[int | None]
    due_occurrence: Mapped[str | None]
    put_off_from_at: Mapped[datetime | None]  # when it was due first, if it came too late for that
    acting: Mapped[int | None]  # the step whose act is being done; nothing is due meanwhile
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
    entry: str = "",
    depth: int = 0,
    now: datetime,
) -> bool:
    """Takes a member or a group into the plan's present version, ``zone`` being the programme's.
    ``entry`` names what she comes in by, of which each counts once in a plan that one enters per
    happening. False when she is in already, and the plan does not take her again."""
    whom = f"member:{member_id}" if member_id is not None else f"group:{group_id}"
    definition = plans.definition_of(session, plan.id, plan.version)
    subject = _subject(session, plan.id, definition.reentry, whom, entry, now)
    if subject is None:
        return False
    if member_id is not None:
        zone = zones.of(session.get_one(Member, member_id), zone)
    row = {
        "plan_id": plan.id,
        "version": plan.version,
        "subject": subject,
        "member_id": member_id,
        "group_id": group_id,
        "event_id": event_id,
        "enrolled_at": now,
        **positions.first(definition, Ground(zone, subject), now),
        "depth": depth,
    }
    return insert_once(session, Enrolment, row, unique=["plan_id", "subject"]) is not None


def enrol_all(
    session: Session,
    plan: Plan,
    subjects: sa.Select[*tuple[Any, ...]],
    zone: ZoneInfo,
    now: datetime,
    *,
    entry: str = "",
) -> int:
    """Takes all whom ``subjects`` selects (a second column: what each comes in by) into the plan,
    in one statement. Returns how many have come in."""
    definition = plans.definition_of(session, plan.id, plan.version)
    subject_id, *by = subjects.subquery().c
    values = {
        "plan_id": plan.id,
        "version": plan.version,
        "enrolled_at": now,
        **positions.first(definition, Ground(zone, plan.audience), now),
    }
    by = by or ([sa.literal(entry)] if entry else [])
    subject, may_come = _subjects(plan, definition.reentry, subject_id, by, now)
    own = positions.unplaced(now) if _some_live_elsewhere(session, plan, definition) else {}
    # what comes first, by her own clock
    firsts = [_first(name, value, own, subject_id).label(name) for name, value in values.items()]
    hers = subject_id.label(f"{plan.audience}_id")
    rows = sa.select(*firsts, subject.label("subject"), hers).where(may_come)
    names = [*values, "subject", f"{plan.audience}_id"]
    return insert_selected(session, Enrolment, names, rows, unique=["plan_id", "subject"])


def end_all(session: Session, plan_id: int, reason: str, now: datetime) -> None:
    """Everybody leaves the plan."""
    session.execute(
        sa.update(Enrolment)
        .where(Enrolment.plan_id == plan_id, Enrolment.ended_at.is_(None))
        .values(**positions.ended(reason, now))
    )


def due(
    session: Session, plan_id: int, limit: int, now: datetime, *, without: Collection[str] = ()
) -> Sequence[Enrolment]:
    """The enrolments of a running plan in which something is due, oldest first, locked; without
    those that somebody else has locked, and without these subjects."""
    return session.scalars(
        sa.select(Enrolment)
        .where(
            Enrolment.plan_id == plan_id, Enrolment.due_at <= now, Enrolment.subject.not_in(without)
        )
        .order_by(Enrolment.due_at, Enrolment.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()


def going_on(session: Session, member_id: int, since: datetime) -> Sequence[Enrolment]:
    """Where a member is in a plan, or might still reach the goal of one that she has come into
    since."""
    may_reach = sa.and_(Enrolment.goal_at.is_(None), Enrolment.enrolled_at >= since)
    hers = sa.select(Enrolment).where(
        Enrolment.member_id == member_id, sa.or_(Enrolment.ended_at.is_(None), may_reach)
    )
    return session.scalars(hers.order_by(Enrolment.id)).all()


def latest_of_group(session: Session, plan_id: int, group_id: int) -> Enrolment | None:
    """Where a group is in a plan, or was last."""
    its = sa.select(Enrolment).where(Enrolment.plan_id == plan_id, Enrolment.group_id == group_id)
    return session.scalar(its.order_by(Enrolment.id.desc()).limit(1))


def versions_under_way(session: Session, plan_id: int) -> Sequence[int]:
    """The versions of a plan in which somebody still is."""
    inside = sa.select(Enrolment.version).where(
        Enrolment.plan_id == plan_id, Enrolment.ended_at.is_(None)
    )
    return session.scalars(inside.distinct().order_by(Enrolment.version)).all()


def locked(session: Session, enrolment_ids: Sequence[int]) -> Sequence[Enrolment]:
    """Read anew, and nobody else moves them until the transaction ends. Waits for who does."""
    if not enrolment_ids:
        return []
    return session.scalars(
        sa.select(Enrolment)
        .where(Enrolment.id.in_(enrolment_ids))
        .order_by(Enrolment.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def move_all(session: Session, moved: Sequence[Mapping[str, Any]]) -> None:
    """Writes where enrolments have come to, in one statement: for each its ``id``, and the same
    columns for all."""
    if not moved:
        return
    names = [name for name in moved[0] if name != "id"]
    table = table_of(Enrolment)
    statement = (
        sa.update(table)
        .where(table.c.id == sa.bindparam("of_id"))
        .values({name: sa.bindparam(name) for name in names})
    )
    rows = [{**{name: one[name] for name in names}, "of_id": one["id"]} for one in moved]
    session.connection().execute(statement, rows)


def plans_due(session: Session, now: datetime) -> Sequence[Plan]:
    """The running plans in which something is due, the one that has waited longest first. One probe
    of the index a plan, however many are enrolled."""
    first = _first_due_at()
    rows = sa.select(Plan).where(Plan.state == State.RUNNING, first <= now).order_by(first, Plan.id)
    return session.scalars(rows).all()


def have_due(session: Session, now: datetime) -> bool:
    """Whether any running plan has something due, for the tick."""
    is_due = sa.select(Plan.id).where(Plan.state == State.RUNNING, _first_due_at() <= now)
    return session.scalar(is_due.limit(1)) is not None


def _first_due_at() -> sa.ScalarSelect[datetime | None]:
    waiting = sa.select(Enrolment.due_at).where(
        Enrolment.plan_id == Plan.id, Enrolment.due_at.is_not(None)
    )
    return waiting.order_by(Enrolment.due_at).limit(1).scalar_subquery()


def _some_live_elsewhere(session: Session, plan: Plan, definition: PlanDefinition) -> bool:
    """Whether the same moment is another time of the day for some of those who come in."""
    if plan.audience != "member" or not positions.depends_on_zone(definition):
        return False
    return session.scalar(sa.select(Member.id).where(Member.zone.is_not(None)).limit(1)) is not None


def _first(
    name: str, value: Any, own: Mapping[str, Any], subject_id: sa.ColumnElement[int]
) -> sa.ColumnElement[Any]:
    """The value of a column for those who come in; another one for who has a zone of her own."""
    kind = Enrolment.__table__.c[name].type
    if own.get(name, value) == value:
        return sa.literal(value, kind)
    lives_elsewhere = sa.exists().where(Member.id == subject_id, Member.zone.is_not(None))
    return sa.case((lives_elsewhere, sa.literal(own[name], kind)), else_=sa.literal(value, kind))


def _subject(
    session: Session, plan_id: int, reentry: Reentry, whom: str, entry: str, now: datetime
) -> str | None:
    """Under which name she comes in; None when the plan does not take her."""
    if reentry.kind == PER_HAPPENING:
        return f"{whom}/{entry}" if entry else whom
    kind, _, subject_id = whom.partition(":")
    of = Enrolment.member_id if kind == "member" else Enrolment.group_id
    times, ended, last_at = session.execute(
        sa.select(
            sa.func.count(), sa.func.count(Enrolment.ended_at), sa.func.max(Enrolment.enrolled_at)
        ).where(Enrolment.plan_id == plan_id, of == int(subject_id))
    ).one()
    if times == 0:
        return whom
    if reentry.kind == NEVER or ended < times:
        return None
    if reentry.kind == AFTER_DAYS and last_at > now - timedelta(days=reentry.days):
        return None
    return f"{whom}/{times + 1}"


def _subjects(
    plan: Plan,
    reentry: Reentry,
    subject_id: sa.ColumnElement[int],
    by: Sequence[sa.ColumnElement[str]],
    now: datetime,
) -> tuple[sa.ColumnElement[str], sa.ColumnElement[bool]]:
    """The same for many at once: under which names they come in, and which of them do."""
    whom = sa.literal(f"{plan.audience}:") + sa.cast(subject_id, sa.String)
    hers = (Enrolment.plan_id == plan.id, getattr(Enrolment, f"{plan.audience}_id") == subject_id)
    if reentry.kind == PER_HAPPENING:
        return (whom + "/" + by[0] if by else whom), sa.true()
    if reentry.kind == NEVER:
        return whom, ~sa.exists().where(*hers)
    times = sa.select(sa.func.count()).where(*hers).scalar_subquery()
    again = sa.case((times == 0, ""), else_=sa.literal("/") + sa.cast(times + 1, sa.String))
    holds_back: sa.ColumnElement[bool] = Enrolment.ended_at.is_(None)
    if reentry.kind == AFTER_DAYS:
        recent = Enrolment.enrolled_at > now - timedelta(days=reentry.days)
        holds_back = sa.or_(holds_back, recent)
    return whom + again, ~sa.exists().where(*hers, holds_back)
