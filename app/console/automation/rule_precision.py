"""How precise a rule is: a sample of its hits to judge, and what to exclude after a wrong one."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import abort, flash, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.console import languages
from app.console.frame import Answer, console, go, operator_id, page, siyu
from app.domain.insight import keyword_hits, keywords
from app.domain.insight.keyword_hits import RIGHT, WRONG, KeywordHit
from app.domain.insight.keywords import BadRule, KeywordRule
from app.words import recent_chat
from tagging import precision, texts

SAMPLE = 10
WRONG_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Line:
    """What was said, with the hit in the middle; ``others`` are the words of its sentence that
    could exclude it."""

    hit: KeywordHit
    before: str
    word: str
    after: str
    others: Sequence[str]


@console.get("/rules/<int:rule_id>/precision")
def rule_precision(rule_id: int) -> Answer:
    with siyu().database.reading() as session:
        rule = session.get(KeywordRule, rule_id)
        if rule is None:
            abort(404)
        judged = keyword_hits.verdicts(session).get(rule_id, (0, 0))
        return page(
            "automation/rule_precision.html",
            rule=rule,
            judged=judged,
            precision=precision.of(*judged),
            sample=_lines(session, keyword_hits.to_judge(session, rule_id, SAMPLE)),
            wrong=_lines(session, keyword_hits.judged_wrong(session, rule_id, WRONG_SHOWN)),
        )


@console.post("/rules/<int:rule_id>/hits/<int:hit_id>")
def judge_hit(rule_id: int, hit_id: int) -> Answer:
    judged_as = request.form.get("judged_as", "")
    if judged_as not in (RIGHT, WRONG):
        abort(400)
    with siyu().database.writing() as session:
        keyword_hits.judge(session, hit_id, judged_as, operator_id(), siyu().clock())
    return go("rule_precision", rule_id=rule_id)


@console.post("/rules/<int:rule_id>/unless")
def exclude_word(rule_id: int) -> Answer:
    """A word of a line that was hit wrongly: from now on it excludes."""
    word = request.form.get("word", "")
    try:
        with siyu().database.writing() as session:
            if session.get(KeywordRule, rule_id) is None:
                abort(404)
            keywords.add_words(
                session, rule_id, unless=[word], operator_id=operator_id(), now=siyu().clock()
            )
        flash(_("已加入排除词：%(word)s", word=word))
    except BadRule as bad:
        flash(languages.in_language(bad), "error")
    return go("rule_precision", rule_id=rule_id)


def _lines(session: Session, hits: Sequence[KeywordHit]) -> list[Line]:
    said = recent_chat.texts_of(session, [hit.event_id for hit in hits])
    return [_line(hit, said[hit.event_id]) for hit in hits if said.get(hit.event_id)]


def _line(hit: KeywordHit, said: str) -> Line:
    folded = texts.fold(said).text
    word = texts.fold(said[hit.begins : hit.ends]).text
    others = [w for w in texts.cut(folded) if len(w) > 1 and w not in word and word not in w]
    return Line(
        hit,
        said[: hit.begins],
        said[hit.begins : hit.ends],
        said[hit.ends :],
        list(dict.fromkeys(others))[:12],
    )
