"""The book of synonyms 同义词: lines of words that mean the same to every keyword rule."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id
from app.domain.insight import keywords
from app.domain.insight.keywords import BadRule
from tagging import synonyms, texts

LINES_MAX, WORDS_MAX = 500, 20


class SynonymLine(Base):
    __tablename__ = "synonym_lines"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    words: Mapped[list[Any]]
    written_at: Mapped[datetime]


def write(session: Session, lines: Sequence[Sequence[str]], now: datetime) -> None:
    """Writes the book anew. Raises BadRule."""
    kept = [line for line in map(_cleaned, lines) if line]
    if len(kept) > LINES_MAX:
        raise BadRule(f"同义词最多 {LINES_MAX} 行", f"at most {LINES_MAX} lines of synonyms")
    session.execute(sa.delete(SynonymLine))
    session.add_all(SynonymLine(words=line, written_at=now) for line in kept)
    keywords.raise_revision(session)


def all_of(session: Session) -> Sequence[SynonymLine]:
    return session.scalars(sa.select(SynonymLine).order_by(SynonymLine.id)).all()


def book(session: Session) -> Mapping[str, tuple[str, ...]]:
    """For each word all that mean the same."""
    return synonyms.expand(line.words for line in all_of(session))


def _cleaned(line: Sequence[str]) -> list[str]:
    words = list(dict.fromkeys(word.strip() for word in line if texts.folded_word(word)))
    if len(words) == 1:
        raise BadRule(f"“{words[0]}”没有同义词", f"“{words[0]}” has no synonym in its line")
    if len(words) > WORDS_MAX:
        raise BadRule(f"每行最多 {WORDS_MAX} 个词", f"at most {WORDS_MAX} words in a line")
    return words
