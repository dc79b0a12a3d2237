"""Mirrored tags 标签同步: tags of ours that an account's own console shows and changes as well.

Three things are compared: who has the tag here, who has it there, and who is known to have had it
on both sides (``MirroredHolding``). Where one side differs from what was known, that side has
changed, and the other follows; so nothing echoes, and a change of both sides alike is none.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once
from app.domain.insight.corp_tags import CorpTag
from app.domain.insight.tags import MemberTag, Tag
from app.domain.people.channels import Channel, Kind
from app.domain.people.contacts import Contact
from app.domain.people.members import Identity


class MirroredTag(Base):
    """``platform_tag_id`` is None until the platform has the tag, or we know that it has."""

    __tablename__ = "mirrored_tags"
    __table_args__ = (
        sa.UniqueConstraint("channel_id", "tag_id"),
        sa.Index("ix_mirrored_tags_tag_id", "tag_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("channels.id"))
    tag_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("tags.id"))
    platform_tag_id: Mapped[str | None]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]  # mirrored no more


class MirroredHolding(Base):
    """Both sides agree that she has it."""

    __tablename__ = "mirrored_holdings"
    __table_args__ = (sa.UniqueConstraint("identity_id", "mirrored_tag_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    identity_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("identities.id"))
    mirrored_tag_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("mirrored_tags.id"))


def begin(session: Session, channel_id: int, tag_id: int, now: datetime) -> MirroredTag:
    """From now on the tag is mirrored there."""
    row = {"channel_id": channel_id, "tag_id": tag_id, "created_at": now}
    insert_once(session, MirroredTag, row, unique=["channel_id", "tag_id"])
    mirror = session.scalars(
        sa.select(MirroredTag).where(
            MirroredTag.channel_id == channel_id, MirroredTag.tag_id == tag_id
        )
    ).one()
    if mirror.ended_at is not None:
        mirror.ended_at, mirror.created_at = None, now
    return mirror


def end(session: Session, mirror: MirroredTag, now: datetime) -> None:
    """What each side has stays as it is, and goes its own way from now on."""
    mirror.ended_at = now
    _forget_holders(session, mirror)


def stand_for(session: Session, mirror: MirroredTag, platform_tag_id: str) -> None:
    """The platform's tag is this one now. Who had another there is not known to have this one."""
    if mirror.platform_tag_id != platform_tag_id:
        mirror.platform_tag_id = platform_tag_id
        _forget_holders(session, mirror)


def ever_on(session: Session, channel_id: int) -> set[int]:
    """The ids of the tags that the account has because of us, whether they are mirrored still."""
    tag_ids = sa.select(MirroredTag.tag_id).where(MirroredTag.channel_id == channel_id)
    return set(session.scalars(tag_ids))


def before(session: Session, identity: Identity, mirror: MirroredTag) -> int:
    """How many of her mirrored tags there come before this one: those she is known to have there,
    and of those on their way the older mirrors'."""
    known = sa.exists().where(
        MirroredHolding.identity_id == identity.id,
        MirroredHolding.mirrored_tag_id == MirroredTag.id,
    )
    is_hers = sa.exists().where(
        MemberTag.member_id == identity.member_id,
        MemberTag.tag_id == MirroredTag.tag_id,
        MemberTag.removed_at.is_(None),
    )
    on_its_way = sa.and_(
        MirroredTag.id < mirror.id, is_hers, MirroredTag.platform_tag_id.is_not(None)
    )
    counted = sa.select(sa.func.count()).where(
        MirroredTag.channel_id == mirror.channel_id,
        MirroredTag.ended_at.is_(None),
        MirroredTag.id != mirror.id,
        sa.or_(known, on_its_way),
    )
    return session.scalar(counted) or 0


def of_channel(session: Session, channel_id: int) -> Sequence[MirroredTag]:
    """Those that the platform has, so that they can be compared. That nobody has a tag which was
    deleted there says nothing about anybody."""
    deleted = sa.exists().where(
        CorpTag.channel_id == MirroredTag.channel_id,
        CorpTag.external_id == MirroredTag.platform_tag_id,
        CorpTag.deleted_at.is_not(None),
    )
    return session.scalars(
        sa.select(MirroredTag)
        .where(
            MirroredTag.channel_id == channel_id,
            MirroredTag.ended_at.is_(None),
            MirroredTag.platform_tag_id.is_not(None),
            ~deleted,
        )
        .order_by(MirroredTag.id)
    ).all()


