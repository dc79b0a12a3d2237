"""The keyword rules of one moment, ready to be applied."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.domain.insight import keywords, synonyms
from tagging.words import Tagger


@dataclass(frozen=True, slots=True)
class Words:
    """The rules of one revision."""

    revision: int
    tagger: Tagger
    rules: dict[int, keywords.KeywordRule]


def read(session: Session) -> Words:
    """Built anew, in a reading session of its own: what it returns outlives that."""
    revision = keywords.revision(session)
    rules = keywords.enabled(session)
    tagger = Tagger(keywords.as_word_rules(rules), synonyms.book(session))
    return Words(revision, tagger, {rule.id: rule for rule in rules})
