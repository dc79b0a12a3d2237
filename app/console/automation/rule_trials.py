"""Try a sentence: which rules it meets, the one being edited among them, and how it is cut."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import request
from flask_babel import gettext as _

from app import row_ids
from app.console import languages
from app.console.automation.rule_forms import RuleForm
from app.console.frame import Answer, console, page, siyu
from app.domain.insight import keywords, synonyms
from app.domain.insight.keywords import BadRule
from tagging import notation, texts
from tagging.notation import Kind
from tagging.rules import Hit, WordRule
from tagging.words import Tagger

UNSAVED = 0
SENTENCE_MAX = 500


@dataclass(frozen=True, slots=True)
class Met:
    """A rule that the sentence meets, and the sentence around the word it says. ``is_part``: the
    rule wants more, in this message or in others. ``is_denied``: it takes its tag away."""

    label: str
    rule_id: int
    before: str
    word: str
    after: str
    is_part: bool = False
    is_denied: bool = False


@dataclass(frozen=True, slots=True)
class Missed:
    """A rule whose word stands in the sentence and still is not met."""

    label: str
    rule_id: int
    word: str


@console.post("/rules/try")
def try_sentence() -> Answer:
    sentence = request.form.get("sentence", "")[:SENTENCE_MAX]
    try:
        edited = _edited()
    except BadRule as bad:
        return page("automation/_trial.html", sentence=sentence, mistake=languages.in_language(bad))
    with siyu().database.reading() as session:
        enabled, book = keywords.enabled(session), synonyms.book(session)
    rules = [
        *edited,
        *(rule for rule in keywords.as_word_rules(enabled) if rule.id != _edited_id(edited)),
    ]
    labels = {rule.id: rule.name for rule in enabled} | {UNSAVED: _("正在编辑的规则（未保存）")}
    reading = Tagger(rules, book).read(sentence)
    met = [_met(labels, sentence, hit) for hit in reading.hits]
    met += [_met(labels, sentence, hit, is_part=True) for hit in reading.parts]
    met += [_met(labels, sentence, hit, is_denied=True) for hit in reading.denied]
    return page(
        "automation/_trial.html",
        sentence=sentence,
        met=met,
        missed=_missed(rules, labels, sentence, {found.rule_id for found in met}),
        words=texts.cut(texts.fold(sentence).text),
    )


def _met(labels: dict[int, str], sentence: str, hit: Hit, **kind: bool) -> Met:
    before, word, after = (
        sentence[: hit.start],
        sentence[hit.start : hit.end],
        sentence[hit.end :],
    )
    return Met(labels[hit.rule_id], hit.rule_id, before, word, after, **kind)


def _missed(
    rules: Sequence[WordRule], labels: dict[int, str], sentence: str, met: set[int]
) -> list[Missed]:
    folded = texts.fold(sentence).text
    said = (
        (rule, next((word for word in rule.words if _stands_in(word, folded)), None))
        for rule in rules
        if rule.id not in met
    )
    return [Missed(labels[rule.id], rule.id, word) for rule, word in said if word is not None]


def _stands_in(word: str, folded: str) -> bool:
    kind, pieces = notation.read(word)
    return kind is not Kind.EXPRESSION and all(piece in folded for piece in pieces)


def _edited() -> list[WordRule]:
    """The rule in the form around the box, as it would be if it were saved now. Raises BadRule."""
    form = RuleForm()
    if not form.lines("words"):
        return []
    words, unless = keywords.checked(form.lines("words"), form.lines("unless"), form.terms)
    return [keywords.word_rule(UNSAVED, 0, words, unless, form.terms)]


def _edited_id(edited: Sequence[WordRule]) -> int | None:
    return request.form.get("rule_id", type=row_ids.read) if edited else None
