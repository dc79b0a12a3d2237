"""What holds a material, a file or a coupon, and whether that is still said to anybody."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.outreach.content_uses import ContentUse
from app.domain.outreach.enrolments import Enrolment
from app.domain.outreach.plans import Plan, State


@dataclass(frozen=True, slots=True)
class Used:
    """One use; ``is_current`` when what is said from now on, or to those who are in it, has it."""

    use: ContentUse
    is_current: bool


def of(session: Session, kind: str, key: str) -> Sequence[Used]:
    """Every use there is, those that are current first."""
    still_in = sa.exists().where(
        Enrolment.plan_id == ContentUse.holder_id,
        Enrolment.version == ContentUse.holder_version,
        Enrolment.ended_at.is_(None),
    )
    lives = sa.and_(
        Plan.state != State.STOPPED, sa.or_(Plan.version == ContentUse.holder_version, still_in)
    )
    is_current = sa.case((ContentUse.holder_kind == "plan", lives), else_=sa.true())
    rows = session.execute(
        sa.select(ContentUse, is_current.label("is_current"))
        .outerjoin(Plan, sa.and_(ContentUse.holder_kind == "plan", Plan.id == ContentUse.holder_id))
        .where(ContentUse.kind == kind, ContentUse.key == key)
        .order_by(sa.text("is_current DESC"), ContentUse.holder_kind, ContentUse.holder_id.desc())
        .order_by(ContentUse.holder_version.desc())
    )
    return [Used(use, bool(current)) for use, current in rows]
