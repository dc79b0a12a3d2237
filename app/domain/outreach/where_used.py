"""What holds a material, a file or a coupon, and whether that is still said to anybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.outreach import group_welcomes, moments, staff_messages
from app.domain.outreach.broadcasts import Broadcast
from app.domain.outreach.group_welcomes import GroupWelcome
from app.domain.outreach.journeys.enrolments import Enrolment
from app.domain.outreach.journeys.plans import Plan, State
from app.domain.outreach.materials.content_uses import ContentUse
from app.domain.outreach.materials.materials import Material
from app.domain.outreach.moments import Moment
from app.domain.outreach.staff_messages import StaffMessage


@dataclass(frozen=True, slots=True)
class Used:
    """One use; ``is_current`` when what is said from now on, or to those who are in it, has it."""

    use: ContentUse
    is_current: bool


def of(session: Session, kind: str, key: str | None = None) -> Sequence[Used]:
    """Every use there is, of one such thing or of all, those that are current first."""
    still_in = sa.exists().where(
        Enrolment.plan_id == ContentUse.holder_id,
        Enrolment.version == ContentUse.holder_version,
        Enrolment.ended_at.is_(None),
    )
    lives = sa.and_(
        Plan.state != State.STOPPED, sa.or_(Plan.version == ContentUse.holder_version, still_in)
    )
    goes_on = Broadcast.ended_at.is_(None)
    newest = Material.version == ContentUse.holder_version
    is_asked = sa.and_(StaffMessage.cancelled_at.is_(None), StaffMessage.given_up_at.is_(None))
    is_shown = sa.and_(Moment.cancelled_at.is_(None), Moment.refusal.is_(None))
    greets = sa.and_(
        GroupWelcome.version == ContentUse.holder_version, GroupWelcome.deleted_at.is_(None)
    )
    is_current = sa.case(
        (ContentUse.holder_kind == "plan", lives),
        (ContentUse.holder_kind == "broadcast", goes_on),
        (ContentUse.holder_kind == "material", newest),
        (ContentUse.holder_kind == staff_messages.HOLDER, is_asked),
        (ContentUse.holder_kind == moments.HOLDER, is_shown),
        (ContentUse.holder_kind == group_welcomes.HOLDER, greets),
        else_=sa.true(),
    )
    rows = session.execute(
        sa.select(ContentUse, is_current.label("is_current"))
        .outerjoin(Plan, _holds("plan", Plan.id))
        .outerjoin(Broadcast, _holds("broadcast", Broadcast.id))
        .outerjoin(Material, _holds("material", Material.id))
        .outerjoin(StaffMessage, _holds(staff_messages.HOLDER, StaffMessage.id))
        .outerjoin(Moment, _holds(moments.HOLDER, Moment.id))
        .outerjoin(GroupWelcome, _holds(group_welcomes.HOLDER, GroupWelcome.id))
        .where(ContentUse.kind == kind, sa.true() if key is None else ContentUse.key == key)
        .order_by(sa.text("is_current DESC"), ContentUse.holder_kind, ContentUse.holder_id.desc())
        .order_by(ContentUse.holder_version.desc())
    )
    return [Used(use, bool(current)) for use, current in rows]


def _holds(kind: str, holder_id: Any) -> sa.ColumnElement[bool]:
    return sa.and_(ContentUse.holder_kind == kind, ContentUse.holder_id == holder_id)
