"""Tags that exclude each other 互斥标签: nobody's hair is oily and dry. The newer one stays."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once
from app.domain.insight.tags import MemberTag


class TagExclusion(Base):
    """A pair, the smaller id first."""

    __tablename__ = "tag_exclusions"
    __table_args__ = (
        sa.UniqueConstraint("tag_id", "other_id"),
        sa.Index("ix_tag_exclusions_other_id", "other_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    tag_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("tags.id"))
    other_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("tags.id"))


def write(session: Session, tag_id: int, others: Collection[int]) -> None:
    """From now on the tag excludes these, and these alone."""
    session.execute(
        sa.delete(TagExclusion).where(
            sa.or_(TagExclusion.tag_id == tag_id, TagExclusion.other_id == tag_id)
        )
    )
    for other in set(others) - {tag_id}:
        first, second = sorted((tag_id, other))
        pair = {"tag_id": first, "other_id": second}
        insert_once(session, TagExclusion, pair, unique=["tag_id", "other_id"])


def of(session: Session, tag_id: int) -> set[int]:
    """The tags that this one excludes."""
    pairs = session.execute(
        sa.select(TagExclusion.tag_id, TagExclusion.other_id).where(
            sa.or_(TagExclusion.tag_id == tag_id, TagExclusion.other_id == tag_id)
        )
    )
    return {other for pair in pairs for other in pair} - {tag_id}


def held_against(session: Session, member_id: int, tag_id: int) -> Sequence[int]:
    """Those of her tags that this one excludes."""
    excluded = of(session, tag_id)
    if not excluded:
        return []
    return session.scalars(
        sa.select(MemberTag.tag_id)
        .where(
            MemberTag.member_id == member_id,
            MemberTag.tag_id.in_(excluded),
            MemberTag.removed_at.is_(None),
        )
        .order_by(MemberTag.tag_id)
    ).all()
