"""Corp tags 企业标签: the tags that a corp keeps on WeCom, and which of ours each stands for."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once
from app.domain.insight import tags

DIMENSION = "attribute"  # of tags that we have not known before


class CorpTag(Base):
    __tablename__ = "corp_tags"
    __table_args__ = (sa.UniqueConstraint("channel_id", "external_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("channels.id"))
    external_id: Mapped[str]
    name: Mapped[str]
    group_name: Mapped[str]
    tag_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("tags.id"))
    deleted_at: Mapped[datetime | None]


def keep_to(
    session: Session, channel_id: int, told: Sequence[Mapping[str, str]], now: datetime
) -> None:
    """Exactly these there are at present; a renamed one stands for our tag of the new name."""
    for one in told:
        named = tags.named(session, one["Name"], DIMENSION, now)
        values = {"name": one["Name"], "group_name": one["GroupName"], "tag_id": named.id}
        row = {"channel_id": channel_id, "external_id": one["Id"], **values}
        if insert_once(session, CorpTag, row, unique=["channel_id", "external_id"]) is None:
            session.execute(
                sa.update(CorpTag)
                .where(CorpTag.channel_id == channel_id, CorpTag.external_id == one["Id"])
                .values(deleted_at=None, **values)
            )
    there_are = [one["Id"] for one in told]
    session.execute(
        sa.update(CorpTag)
        .where(
            CorpTag.channel_id == channel_id,
            CorpTag.external_id.not_in(there_are),
            CorpTag.deleted_at.is_(None),
        )
        .values(deleted_at=now)
    )


def known(session: Session, channel_id: int, ids: Collection[str]) -> Sequence[CorpTag]:
    return session.scalars(
        sa.select(CorpTag)
        .where(
            CorpTag.channel_id == channel_id,
            CorpTag.external_id.in_(ids),
            CorpTag.deleted_at.is_(None),
        )
        .order_by(CorpTag.id)
    ).all()


def of(session: Session, channel_id: int) -> Sequence[CorpTag]:
    """What there is, by group."""
    return session.scalars(
        sa.select(CorpTag)
        .where(CorpTag.channel_id == channel_id, CorpTag.deleted_at.is_(None))
        .order_by(CorpTag.group_name, CorpTag.id)
    ).all()
