"""Hits of keyword rules: where each rule was met, for those that want several, and so that a sample
can be judged. They are kept while they may count, and of each rule the newest."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_all_once, partial_index
from app.domain.insight.keywords import KeywordRule
from tagging import terms
from tagging.rules import Hit

KEPT_OF_A_RULE = 1_000
RIGHT, WRONG = "right", "wrong"


class KeywordHit(Base):
    """``word`` stands from ``begins`` to ``ends`` in what she said in the event; the words
    themselves are the event's. ``judged_as`` is RIGHT or WRONG once an operator has looked."""

    __tablename__ = "keyword_hits"
    __table_args__ = (
        sa.UniqueConstraint("event_id", "rule_id"),
        sa.Index("ix_keyword_hits_rule_id", "rule_id", "id"),
        sa.Index("ix_keyword_hits_member_id", "member_id", "rule_id", "hit_at"),
        partial_index("ix_keyword_hits_judged", "judged_as IS NOT NULL", "rule_id", "judged_as"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    rule_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("keyword_rules.id"))
    rule_version: Mapped[int]
    member_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("members.id"))
    event_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("inbox.id"))
    word: Mapped[str]
    begins: Mapped[int]
    ends: Mapped[int]
    hit_at: Mapped[datetime]
    judged_as: Mapped[str | None]
    judged_by_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("operators.id"))
    judged_at: Mapped[datetime | None]


def keep(
    session: Session, member_id: int, event_id: int, hits: Sequence[Hit], now: datetime
) -> None:
    """Keeps where each rule was met; again, it changes nothing."""
    rows = [
        {
            "rule_id": hit.rule_id,
            "rule_version": hit.version,
            "member_id": member_id,
            "event_id": event_id,
            "word": hit.word,
            "begins": hit.start,
            "ends": hit.end,
            "hit_at": now,
        }
        for hit in hits
    ]
    insert_all_once(session, KeywordHit, rows, unique=["event_id", "rule_id"])


def count_since(session: Session, member_id: int, rule_id: int, since: datetime) -> int:
    """How many of her messages have met the rule since then."""
    counted = sa.select(sa.func.count()).where(
        KeywordHit.member_id == member_id,
        KeywordHit.rule_id == rule_id,
        KeywordHit.hit_at > since,
    )
    return session.scalar(counted) or 0


def judge(
    session: Session, hit_id: int, judged_as: str, operator_id: int | None, now: datetime
) -> KeywordHit | None:
    """An operator has looked at a hit. None when it is not there any more."""
    if judged_as not in (RIGHT, WRONG):
        raise ValueError(f"a hit is right or wrong, not {judged_as!r}")
    hit = session.get(KeywordHit, hit_id, with_for_update=True)
    if hit is not None:
        hit.judged_as, hit.judged_by_id, hit.judged_at = judged_as, operator_id, now
    return hit


def to_judge(session: Session, rule_id: int, limit: int) -> Sequence[KeywordHit]:
    """A sample of the hits of the present version that nobody has judged: spread by their ids, so
    that it is neither the newest nor of one busy hour, and the same until something is judged."""
    spread = (KeywordHit.id * 2_654_435_761) % 4_294_967_291
    return session.scalars(
        sa.select(KeywordHit)
        .join(KeywordRule, KeywordRule.id == KeywordHit.rule_id)
        .where(
            KeywordHit.rule_id == rule_id,
            KeywordHit.rule_version == KeywordRule.version,
            KeywordHit.judged_as.is_(None),
        )
        .order_by(spread, KeywordHit.id)
        .limit(limit)
    ).all()


def judged_wrong(session: Session, rule_id: int, limit: int) -> Sequence[KeywordHit]:
    """The newest that were judged wrong."""
    return session.scalars(
        sa.select(KeywordHit)
        .where(KeywordHit.rule_id == rule_id, KeywordHit.judged_as == WRONG)
        .order_by(KeywordHit.id.desc())
        .limit(limit)
    ).all()


def verdicts(session: Session) -> Mapping[int, tuple[int, int]]:
    """For each rule of which hits were judged, as it reads at present: how many were right, how
    many were judged."""
    is_right = sa.case((KeywordHit.judged_as == RIGHT, 1), else_=0)
    rows = session.execute(
        sa.select(KeywordHit.rule_id, sa.func.sum(is_right), sa.func.count())
        .join(KeywordRule, KeywordRule.id == KeywordHit.rule_id)
        .where(KeywordHit.judged_as.is_not(None), KeywordHit.rule_version == KeywordRule.version)
        .group_by(KeywordHit.rule_id)
    )
    return {rule_id: (int(right), int(judged)) for rule_id, right, judged in rows}


def forget_old(session: Session, now: datetime) -> None:
    """Of each rule the newest stay, those that may still count, and those that were judged."""
    crowded = session.scalars(
        sa.select(KeywordHit.rule_id)
        .group_by(KeywordHit.rule_id)
        .having(sa.func.count() > KEPT_OF_A_RULE)
    ).all()
    for rule_id in crowded:
        _forget_old_of(session, rule_id, now)


def _forget_old_of(session: Session, rule_id: int, now: datetime) -> None:
    rule = session.get_one(KeywordRule, rule_id)
    of_rule = sa.select(KeywordHit.id).where(KeywordHit.rule_id == rule_id)
    oldest_kept = session.scalar(
        of_rule.order_by(KeywordHit.id.desc()).offset(KEPT_OF_A_RULE - 1).limit(1)
    )
    counts_since = now - timedelta(days=terms.of(rule.terms).hits_days)
    session.execute(
        sa.delete(KeywordHit).where(
            KeywordHit.rule_id == rule_id,
            KeywordHit.id < oldest_kept,
            KeywordHit.judged_as.is_(None),
            KeywordHit.hit_at <= counts_since,
        )
    )