def of_tag(session: Session, tag_id: int) -> Sequence[MirroredTag]:
    return session.scalars(
        sa.select(MirroredTag).where(
            MirroredTag.tag_id == tag_id,
            MirroredTag.ended_at.is_(None),
            MirroredTag.platform_tag_id.is_not(None),
        )
    ).all()


def listed(session: Session) -> Sequence[tuple[MirroredTag, Tag]]:
    """What operators have chosen, with what it is."""
    rows = session.execute(
        sa.select(MirroredTag, Tag)
        .join(Tag, Tag.id == MirroredTag.tag_id)
        .where(MirroredTag.ended_at.is_(None))
        .order_by(MirroredTag.channel_id, Tag.name)
    )
    return [(mirror, tag) for mirror, tag in rows]


def known(session: Session, identity_ids: Sequence[int]) -> Mapping[int, frozenset[int]]:
    """The ids of the mirrored tags each identity is known to have on both sides."""
    found: dict[int, set[int]] = {}
    rows = session.execute(
        sa.select(MirroredHolding.identity_id, MirroredHolding.mirrored_tag_id).where(
            MirroredHolding.identity_id.in_(identity_ids)
        )
    )
    for identity_id, mirror_id in rows:
        found.setdefault(identity_id, set()).add(mirror_id)
    return {identity_id: frozenset(ids) for identity_id, ids in found.items()}


def note(session: Session, identity_id: int, mirror_id: int, held: bool) -> None:
    """Both sides agree now."""
    row = {"identity_id": identity_id, "mirrored_tag_id": mirror_id}
    if held:
        insert_once(session, MirroredHolding, row, unique=list(row))
        return
    session.execute(
        sa.delete(MirroredHolding).where(
            MirroredHolding.identity_id == identity_id,
            MirroredHolding.mirrored_tag_id == mirror_id,
        )
    )


def forget(session: Session, identity_id: int) -> None:
    """What both sides agreed on may have gone without anybody's wish."""
    session.execute(sa.delete(MirroredHolding).where(MirroredHolding.identity_id == identity_id))


def holders(session: Session, mirror: MirroredTag, after_id: int, limit: int) -> Sequence[Identity]:
    """Who has the tag here and is not known to have it there, by identity."""
    return session.scalars(
        _unmatched(mirror).where(Identity.id > after_id).order_by(Identity.id).limit(limit)
    ).all()


def waiting(session: Session, mirror: MirroredTag) -> int:
    """How many have the tag here and are not known to have it there."""
    counted = sa.select(sa.func.count()).select_from(_unmatched(mirror).subquery())
    return int(session.scalar(counted) or 0)


def _forget_holders(session: Session, mirror: MirroredTag) -> None:
    session.execute(sa.delete(MirroredHolding).where(MirroredHolding.mirrored_tag_id == mirror.id))


def _unmatched(mirror: MirroredTag) -> sa.Select[Identity]:
    """WeCom marks contacts of staff only."""
    matched = sa.exists().where(
        MirroredHolding.identity_id == Identity.id, MirroredHolding.mirrored_tag_id == mirror.id
    )
    is_contact = sa.exists().where(Contact.identity_id == Identity.id, Contact.ended_at.is_(None))
    return (
        sa.select(Identity)
        .join(Channel, Channel.id == Identity.channel_id)
        .join(MemberTag, MemberTag.member_id == Identity.member_id)
        .where(
            MemberTag.tag_id == mirror.tag_id,
            MemberTag.removed_at.is_(None),
            Identity.channel_id == mirror.channel_id,
            Identity.followed_at.is_not(None),
            Identity.unfollowed_at.is_(None),
            ~matched,
            sa.or_(Channel.kind != Kind.WECOM, is_contact),
        )
    )
