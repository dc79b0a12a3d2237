"""Mass months: how many mass messages a follower has had this calendar month. The platform gives
her four and drops the rest without a word ("Mass messages"), so we count them ourselves, for all
processes together. Months are those of Beijing.
"""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_selected
from app.domain.outreach.allowances import limit_table, limits
from app.domain.people.members import Identity


class MassMonth(Base):
    __tablename__ = "mass_months"
    __table_args__ = (sa.UniqueConstraint("month", "identity_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    identity_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("identities.id"))
    month: Mapped[str]
    times: Mapped[int]


def take(session: Session, identity_ids: sa.Select[int], month: str) -> set[int]:
    """Counts one message for each of them who may still have one. Returns who they are. The rows
    are locked in one order, so two jobs wait for each other in turn."""
    _begin(session, identity_ids, month)
    most = limits.value(session, limit_table.MASS_A_MONTH)
    has_room = sa.and_(_of_month(identity_ids, month), MassMonth.times < most)
    session.execute(
        sa.select(MassMonth.id).where(has_room).order_by(MassMonth.id).with_for_update()
    )
    counted = session.scalars(
        sa.update(MassMonth)
        .where(has_room)
        .values(times=MassMonth.times + 1)
        .returning(MassMonth.identity_id)
        .execution_options(synchronize_session=False)
    )
    return set(counted)


def count(session: Session, identity_ids: sa.Select[int], month: str) -> None:
    """Counts one for each of them, come what may: whom the platform chose is the platform's."""
    _begin(session, identity_ids, month)
    session.execute(
        sa.update(MassMonth)
        .where(_of_month(identity_ids, month))
        .values(times=MassMonth.times + 1)
        .execution_options(synchronize_session=False)
    )


def give_back(session: Session, identity_ids: sa.Select[int], month: str) -> None:
    """What was not handed over has used up nothing."""
    session.execute(
        sa.update(MassMonth)
        .where(_of_month(identity_ids, month), MassMonth.times > 0)
        .values(times=MassMonth.times - 1)
        .execution_options(synchronize_session=False)
    )


def used_up(session: Session, identity_ids: Collection[int], month: str) -> set[int]:
    """Those of them who have had as many as the platform gives them; takes none."""
    most = limits.value(session, limit_table.MASS_A_MONTH)
    if most == 0:
        return set(identity_ids)
    full = sa.select(MassMonth.identity_id).where(
        MassMonth.month == month, MassMonth.identity_id.in_(identity_ids), MassMonth.times >= most
    )
    return set(session.scalars(full))


def _begin(session: Session, identity_ids: sa.Select[int], month: str) -> None:
    columns: list[Any] = [Identity.id, sa.literal(month), sa.literal(0)]
    rows = sa.select(*columns).where(Identity.id.in_(identity_ids)).order_by(Identity.id)
    names = ["identity_id", "month", "times"]
    insert_selected(session, MassMonth, names, rows, unique=["month", "identity_id"])


def _of_month(identity_ids: sa.Select[int], month: str) -> sa.ColumnElement[bool]:
    return sa.and_(MassMonth.month == month, MassMonth.identity_id.in_(identity_ids))
