"""An earning rule: made and changed without code, with every version it has had."""

from typing import Any

from flask import abort, flash
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.console import languages
from app.console.frame import Answer, console, go, operator_id, page, siyu
from app.console.loyalty import earning_forms
from app.console.loyalty.earning_forms import RuleForm
from app.domain.insight import segments
from app.domain.loyalty.earning import kinds, rules
from app.domain.loyalty.earning.rules import EarningRule
from app.domain.loyalty.earning.terms import MEASURES, BadTerms
from app.domain.loyalty.earning.wordings import NAMES
from app.domain.loyalty.standing import tiers
from app.domain.outreach.materials import content_uses
from app.domain.people import operators
from app.domain.people.operators import Operator


@console.route("/earning/new/<kind>", methods=["GET", "POST"])
def new_earning_rule(kind: str) -> Answer:
    if kind not in kinds.EVERY:
        abort(404)
    with siyu().database.reading() as session:
        form = earning_forms.empty(kind, _tiers(session), _segments(session))
    if form.validate_on_submit() and _add(form, kind):
        flash(_("已保存，从现在起生效。"))
        return go("earning")
    return page("loyalty/earning_rule.html", form=form, rule=None, **_about(kind))


@console.route("/earning/<key>", methods=["GET", "POST"])
def earning_rule(key: str) -> Answer:
    with siyu().database.reading() as session:
        known = rules.rule(session, key) or abort(404)
        form = earning_forms.empty(known.known_kind, _tiers(session), _segments(session))
        versions = rules.versions_of(session, known.id)
        named = {one.id: one.name for one in session.query(Operator)}
    if not form.is_submitted():
        kind, terms = known.known_kind, known.written_terms
        earning_forms.fill(form, kind, known.name, known.points, terms)
    elif form.validate() and _change(form, known):
        flash(_("已保存，从现在起生效。"))
        return go("earning")
    return page(
        "loyalty/earning_rule.html",
        form=form,
        rule=known,
        versions=versions,
        operators=named,
        **_about(known.known_kind),
    )


def _add(form: RuleForm, kind: str) -> bool:
    written = earning_forms.written(form, kind)
    try:
        with siyu().database.writing() as session:
            made = rules.add(
                session,
                key=_key(session, kind, written),
                kind=kind,
                points=earning_forms.points_of(form),
                name=(form.name.data or "").strip(),
                written=written,
                operator_id=operator_id(),
                now=siyu().clock(),
            )
            _record(session, "earning.add", made)
    except BadTerms as bad:
        earning_forms.complain(form, bad.problems, languages.language())
        return False
    except rules.KeyTaken:
        form.name.errors = [_("已经有这样一条规则了。")]
        return False
    return True


def _change(form: RuleForm, known: EarningRule) -> bool:
    try:
        with siyu().database.writing() as session:
            changed = rules.change(
                session,
                known.key,
                points=earning_forms.points_of(form),
                name=(form.name.data or "").strip(),
                written=earning_forms.written(form, known.known_kind),
                operator_id=operator_id(),
                now=siyu().clock(),
            )
            _record(session, "earning.change", changed)
    except BadTerms as bad:
        earning_forms.complain(form, bad.problems, languages.language())
        return False
    return True


def _key(session: Session, kind: str, written: dict[str, Any]) -> str:
    """After its kind; a streak after its length, and what there are several of by a number."""
    if kind == kinds.STREAK:
        return f"{kind}_{written.get(MEASURES[kind], 0)}"
    taken = {one.key for one in rules.all_of(session)}
    numbered = (f"{kind}_{number}" for number in range(2, len(taken) + 3))
    return next(key for key in (kind, *numbered) if key not in taken)


def _about(kind: str) -> dict[str, Any]:
    return {"kind": kind, "kind_name": NAMES[kind], "shown": earning_forms.shown(kind)}


def _tiers(session: Session) -> dict[str, str]:
    return {one.key: one.name for one in tiers.all_of(session)}


def _segments(session: Session) -> dict[str, str]:
    return {one.key: one.name for one in segments.all_of(session)}


def _record(session: Session, action: str, rule: EarningRule) -> None:
    """What was done, and which segments it names now: none of them can be deleted."""
    named = [{"segment": key} for key in rule.terms.get("segments", ())]
    content_uses.note(session, content_uses.EARNING_RULE, rule.id, 0, named)
    details = {"points": rule.points, "version": rule.version, "terms": rule.terms}
    operators.record(session, operator_id(), action, f"earning:{rule.key}", details, siyu().clock())
