"""Parts of keyword rules that may be said in several messages: which of them she said last when."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once
from tagging.rules import Hit
from tagging.windows import PartSaid


class KeywordPart(Base):
    """A part of a rule as ``tagging.rules`` numbers them, and her last message that said it."""

    __tablename__ = "keyword_parts"
    __table_args__ = (sa.UniqueConstraint("member_id", "rule_id", "part"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    member_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("members.id"))
    rule_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("keyword_rules.id"))
    rule_version: Mapped[int]
    part: Mapped[int]
    event_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("inbox.id"))
    said_at: Mapped[datetime]


def note(
    session: Session, member_id: int, event_id: int, parts: Sequence[Hit], said_at: datetime
) -> None:
    """She has said these parts; her lane is ours, so nobody else writes of her."""
    for hit in parts:
        named = {"member_id": member_id, "rule_id": hit.rule_id, "part": hit.part}
        said = {"rule_version": hit.version, "event_id": event_id, "said_at": said_at}
        if insert_once(session, KeywordPart, named | said, unique=list(named)) is None:
            session.execute(
                sa.update(KeywordPart)
                .where(*(getattr(KeywordPart, name) == value for name, value in named.items()))
                .values(said)
            )


def of(
    session: Session, member_id: int, versions: Mapping[int, int]
) -> Mapping[int, Sequence[PartSaid]]:
    """What she said of each of these rules, as they read in these versions."""
    rows = session.scalars(
        sa.select(KeywordPart).where(
            KeywordPart.member_id == member_id, KeywordPart.rule_id.in_(versions)
        )
    )
    said: dict[int, list[PartSaid]] = {}
    for row in rows:
        if row.rule_version == versions[row.rule_id]:
            said.setdefault(row.rule_id, []).append(PartSaid(row.part, row.event_id, row.said_at))
    return said


def begin_anew(session: Session, member_id: int, rule_ids: Collection[int]) -> None:
    """The rules were met: what was said has had its effect."""
    session.execute(
        sa.delete(KeywordPart).where(
            KeywordPart.member_id == member_id, KeywordPart.rule_id.in_(rule_ids)
        )
    )
