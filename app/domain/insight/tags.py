"""Tags 标签: what we know of a member, each with the event and the rule that gave it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once

# the six dimensions of the trade
DIMENSIONS = ("attribute", "product_cycle", "member_cycle", "preference", "value", "channel")


class Tag(Base):
    __tablename__ = "tags"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    dimension: Mapped[str]
    visible: Mapped[bool] = mapped_column(default=False)  # may the member see it herself?
    created_at: Mapped[datetime]


class MemberTag(Base):
    """A tag a member has, or had: ``removed_at`` ends it. ``evidence`` is what was said."""

    __tablename__ = "member_tags"
    __table_args__ = (
        sa.Index(
            "uq_member_tags_held",
            "member_id",
            "tag_id",
            unique=True,
            sqlite_where=sa.text("removed_at IS NULL"),
            postgresql_where=sa.text("removed_at IS NULL"),
        ),
        sa.Index("ix_member_tags_tag_id", "tag_id", "removed_at", "member_id"),
        sa.Index("ix_member_tags_given_at", "given_at"),
        sa.Index("ix_member_tags_member_id", "member_id", "given_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    member_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("members.id"))
    tag_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("tags.id"))
    rule: Mapped[str]
    rule_version: Mapped[int | None]
    event_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("inbox.id"))
    evidence: Mapped[str] = mapped_column(default="")
    given_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    removed_by_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("operators.id"))


def named(session: Session, name: str, dimension: str, now: datetime) -> Tag:
    """The tag of this name, made if there is none yet."""
    values = {"name": name, "dimension": dimension, "visible": False, "created_at": now}
    wanted = sa.select(Tag).where(Tag.name == name)
    tag = session.scalar(wanted)
    if tag is None:
        insert_once(session, Tag, values, unique=["name"])
        tag = session.scalars(wanted).one()
    return tag


def give(
    session: Session,
    member_id: int,
    tag_id: int,
    *,
    rule: str,
    rule_version: int | None,
    event_id: int | None,
    evidence: str = "",
    now: datetime,
) -> bool:
    """Gives a tag and remembers why. Returns False when she has it already."""
    values = {
        "member_id": member_id,
        "tag_id": tag_id,
        "rule": rule,
        "rule_version": rule_version,
        "event_id": event_id,
        "evidence": evidence[:500],
        "given_at": now,
    }
    return insert_once(session, MemberTag, values) is not None


def remove(
    session: Session, member_id: int, tag_id: int, operator_id: int | None, now: datetime
) -> None:
    """``operator_id`` is None when it was taken on a platform."""
    session.execute(
        sa.update(MemberTag)
        .where(
            MemberTag.member_id == member_id,
            MemberTag.tag_id == tag_id,
            MemberTag.removed_at.is_(None),
        )
        .values(removed_at=now, removed_by_id=operator_id)
    )


def forget_evidence(session: Session, member_id: int, event_id: int) -> None:
    """What she said in this event is quoted no more; the tag stays, and that the event gave it."""
    given = sa.update(MemberTag).where(
        MemberTag.member_id == member_id, MemberTag.event_id == event_id
    )
    session.execute(given.values(evidence=""))


def of(session: Session, member_id: int) -> Sequence[Tag]:
    """The tags the member has now."""
    return session.scalars(
        sa.select(Tag)
        .join(MemberTag, MemberTag.tag_id == Tag.id)
        .where(MemberTag.member_id == member_id, MemberTag.removed_at.is_(None))
        .order_by(Tag.dimension, Tag.name)
    ).all()


def held(
    session: Session, member_ids: Sequence[int], tag_ids: Sequence[int]
) -> Mapping[int, frozenset[int]]:
    """Which of these tags each of these members has."""
    found: dict[int, set[int]] = {}
    for member_id, tag_id in session.execute(
        sa.select(MemberTag.member_id, MemberTag.tag_id).where(
            MemberTag.member_id.in_(member_ids),
            MemberTag.tag_id.in_(tag_ids),
            MemberTag.removed_at.is_(None),
        )
    ):
        found.setdefault(member_id, set()).add(tag_id)
    return {member_id: frozenset(ids) for member_id, ids in found.items()}


def names_held(session: Session, member_ids: Collection[int]) -> Mapping[int, frozenset[str]]:
    """The names of the tags that each of these members has; who has none may be missing."""
    if not member_ids:
        return {}
    found: dict[int, set[str]] = {}
    for member_id, name in session.execute(
        sa.select(MemberTag.member_id, Tag.name)
        .join(Tag, Tag.id == MemberTag.tag_id)
        .where(MemberTag.member_id.in_(set(member_ids)), MemberTag.removed_at.is_(None))
    ):
        found.setdefault(member_id, set()).add(name)
    return {member_id: frozenset(names) for member_id, names in found.items()}


def all_of(session: Session) -> Sequence[Tag]:
    return session.scalars(sa.select(Tag).order_by(Tag.dimension, Tag.name)).all()
