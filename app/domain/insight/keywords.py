"""Keyword rules: what a member's words lead to, a tag or a reply, as operators write them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id
from tagging.words import WordRule

WORDS_MAX = 200
WORD_LENGTH_MAX = 40


class BadRule(Exception):
    """The rule cannot work; the text says why, in Chinese and English."""

    def __init__(self, zh: str, en: str):
        super().__init__(f"{zh} / {en}")
        self.zh, self.en = zh, en


class KeywordRule(Base):
    __tablename__ = "keyword_rules"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str]
    words: Mapped[list[Any]]
    unless: Mapped[list[Any]]
    tag_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("tags.id"))
    reply: Mapped[str] = mapped_column(default="")
    # the userid of the member of staff who is told
    notify_userid: Mapped[str] = mapped_column(default="", server_default="")
    version: Mapped[int] = mapped_column(default=1)
    disabled_at: Mapped[datetime | None]


class KeywordRuleVersion(Base):
    """How a rule read in each of its versions, so that old tags stay explained."""

    __tablename__ = "keyword_rule_versions"
    __table_args__ = (sa.UniqueConstraint("rule_id", "version"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    rule_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("keyword_rules.id"))
    version: Mapped[int]
    definition: Mapped[dict[str, Any]]
    operator_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("operators.id"))
    changed_at: Mapped[datetime]


class KeywordRevision(Base):
    """A single row, raised with every change, so that workers notice in one cheap look."""

    __tablename__ = "keyword_revisions"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    number: Mapped[int] = mapped_column(default=0)


def write(
    session: Session,
    *,
    rule_id: int | None = None,
    name: str,
    words: Sequence[str],
    unless: Sequence[str] = (),
    tag_id: int | None = None,
    reply: str = "",
    notify_userid: str = "",
    operator_id: int | None = None,
    now: datetime,
) -> KeywordRule:
    """Adds a rule, or makes the next version of rule ``rule_id``. Raises BadRule."""
    kept, kept_unless = _cleaned(words), _cleaned(unless)
    if not kept:
        raise BadRule("至少要有一个关键词", "at least one keyword is needed")
    if tag_id is None and not reply.strip() and not notify_userid.strip():
        raise BadRule(
            "规则要给标签、回复或通知员工", "a rule needs a tag, a reply or somebody to be told"
        )
    if rule_id is None:
        rule = KeywordRule(version=0)
        session.add(rule)
    else:
        rule = session.get_one(KeywordRule, rule_id, with_for_update=True)
    rule.name, rule.words, rule.unless = name.strip() or kept[0], kept, kept_unless
    rule.tag_id, rule.reply = tag_id, reply.strip()
    rule.notify_userid = notify_userid.strip()
    _next_version(session, rule, operator_id, now)
    return rule


def switch(
    session: Session, rule_id: int, enabled: bool, operator_id: int | None, now: datetime
) -> KeywordRule:
    """Switches a rule on or off, which is a new version of it."""
    rule = session.get_one(KeywordRule, rule_id, with_for_update=True)
    if (rule.disabled_at is None) != enabled:
        rule.disabled_at = None if enabled else now
        _next_version(session, rule, operator_id, now)
    return rule


def revision(session: Session) -> int:
    return session.scalar(sa.select(KeywordRevision.number)) or 0


def enabled(session: Session) -> Sequence[KeywordRule]:
    return session.scalars(
        sa.select(KeywordRule).where(KeywordRule.disabled_at.is_(None)).order_by(KeywordRule.id)
    ).all()


def all_of(session: Session) -> Sequence[KeywordRule]:
    return session.scalars(sa.select(KeywordRule).order_by(KeywordRule.id)).all()


def history(session: Session, rule_id: int) -> Sequence[KeywordRuleVersion]:
    """A rule's versions, newest first."""
    return session.scalars(
        sa.select(KeywordRuleVersion)
        .where(KeywordRuleVersion.rule_id == rule_id)
        .order_by(KeywordRuleVersion.version.desc())
    ).all()


def as_word_rules(rules: Sequence[KeywordRule]) -> list[WordRule]:
    return [
        WordRule(rule.id, rule.version, tuple(rule.words), tuple(rule.unless)) for rule in rules
    ]


def _next_version(
    session: Session, rule: KeywordRule, operator_id: int | None, now: datetime
) -> None:
    rule.version += 1
    session.flush()
    session.add(
        KeywordRuleVersion(
            rule_id=rule.id,
            version=rule.version,
            definition={
                "name": rule.name,
                "words": rule.words,
                "unless": rule.unless,
                "tag_id": rule.tag_id,
                "reply": rule.reply,
                "notify_userid": rule.notify_userid,
                "enabled": rule.disabled_at is None,
            },
            operator_id=operator_id,
            changed_at=now,
        )
    )
    session.execute(sa.update(KeywordRevision).values(number=KeywordRevision.number + 1))
    session.flush()


def _cleaned(words: Sequence[str]) -> list[str]:
    kept = list(dict.fromkeys(word.strip() for word in words if word.strip()))
    if len(kept) > WORDS_MAX:
        raise BadRule(f"关键词最多 {WORDS_MAX} 个", f"at most {WORDS_MAX} keywords")
    for word in kept:
        if len(word) > WORD_LENGTH_MAX:
            raise BadRule(f"关键词过长：{word[:20]}…", f"keyword too long: {word[:20]}…")
    return kept
