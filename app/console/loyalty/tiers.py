"""Tiers: the levels and what they ask for, how many members each has, who moves soon, and how a
change would move them before it does."""

from datetime import timedelta
from typing import Any

from flask import abort, flash, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.clockwork import tier_schemes as work
from app.console.frame import Answer, console, go, operator_id, page, siyu
from app.console.languages import language
from app.console.loyalty import tier_forms
from app.domain.loyalty.standing import benefits, standings, tier_presets, tier_schemes, tiers
from app.domain.loyalty.standing.benefit_terms import Names, in_words
from app.domain.loyalty.standing.tier_schemes import NotADraft, TierScheme
from app.domain.loyalty.standing.tier_terms import LEVELS_MAX, Level, Terms
from app.domain.loyalty.standing.tier_words import level as level_words
from app.domain.loyalty.standing.tier_words import period as period_words
from app.domain.people import operators

SOON = timedelta(days=30)
SOON_MAX = 50


@console.app_template_filter()
def level_in_words(level: Level) -> str:
    return _mine(level_words(level))


@console.app_template_filter()
def kept_in_words(terms: Terms) -> str:
    return _mine(period_words(terms.kept))


@console.app_template_filter()
def benefits_in_words(held: benefits.Held, names: Names) -> list[str]:
    return [_mine(line) for line in in_words(held.terms, names)]


@console.get("/tiers")
def tiers_page() -> Answer:
    now, today = siyu().clock(), siyu().programme.business_day(siyu().clock())
    with siyu().database.reading() as session:
        known, scheme = tiers.all_of(session), tier_schemes.in_force(session)
        held = {tier.key: benefits.present(session, benefits.of_tier(tier.id)) for tier in known}
        draft = tier_schemes.drafted(session)
        return page(
            "loyalty/tiers.html",
            scheme=scheme,
            tiers={tier.key: tier for tier in known},
            tier_names={tier.id: tier for tier in tiers.by_key(session).values()},
            counts=tiers.counts(session),
            held=held,
            benefit_names=benefits.names_in(session, held.values()),
            soon=standings.ending_soon(session, today + SOON, SOON_MAX),
            draft=draft,
            drafted=Terms.model_validate(draft.terms) if draft else None,
            moves=_moves(session, draft) if draft else [],
            at_work=tier_schemes.at_work(session),
            presets=_presets(),
            now=now,
        )


@console.route("/tiers/scheme", methods=["GET", "POST"])
def tier_scheme() -> Answer:
    """The form: of what is in force, of a preset, or of what was just sent."""
    wrong: dict[str, str] = {}
    if request.method == "POST":
        terms, wrong = tier_forms.read(request.form)
        if terms is not None:
            _draft(terms, may_lower=request.form.get("may_lower") == "yes")
            return go("tiers_page")
        shown = dict(request.form)
    else:
        shown = tier_forms.fields(_to_begin_with(request.args.get("preset", "")))
    return page(
        "loyalty/tier_form.html",
        shown=shown,
        wrong=wrong,
        levels=range(LEVELS_MAX),
        ways=range(tier_forms.WAYS),
        conditions=range(tier_forms.CONDITIONS),
        measures=tier_forms.MEASURES,
        periods=tier_forms.PERIODS,
        kept=tier_forms.KEPT,
        falls=tier_forms.FALLS,
        presets=_presets(),
    )


@console.post("/tiers/scheme/<int:scheme_id>/begin")
def begin_tier_scheme(scheme_id: int) -> Answer:
    now = siyu().clock()
    try:
        with siyu().database.writing() as session:
            session.get(TierScheme, scheme_id) or abort(404)
            today = siyu().programme.business_day(now)
            begun = tier_schemes.begin(session, scheme_id, today, now)
            _record(session, "tier.begin", begun)
    except NotADraft:
        flash(_("这个方案已经启用或放弃了。"), "danger")
    else:
        flash(_("新方案已启用，会员正在分批调整。"))
    return go("tiers_page")


@console.post("/tiers/scheme/<int:scheme_id>/drop")
def drop_tier_scheme(scheme_id: int) -> Answer:
    try:
        with siyu().database.writing() as session:
            dropped = session.get(TierScheme, scheme_id) or abort(404)
            tier_schemes.drop(session, scheme_id, siyu().clock())
            _record(session, "tier.drop", dropped)
    except NotADraft:
        flash(_("这个方案已经启用或放弃了。"), "danger")
    return go("tiers_page")


def _draft(terms: Terms, *, may_lower: bool) -> None:
    """Kept, and the first members counted at once: in a small house these are all."""
    now, by = siyu().clock(), operator_id()
    with siyu().database.writing() as session:
        made = tier_schemes.draft(session, terms, may_lower=may_lower, operator_id=by, now=now)
        _record(session, "tier.draft", made)
    with siyu().database.writing() as session:
        work.count(session, siyu().programme, now)


def _to_begin_with(preset: str) -> Terms:
    if preset in tier_presets.PRESETS:
        return tier_presets.PRESETS[preset]
    with siyu().database.reading() as session:
        draft = tier_schemes.drafted(session)
        terms = Terms.model_validate(draft.terms) if draft else None
        return terms or tier_schemes.in_force(session).terms


def _moves(session: Session, draft: TierScheme) -> list[tuple[str, list[tuple[str, int]]]]:
    """By the name of the tier they are in: to which levels how many would come."""
    names = {key: _name(tier) for key, tier in tiers.by_key(session).items()}
    levels = Terms.model_validate(draft.terms).levels
    names |= {level.key: _name(level) for level in levels}
    known = ["", *names]
    return [
        (
            names.get(was, _("还没有等级")),
            [(names[level.key], draft.counted[was].get(level.key, 0)) for level in levels],
        )
        for was in sorted(draft.counted, key=known.index)
    ]


def _name(named: Any) -> str:
    return _mine((named.name, named.name_en))


def _presets() -> dict[str, str]:
    return {
        tier_presets.GROWTH: _("只看成长值"),
        tier_presets.TAOBAO: _("淘宝方案：成长值、年消费与订单、互动"),
        tier_presets.SPEND: _("只看年消费"),
    }


def _mine(wording: tuple[str, str]) -> str:
    return wording[0] if language() == "zh" else wording[1]


def _record(session: Session, action: str, scheme: TierScheme) -> None:
    details = {"scheme": scheme.id, "terms": scheme.terms, "may_lower": scheme.may_lower}
    operators.record(session, operator_id(), action, "tiers", details, siyu().clock())
