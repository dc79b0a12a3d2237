"""Keyword rules: what a member's words lead to, a tag or a reply, as operators write them."""

from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id
from tagging import terms as tagging_terms
from tagging.notation import BadKeyword
from tagging.rules import WordRule
from tagging.terms import USUAL, BadTerms, Terms

WORDS_MAX = 400
WORD_LENGTH_MAX = 40
EXPRESSION_LENGTH_MAX = 202  # with its two slashes


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
    terms: Mapped[dict[str, Any] | None]  # as ``tagging.terms`` writes them; None are the usual
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
    terms: Terms = USUAL,
    operator_id: int | None = None,
    now: datetime,
) -> KeywordRule:
    """Adds a rule, or makes the next version of rule ``rule_id``. Raises BadRule."""
    kept, kept_unless = checked(words, unless, terms)
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
    rule.terms = tagging_terms.written(terms)
    _next_version(session, rule, operator_id, now)
    return rule


def checked(
    words: Sequence[str], unless: Sequence[str], terms: Terms
) -> tuple[list[str], list[str]]:
    """The words and the excluding words, cleaned. Raises BadRule where they cannot work."""
    kept, kept_unless = _cleaned(words), _cleaned(unless)
    if not kept:
        raise BadRule("至少要有一个关键词", "at least one keyword is needed")
    try:
        tagging_terms.check(kept, kept_unless, terms)
    except (BadKeyword, BadTerms) as bad:
        raise BadRule(bad.zh, bad.en) from bad
    return kept, kept_unless


def add_words(
    session: Session,
    rule_id: int,
    *,
    words: Sequence[str] = (),
    unless: Sequence[str] = (),
    operator_id: int | None,
    now: datetime,
) -> KeywordRule:
    """The next version of a rule, with more words. Raises BadRule."""
    rule = session.get_one(KeywordRule, rule_id, with_for_update=True)
    rule.words, rule.unless = checked(
        [*rule.words, *words], [*rule.unless, *unless], tagging_terms.of(rule.terms)
    )
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


def count_enabled(session: Session) -> int:
    counted = sa.select(sa.func.count()).where(KeywordRule.disabled_at.is_(None))
    return session.scalar(counted) or 0


def all_of(session: Session) -> Sequence[KeywordRule]:
    return session.scalars(sa.select(KeywordRule).order_by(KeywordRule.id)).all()


def found(
    session: Session, sought: str = "", *, before_id: int | None = None, limit: int
) -> list[KeywordRule]:
    """The rules that have ``sought`` in their name or in a word, newest first."""
    rules = sa.select(KeywordRule).order_by(KeywordRule.id.desc())
    if before_id is not None:
        rules = rules.where(KeywordRule.id < before_id)
    if not sought:
        return list(session.scalars(rules.limit(limit)))
    said_of = (rule for rule in session.scalars(rules) if _is_about(rule, sought.casefold()))
    return list(islice(said_of, limit))


def history(session: Session, rule_id: int) -> Sequence[KeywordRuleVersion]:
    """A rule's versions, newest first."""
    return session.scalars(
        sa.select(KeywordRuleVersion)
        .where(KeywordRuleVersion.rule_id == rule_id)
        .order_by(KeywordRuleVersion.version.desc())
    ).all()


def as_word_rules(rules: Sequence[KeywordRule]) -> list[WordRule]:
    return [
        word_rule(rule.id, rule.version, rule.words, rule.unless, tagging_terms.of(rule.terms))
        for rule in rules
    ]


def word_rule(
    rule_id: int, version: int, words: Sequence[str], unless: Sequence[str], terms: Terms
) -> WordRule:
    """A rule as texts are read for it."""
    return WordRule(
        rule_id,
        version,
        tuple(words),
        tuple(unless),
        terms.all_of,
        terms.none_of,
        terms.questions,
        terms.denials,
        terms.is_own,
        terms.in_pinyin,
        terms.spans_texts,
    )


def raise_revision(session: Session) -> None:
    """Whoever reads texts reads the rules anew."""
    session.execute(sa.update(KeywordRevision).values(number=KeywordRevision.number + 1))
    session.flush()


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
                "terms": rule.terms,
                "enabled": rule.disabled_at is None,
            },
            operator_id=operator_id,
            changed_at=now,
        )
    )
    raise_revision(session)


def _is_about(rule: KeywordRule, sought: str) -> bool:
    return any(sought in said.casefold() for said in (rule.name, *rule.words))


def _cleaned(words: Sequence[str]) -> list[str]:
    kept = list(dict.fromkeys(word.strip() for word in words if word.strip()))
    if len(kept) > WORDS_MAX:
        raise BadRule(f"关键词最多 {WORDS_MAX} 个", f"at most {WORDS_MAX} keywords")
    for word in kept:
        if len(word) > (EXPRESSION_LENGTH_MAX if word.startswith("/") else WORD_LENGTH_MAX):
            raise BadRule(f"关键词过长：{word[:20]}…", f"keyword too long: {word[:20]}…")
    return kept
