"""What things are worth: the rules by which points are earned, tried out on an example."""

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, TypeVar

from flask import g, request
from sqlalchemy.orm import Session

from app.console import languages
from app.console.frame import Answer, console, operator_id, page, siyu, zone
from app.domain.loyalty.earning import kinds, rules, wordings, worth
from app.domain.loyalty.earning.acts import Act, Bought, Standing
from app.domain.loyalty.earning.rules import EarningRule, EarningRuleVersion
from app.domain.loyalty.earning.worth import Grant, Ruling
from app.domain.loyalty.standing import benefits, tiers
from app.domain.loyalty.standing.benefit_terms import SINGLE
from app.domain.people import operators

YUAN_MAX, FACTOR_MAX = 10**8, 1000
_Value = TypeVar("_Value")


class BadQuestion(ValueError):
    """The calculator cannot read a field; the text names it."""


@console.get("/earning")
def earning() -> Answer:
    with siyu().database.reading() as session:
        tried, wrong = None, ""
        try:
            tried = _tried(session) if "yuan" in request.args else None
        except BadQuestion as bad:
            wrong = str(bad)
        shown = page(
            "loyalty/earning.html",
            rules=rules.all_of(session),
            kinds=[(kind, wordings.NAMES[kind]) for kind in kinds.EVERY],
            tiers=tiers.all_of(session),
            tried=tried,
            wrong=wrong,
            total=sum(grant.amount for grant in tried or ()),
            today=siyu().programme.business_day(siyu().clock()),
        )
        return shown, 400 if wrong else 200


@console.app_template_filter()
def rule_in_words(ruling: Ruling) -> str:
    return languages.in_language(wordings.of_rule(ruling, _tier_names()))


@console.app_template_filter()
def version_in_words(version: tuple[EarningRule, EarningRuleVersion]) -> str:
    return rule_in_words(rules.was_ruling(*version))


@console.app_template_filter()
def grant_in_words(grant: Grant) -> str:
    return languages.in_language(wordings.of_grant(grant, _tier_names()))


@console.app_template_filter()
def rule_name(rule: EarningRule) -> str:
    return rule.name or languages.in_language(wordings.NAMES[rule.known_kind])


def _tier_names() -> wordings.Names:
    """Looked up once for a page."""
    if "tier_names" not in g:
        with siyu().database.reading() as session:
            g.tier_names = wordings.names_of(tiers.all_of(session))
    names: wordings.Names = g.tier_names
    return names


def _tried(session: Session) -> list[Grant]:
    """What an order would earn: the calculator's question is in the address. Raises BadQuestion."""
    fen = int(_asked("yuan", lambda text: _within(Decimal(text), 0, YUAN_MAX)) * 100)
    on, tier = _asked("on", date.fromisoformat), request.args.get("tier", "")
    act = Act(
        kinds.ORDER,
        datetime.combine(on, time(12), zone()),
        on,
        channel=request.args.get("channel", ""),
        source=request.args.get("source", ""),
        bought=Bought(fen, fen),
    )
    born = request.args.get("birthday") and _asked("birthday", date.fromisoformat)
    if request.args.get("factor"):
        factor = int(_asked("factor", lambda text: _within(Decimal(text), SINGLE, FACTOR_MAX)))
    else:
        factor = _factor_of(session, tier)
    standing = Standing(tier, factor, born or None)
    return worth.worth(rules.rulings(session, kinds.EVERY), act, standing, {})


def _asked(field: str, read: Callable[[str], _Value]) -> _Value:
    try:
        return read(request.args.get(field, ""))
    except (ArithmeticError, ValueError) as error:
        raise BadQuestion(field) from error


def _within(number: Decimal, least: int, most: int) -> Decimal:
    if not least <= number <= most:
        raise ValueError(number)
    return number


def _factor_of(session: Session, tier_key: str) -> int:
    """As the tier's benefits have it."""
    tier = tiers.by_key(session).get(tier_key)
    if tier is None:
        return SINGLE
    return benefits.present(session, benefits.of_tier(tier.id)).terms.points_factor


def _record(session: Session, action: str, subject: str, details: dict[str, Any]) -> None:
    operators.record(session, operator_id(), action, subject, details, siyu().clock())
