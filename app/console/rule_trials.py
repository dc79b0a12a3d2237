"""Try a sentence: which rules it meets, the one being edited among them, and how it is cut."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from flask import request
from flask_babel import gettext as _

from app.console.frame import Answer, console, page, siyu
from app.domain.insight import keywords
from tagging import texts
from tagging.words import Tagger, WordRule

UNSAVED = 0
SENTENCE_MAX = 500


@dataclass(frozen=True, slots=True)
class Met:
    """A rule that the sentence meets, and the sentence around the word it says."""

    label: str
    rule_id: int
    before: str
    word: str
    after: str


@dataclass(frozen=True, slots=True)
class Missed:
    """A rule whose word stands in the sentence and still is not met."""

    label: str
    rule_id: int
    word: str


@console.post("/rules/try")
def try_sentence() -> Answer:
    sentence = request.form.get("sentence", "")[:SENTENCE_MAX]
    with siyu().database.reading() as session:
        enabled = keywords.enabled(session)
    rules = [
        *_edited(),
        *(rule for rule in keywords.as_word_rules(enabled) if rule.id != _edited_id()),
    ]
    labels = {rule.id: rule.name for rule in enabled} | {UNSAVED: _("正在编辑的规则（未保存）")}
    met = _met(rules, labels, sentence)
    return page(
        "_trial.html",
        sentence=sentence,
        met=met,
        missed=_missed(rules, labels, sentence, {found.rule_id for found in met}),
        words=_cut(sentence),
    )


def _met(rules: Sequence[WordRule], labels: dict[int, str], sentence: str) -> list[Met]:
    return [
        Met(
            labels[hit.rule_id],
            hit.rule_id,
            sentence[: hit.start],
            sentence[hit.start : hit.end],
            sentence[hit.end :],
        )
        for hit in Tagger(rules).hits(sentence)
    ]


def _missed(
    rules: Sequence[WordRule], labels: dict[int, str], sentence: str, met: set[int]
) -> list[Missed]:
    folded = texts.fold(sentence).text
    said = (
        (rule, next((word for word in rule.words if texts.folded_word(word) in folded), None))
        for rule in rules
        if rule.id not in met
    )
    return [Missed(labels[rule.id], rule.id, word) for rule, word in said if word is not None]


def _cut(sentence: str) -> list[str]:
    folded = texts.fold(sentence).text
    return [folded[start:end] for start, end in pairwise(sorted(texts.word_edges(folded)))]


def _edited() -> list[WordRule]:
    """The rule in the form around the box, as it would be if it were saved now."""
    words = _lines("words")
    return [WordRule(UNSAVED, 0, words, _lines("unless"))] if words else []


def _edited_id() -> int | None:
    return request.form.get("rule_id", type=int) if _edited() else None


def _lines(name: str) -> tuple[str, ...]:
    written = request.form.get(name, "").splitlines()[: keywords.WORDS_MAX]
    return tuple(line.strip() for line in written if line.strip())
