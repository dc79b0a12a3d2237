"""The terms of a keyword rule: what it wants beside its words, and what becomes of the tag."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tagging import expressions, notation
from tagging.notation import BadKeyword, Kind
from tagging.rules import Denials, Questions

GROUPS_MAX = 5
MESSAGES_MAX = 50
DAYS_MAX = 90  # as long as what was said is kept in mind
HITS_MAX = 20
EXPIRES_DAYS_MAX = 3650


@dataclass(frozen=True, slots=True)
class Terms:
    """``all_of`` are groups of keywords, of each of which one must be said too. The parts of a rule
    are said within one message, or within her last ``within_messages``, or ``within_days``. The tag
    is given at the ``hits_needed``-th hit within ``hits_days``, and expires ``expires_days`` after
    the last hit; 0 is never."""

    all_of: tuple[tuple[str, ...], ...] = ()
    none_of: tuple[str, ...] = ()
    within_messages: int = 1
    within_days: int = 0
    questions: Questions = Questions.COUNT
    denials: Denials = Denials.IGNORE
    is_own: bool = False
    in_pinyin: bool = False
    hits_needed: int = 1
    hits_days: int = 0
    expires_days: int = 0

    @property
    def spans_texts(self) -> bool:
        return self.within_messages > 1 or self.within_days > 0


USUAL = Terms()


def of(written: Mapping[str, Any] | None) -> Terms:
    """As ``written`` kept them; the usual ones where nothing is."""
    if not written:
        return USUAL
    return Terms(
        **{
            **written,
            "all_of": tuple(tuple(group) for group in written.get("all_of", ())),
            "none_of": tuple(written.get("none_of", ())),
            "questions": Questions(written.get("questions", Questions.COUNT)),
            "denials": Denials(written.get("denials", Denials.IGNORE)),
        }
    )


def written(terms: Terms) -> dict[str, Any] | None:
    """What is not as usual, for a row; None where all is."""
    kept = {
        name: getattr(terms, name)
        for name in Terms.__dataclass_fields__
        if getattr(terms, name) != getattr(USUAL, name)
    }
    for name in ("all_of", "none_of"):
        if name in kept:
            kept[name] = [list(w) if isinstance(w, tuple) else w for w in kept[name]]
    return kept or None


class BadTerms(ValueError):
    """The terms cannot be met; says why, in Chinese and English."""

    def __init__(self, zh: str, en: str):
        super().__init__(f"{zh} / {en}")
        self.zh, self.en = zh, en


def check(words: Sequence[str], unless: Sequence[str], terms: Terms) -> None:
    """Raises BadKeyword for a word that cannot work, BadTerms for terms that cannot."""
    for word in (*words, *unless, *terms.none_of, *(w for group in terms.all_of for w in group)):
        kind, pieces = notation.read(word)
        if kind is Kind.EXPRESSION:
            expressions.check(pieces[0])
    if len(terms.all_of) > GROUPS_MAX:
        raise BadTerms(f"并且条件最多 {GROUPS_MAX} 行", f"at most {GROUPS_MAX} further conditions")
    _check_number(terms.within_messages, 1, MESSAGES_MAX, "消息条数", "messages")
    _check_number(terms.within_days, 0, DAYS_MAX, "天数", "days")
    _check_number(terms.hits_needed, 1, HITS_MAX, "命中次数", "hits")
    _check_number(terms.hits_days, 0, DAYS_MAX, "命中天数", "days of hits")
    _check_number(terms.expires_days, 0, EXPIRES_DAYS_MAX, "有效天数", "days of validity")
    if terms.within_messages > 1 and terms.within_days > 0:
        raise BadTerms(
            "范围请二选一：最近几条消息，或最近几天", "either messages or days, not both"
        )
    if terms.hits_needed > 1 and terms.hits_days == 0:
        raise BadTerms("多次命中要写明在几天之内", "several hits need a number of days")
    if terms.spans_texts and not (terms.all_of or terms.none_of):
        raise BadTerms(
            "跨消息的范围要有并且条件或不可有的词",
            "a span of several messages needs a further condition or a word not to be said",
        )


def _check_number(value: int, least: int, most: int, zh: str, en: str) -> None:
    if not least <= value <= most:
        raise BadTerms(f"{zh}要在 {least} 到 {most} 之间", f"{en}: between {least} and {most}")


__all__ = ["USUAL", "BadKeyword", "BadTerms", "Terms", "check", "of", "written"]
