"""New keywords from recent chat, a click away from a rule; and the book of synonyms."""

from datetime import timedelta

from flask import abort, flash, request
from flask_babel import gettext as _

from app import row_ids
from app.console import languages
from app.console.frame import Answer, console, go, operator_id, page, siyu
from app.domain.insight import keywords, synonyms
from app.domain.insight.keywords import BadRule, KeywordRule
from app.words import recent_chat
from tagging import notation, suggestions
from tagging.notation import Kind

SINCE = timedelta(days=30)
EVENTS_MAX = 5_000  # a second's work
SHOWN = 60


@console.get("/rules/suggestions")
def rule_suggestions() -> Answer:
    since = siyu().clock() - SINCE
    with siyu().database.reading() as session:
        rules, book = keywords.all_of(session), synonyms.book(session)
    known = {piece for rule in rules for word in rule.words for piece in _pieces(word)}
    known |= {meant for word in known for meant in book.get(word, ())}
    chat = recent_chat.said(siyu().database, since, EVENTS_MAX)
    found = suggestions.suggest(((said.member_id, said.text) for said in chat), known, SHOWN)
    return page("automation/rule_suggestions.html", suggestions=found, rules=rules)


@console.post("/rules/suggestions")
def add_suggestion() -> Answer:
    rule_id, word = request.form.get("rule_id", type=row_ids.read), request.form.get("word", "")
    if rule_id is None:
        return go("new_rule", words=word)
    try:
        with siyu().database.writing() as session:
            if session.get(KeywordRule, rule_id) is None:
                abort(404)
            rule = keywords.add_words(
                session, rule_id, words=[word], operator_id=operator_id(), now=siyu().clock()
            )
        flash(_("“%(word)s”已加入规则：%(rule)s", word=word, rule=rule.name))
    except BadRule as bad:
        flash(languages.in_language(bad), "error")
    return go("rule_suggestions")


@console.route("/rules/synonyms", methods=["GET", "POST"])
def rule_synonyms() -> Answer:
    written = request.form.get("lines")
    mistake = ""
    if written is not None:
        lines = [line.replace("＝", "=").split("=") for line in written.splitlines()]
        try:
            with siyu().database.writing() as session:
                synonyms.write(session, lines, siyu().clock())
            flash(_("已保存，从下一条消息起生效。"))
            return go("rule_synonyms")
        except BadRule as bad:
            mistake = languages.in_language(bad)
    with siyu().database.reading() as session:
        known = "\n".join(" = ".join(line.words) for line in synonyms.all_of(session))
    return page(
        "automation/rule_synonyms.html",
        lines=known if written is None else written,
        mistake=mistake,
    )


def _pieces(word: str) -> tuple[str, ...]:
    kind, pieces = notation.read(word)
    return () if kind is Kind.EXPRESSION else pieces
