"""Customer groups 客户群: what WeCom tells of a group beside its members, and how far we have read.

A callback says what changed from one version of the member list to the next. If we are at the
first, it can be applied as it stands; if not, or while an answer of the platform is on its way
(which may be older than the callback), the whole list is asked for again. Questions are numbered:
only the answer to a later one than the last replaces the list.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once
from app.domain.people.groups import Group
from app.domain.people.staff import Staff


class CustomerGroup(Base):
    __tablename__ = "customer_groups"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    group_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("groups.id"), unique=True)
    owner_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("staff.id"))
    notice: Mapped[str] = mapped_column(default="")
    member_version: Mapped[str] = mapped_column(default="")
    asked: Mapped[int] = mapped_column(default=0)  # the number of the last question
    answered: Mapped[int] = mapped_column(default=0)  # and of the last one whose answer we have
    read_at: Mapped[datetime | None]  # when that answer came

    @property
    def is_read(self) -> bool:
        """Whether we know the list, and no answer is on its way."""
        return self.asked == self.answered > 0


def meet(session: Session, group_id: int) -> CustomerGroup:
    """What is known of the group, locked: its callbacks and the night may come together."""
    values = {"group_id": group_id, "notice": "", "member_version": "", "asked": 0, "answered": 0}
    insert_once(session, CustomerGroup, values, unique=["group_id"])
    return session.scalars(
        sa.select(CustomerGroup)
        .where(CustomerGroup.group_id == group_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def take_answer(customer_group: CustomerGroup, number: int, now: datetime) -> bool:
    """Whether the answer to this question is newer than what we have; then it is the newest."""
    if number <= customer_group.answered:
        return False
    customer_group.answered, customer_group.read_at = number, now
    return True


def of(session: Session, channel_id: int) -> Sequence[tuple[Group, CustomerGroup, Staff | None]]:
    """The customer groups that still exist, each with its owner."""
    rows = session.execute(
        sa.select(Group, CustomerGroup, Staff)
        .join(CustomerGroup, CustomerGroup.group_id == Group.id)
        .outerjoin(Staff, Staff.id == CustomerGroup.owner_id)
        .where(Group.channel_id == channel_id, Group.dismissed_at.is_(None))
        .order_by(Group.id)
    )
    return [(group, customer_group, owner) for group, customer_group, owner in rows]


def owners(session: Session, group_ids: Collection[int]) -> Mapping[int, str]:
    """The userids of the owners of those groups whose owner is known."""
    rows = session.execute(
        sa.select(CustomerGroup.group_id, Staff.userid)
        .join(Staff, Staff.id == CustomerGroup.owner_id)
        .where(CustomerGroup.group_id.in_(group_ids))
    )
    return {group_id: userid for group_id, userid in rows}  # noqa: C416  rows


def waiting(session: Session, channel_id: int) -> int:
    """How many groups' answers are on their way."""
    found = session.scalar(
        sa.select(sa.func.count())
        .select_from(CustomerGroup)
        .join(Group, Group.id == CustomerGroup.group_id)
        .where(Group.channel_id == channel_id, CustomerGroup.asked > CustomerGroup.answered)
    )
    return int(found or 0)
