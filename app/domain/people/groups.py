"""Groups 社群: chat groups we hear and speak in, and the tier label an operator gave them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once


class Group(Base):
    __tablename__ = "groups"
    __table_args__ = (sa.UniqueConstraint("channel_id", "external_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("channels.id"))
    external_id: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    tier_label: Mapped[str | None]  # the key of a tier: 黄金群 is a group labelled "gold"
    created_at: Mapped[datetime]
    dismissed_at: Mapped[datetime | None]


class GroupMember(Base):
    __tablename__ = "group_members"
    __table_args__ = (
        sa.UniqueConstraint("group_id", "member_id"),
        sa.Index("ix_group_members_member_id", "member_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    group_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("groups.id"))
    member_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("members.id"))
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    # how she came, where the platform tells: invited, by a link, by a code; and by which code
    join_scene: Mapped[str] = mapped_column(default="", server_default="")
    state: Mapped[str] = mapped_column(default="", server_default="")


def meet(session: Session, channel_id: int, external_id: str, name: str, now: datetime) -> Group:
    """The group a channel speaks of, made on first sight; its name follows the platform's."""
    values = {
        "channel_id": channel_id,
        "external_id": external_id,
        "name": name,
        "created_at": now,
    }
    wanted = sa.select(Group).where(
        Group.channel_id == channel_id, Group.external_id == external_id
    )
    group = session.scalar(wanted)
    if group is None:
        insert_once(session, Group, values, unique=["channel_id", "external_id"])
        group = session.scalars(wanted).one()
    if name and group.name != name:
        group.name = name
    return group


def of(session: Session, channel_id: int | None = None) -> Sequence[Group]:
    """The groups that still exist, of one channel or of all."""
    present = sa.select(Group).where(Group.dismissed_at.is_(None)).order_by(Group.id)
    if channel_id is not None:
        present = present.where(Group.channel_id == channel_id)
    return session.scalars(present).all()


def label(session: Session, group_id: int, tier_key: str | None) -> Group:
    """Gives a group its tier label, or takes it away; plans for groups go by it."""
    group = session.get_one(Group, group_id)
    group.tier_label = tier_key
    return group


def join(
    session: Session,
    group_id: int,
    member_id: int,
    now: datetime,
    *,
    join_scene: str = "",
    state: str = "",
) -> bool:
    """She is in the group, as her words there or the platform's list show. Returns whether that is
    new."""
    how = {"joined_at": now, "join_scene": join_scene, "state": state}
    values = {"group_id": group_id, "member_id": member_id, **how}
    if insert_once(session, GroupMember, values, unique=["group_id", "member_id"]) is not None:
        return True
    returned = session.execute(
        sa.update(GroupMember)
        .where(
            GroupMember.group_id == group_id,
            GroupMember.member_id == member_id,
            GroupMember.left_at.is_not(None),
        )
        .values(left_at=None, **how)
        .returning(GroupMember.id)
    )
    return returned.scalar_one_or_none() is not None


def leave(session: Session, group_id: int, member_id: int, now: datetime) -> None:
    session.execute(
        sa.update(GroupMember)
        .where(
            GroupMember.group_id == group_id,
            GroupMember.member_id == member_id,
            GroupMember.left_at.is_(None),
        )
        .values(left_at=now)
    )


def present(session: Session, group_id: int) -> Sequence[int]:
    """The ids of the members who are in the group."""
    return session.scalars(
        sa.select(GroupMember.member_id).where(
            GroupMember.group_id == group_id, GroupMember.left_at.is_(None)
        )
    ).all()


def dismiss(session: Session, group: Group, at: datetime) -> None:
    """The group is no more, and nobody is in it."""
    group.dismissed_at = group.dismissed_at or at
    session.execute(
        sa.update(GroupMember)
        .where(GroupMember.group_id == group.id, GroupMember.left_at.is_(None))
        .values(left_at=at)
    )


def has_any(session: Session, member_id: int, channel_id: int) -> bool:
    """Whether she is in a group that this channel hears."""
    found = session.scalar(
        sa.select(GroupMember.id)
        .join(Group, Group.id == GroupMember.group_id)
        .where(
            GroupMember.member_id == member_id,
            GroupMember.left_at.is_(None),
            Group.channel_id == channel_id,
        )
        .limit(1)
    )
    return found is not None


def counts(session: Session, channel_id: int) -> Mapping[int, int]:
    """By group: how many members of ours are in it."""
    rows = session.execute(
        sa.select(GroupMember.group_id, sa.func.count())
        .join(Group, Group.id == GroupMember.group_id)
        .where(Group.channel_id == channel_id, GroupMember.left_at.is_(None))
        .group_by(GroupMember.group_id)
    )
    return dict(rows.all())


def of_member(session: Session, member_id: int) -> Sequence[tuple[Group, GroupMember]]:
    """The groups she is in, and how she came."""
    rows = session.execute(
        sa.select(Group, GroupMember)
        .join(GroupMember, GroupMember.group_id == Group.id)
        .where(GroupMember.member_id == member_id, GroupMember.left_at.is_(None))
        .order_by(GroupMember.joined_at, GroupMember.id)
    )
    return [(group, membership) for group, membership in rows]


def named(session: Session, wanted: str, limit: int) -> Sequence[Group]:
    """The group with this number, or those with these words in their names."""
    if wanted.isascii() and wanted.isdigit() and len(wanted) < 10:
        found = session.get(Group, int(wanted))
        return [found] if found is not None else []
    its = sa.select(Group).where(Group.name.contains(wanted, autoescape=True))
    return session.scalars(its.order_by(Group.id).limit(limit)).all()
