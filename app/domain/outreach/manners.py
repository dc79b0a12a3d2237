"""Manners 打扰规则 in force: what operators have written last, or else what is usual.

Every change is a version of its own, so a message that was withheld can be understood later.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id
from sop import manners as sop_manners
from sop import splits
from sop.manners import Manners

HOLDOUT = "programme"  # the name of the split of those whom nothing unasked ever reaches


class MannersVersion(Base):
    """What an operator has written; the newest is in force."""

    __tablename__ = "manners"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    definition: Mapped[dict[str, Any]]
    operator_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("operators.id"))
    created_at: Mapped[datetime]


def in_force(session: Session) -> Manners:
    """The manners as this transaction sees them; looked at once a transaction."""
    if MannersVersion not in session.info:
        session.info[MannersVersion] = sop_manners.parse(written(session))
    return cast(Manners, session.info[MannersVersion])


def written(session: Session) -> Mapping[str, Any]:
    return session.scalar(_NEWEST) or sop_manners.USUAL


def change(
    session: Session, definition: Mapping[str, Any], operator_id: int | None, now: datetime
) -> None:
    """From now on these are in force, also for what is planned already. Raises
    sop.manners.BadManners."""
    sop_manners.parse(definition)
    session.info.pop(MannersVersion, None)
    session.add(
        MannersVersion(definition=dict(definition), operator_id=operator_id, created_at=now)
    )
    session.flush()


_NEWEST = sa.select(MannersVersion.definition).order_by(MannersVersion.id.desc()).limit(1)


def is_held_out(manners: Manners, member_id: int) -> bool:
    """Whether she is among those whom nothing unasked reaches, to compare the programme with."""
    return splits.is_held_out(HOLDOUT, f"member:{member_id}", manners.holdout_percent)
