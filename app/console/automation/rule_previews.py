"""What a rule would have done to the last 30 days, before it is switched on."""

from typing import Any

from flask import abort
from sqlalchemy.orm import Session

from app.console import languages
from app.console.automation.rule_forms import RuleForm
from app.console.frame import Answer, console, operator_id, page, siyu
from app.domain.insight import keyword_previews, keywords
from app.domain.insight.keyword_previews import KeywordPreview
from app.domain.insight.keywords import BadRule
from app.words import keyword_trials, recent_chat


@console.post("/rules/preview")
def preview_rule() -> Answer:
    """Reckons the rule in the form, as it would be if it were saved now."""
    form, now = RuleForm(), siyu().clock()
    try:
        words, unless = keywords.checked(form.lines("words"), form.lines("unless"), form.terms)
    except BadRule as bad:
        return page("automation/_rule_preview.html", mistake=languages.in_language(bad))
    with siyu().database.writing() as session:
        preview_id = keyword_previews.ask(session, operator_id(), now).id
    rule = keywords.word_rule(0, 0, words, unless, form.terms)
    zone = siyu().programme.zone
    keyword_trials.reckon(siyu().database, preview_id, rule, form.terms, zone, now)
    return rule_preview(preview_id)


@console.get("/rules/previews/<int:preview_id>")
def rule_preview(preview_id: int) -> Answer:
    with siyu().database.reading() as session:
        preview = session.get(KeywordPreview, preview_id)
        if preview is None or preview.operator_id != operator_id():
            abort(404)
        outcome = preview.outcome
        return page(
            "automation/_rule_preview.html",
            preview=preview,
            is_given_up=preview.is_given_up(siyu().clock()),
            outcome=outcome,
            samples=_samples(session, outcome) if outcome else [],
        )


def _samples(session: Session, outcome: dict[str, Any]) -> list[dict[str, Any]]:
    """With what was said, where nobody has taken it back."""
    samples = outcome["samples"]
    said = recent_chat.texts_of(session, [sample["event_id"] for sample in samples])
    return [
        {**sample, "said": said[sample["event_id"]]}
        for sample in samples
        if said.get(sample["event_id"])
    ]
