"""Tags 标签: what we know of a member, each with the event and the rule that gave it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once, partial_index

# the six dimensions of the trade
EXPIRED = "expired"  # what took a tag whose time was over
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
        partial_index(
            "ix_member_tags_expiring",
            "removed_at IS NULL AND expires_at IS NOT NULL",
            "expires_at",
        ),
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
    # what took it, unless an operator or a platform did, and in which event
    removed_rule: Mapped[str | None]
    removed_event_id: Mapped[int | None] = mapped_column(Id)
    expires_at: Mapped[datetime | None]


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
    expires_at: datetime | None = None,
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
        "expires_at": expires_at,
    }
    return insert_once(session, MemberTag, values) is not None


def prolong(
    session: Session, member_id: int, tag_id: int, rule: str, expires_at: datetime | None
) -> None:
    """The rule that gave her the tag has given it again: it lasts until then, or for ever. What
    somebody else gave lasts as it did."""
    session.execute(
        sa.update(MemberTag)
        .where(*_is_held(member_id, tag_id), MemberTag.rule == rule)
        .values(expires_at=expires_at)
    )


def remove(
    session: Session,
    member_id: int,
    tag_id: int,
    operator_id: int | None,
    now: datetime,
    *,
    rule: str | None = None,
    event_id: int | None = None,
) -> bool:
    """``operator_id`` is None when a ``rule`` took it because of an event, or, without one, when it
    was taken on a platform. Returns False when she has it not."""
    removed = session.execute(
        sa.update(MemberTag)
        .where(*_is_held(member_id, tag_id))
        .values(
            removed_at=now,
            removed_by_id=operator_id,
            removed_rule=rule,
            removed_event_id=event_id,
        )
        .returning(MemberTag.id)
    )
    return removed.first() is not None


def expire_due(session: Session, limit: int, now: datetime) -> Sequence[tuple[int, int, int]]:
    """Ends the tags whose time is over, up to ``limit``, in one statement. Returns (id, member,
    tag) of each."""
    due = (
        sa.select(MemberTag.id)
        .where(MemberTag.removed_at.is_(None), MemberTag.expires_at <= now)
        .order_by(MemberTag.expires_at)
        .limit(limit)
    )
    ended = session.execute(
        sa.update(MemberTag)
        .where(MemberTag.id.in_(due), MemberTag.removed_at.is_(None))
        .values(removed_at=now, removed_rule=EXPIRED)
        .returning(MemberTag.id, MemberTag.member_id, MemberTag.tag_id)
        .execution_options(synchronize_session=False)
    )
    return [(held_id, member_id, tag_id) for held_id, member_id, tag_id in ended]


def _is_held(member_id: int, tag_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        MemberTag.member_id == member_id,
        MemberTag.tag_id == tag_id,
        MemberTag.removed_at.is_(None),
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


def names_at(session: Session, member_ids: Collection[int], at: datetime) -> frozenset[str]:
    """The names of the tags that any of these records had at an earlier moment."""
    hers = (
        sa.select(Tag.name)
        .join(MemberTag, MemberTag.tag_id == Tag.id)
        .where(MemberTag.member_id.in_(member_ids), MemberTag.given_at <= at)
        .where(sa.or_(MemberTag.removed_at.is_(None), MemberTag.removed_at > at))
    )
    return frozenset(session.scalars(hers))


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
