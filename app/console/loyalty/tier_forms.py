"""The form of a scheme of tiers: up to six levels of two ways with three conditions each, in a page
that needs no script. A level without a name, and a condition without a number, is none.

Field names: ``level-{n}-name``, ``level-{n}-{way}-{condition}-measure``; amounts are in yuan. What
is wrong is told by the name of the field it stands in, or of ``levels`` as a whole.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from pydantic import ValidationError

from app.console.fields.amounts import fen_in
from app.domain.loyalty.standing.tier_terms import (
    LEVELS_MAX,
    LEVELS_MIN,
    Measure,
    OperatorsTerms,
    Terms,
)

WAYS, CONDITIONS = 2, 3
MEASURES: Mapping[str, object] = {
    Measure.GROWTH: _l("成长值"),
    Measure.SPEND_FEN: _l("消费（元）"),
    Measure.ORDERS: _l("下单（笔）"),
    Measure.INTERACTION_DAYS: _l("互动（天）"),
}
PERIODS: Mapping[str, object] = {
    "ever": _l("累计"),
    "months": _l("近几个月"),
    "days": _l("近几天"),
    "year": _l("当年"),
}
KEPT: Mapping[str, object] = {
    "ever": _l("长期有效"),
    "months": _l("几个月"),
    "days": _l("几天"),
    "year": _l("到当年年底"),
}
FALLS: Mapping[str, object] = {
    "to_level": _l("降到届时符合的等级"),
    "one_level": _l("最多降一级"),
}
_FIELDS: Mapping[str, object] = {
    "key": _l("标识要以小写字母开头，只用小写字母、数字和下划线"),
    "name": _l("名称要有 1 到 20 个字"),
    "name_en": _l("英文名称要有 1 到 20 个字"),
    "at_least": _l("条件里的数要是正整数"),
    "over": _l("期间的天数或月数不对"),
    "kept": _l("有效期的天数或月数不对"),
    "grace_days": _l("宽限期要是 0 到 365 天"),
    "notice_days": _l("提前提醒要是 0 到 365 天"),
    "measure": _l("请选一种条件"),
    "kind": _l("请选一种期间"),
    "falls": _l("请选一种"),
    "levels": _l("要有 3 到 6 个等级"),
}
Errors = dict[str, str]


def read(form: Mapping[str, str]) -> tuple[OperatorsTerms | None, Errors]:
    """What was written, or what is wrong with it by the name of the field."""
    levels = dict(_levels(form))
    written = {
        "levels": [_without_places(level) for level in levels.values()],
        "kept": _period(form, "kept"),
        "grace_days": form.get("grace_days") or "0",
        "notice_days": form.get("notice_days") or "0",
        "falls": form.get("falls", "to_level"),
    }
    wrong = dict(_wrong_between(levels)) | dict(_without_effect(form, levels))
    try:
        terms = OperatorsTerms.model_validate(written)
    except ValidationError as error:
        for one in error.errors():
            if one["loc"] not in ((), ("levels",)):  # what they have in common is told above
                at, what = _told_at(one["loc"], levels)
                wrong.setdefault(at, str(_FIELDS[what]))
        return None, wrong
    return (None if wrong else terms), wrong


def fields(terms: Terms) -> dict[str, str]:
    """The form of what there is."""
    shown = {
        "kept-kind": terms.kept.kind,
        "kept-count": str(terms.kept.count or ""),
        "grace_days": str(terms.grace_days),
        "notice_days": str(terms.notice_days),
        "falls": terms.falls,
    }
    for n, level in enumerate(terms.levels):
        for name in ("key", "name", "name_en"):
            shown[f"level-{n}-{name}"] = getattr(level, name)
        for w, way in enumerate(level.ways):
            for c, it in enumerate(way):
                at = f"level-{n}-{w}-{c}"
                is_money = it.measure is Measure.SPEND_FEN
                amount = f"{Decimal(it.at_least) / 100:f}" if is_money else str(it.at_least)
                shown |= {f"{at}-measure": it.measure, f"{at}-at_least": amount}
                shown |= {f"{at}-kind": it.over.kind, f"{at}-count": str(it.over.count or "")}
    return shown


def _levels(form: Mapping[str, str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """By the number of the row. Of each way and condition the place in the form is kept beside."""
    for n in range(LEVELS_MAX):
        name = form.get(f"level-{n}-name", "").strip()
        if not name:
            continue
        key = form.get(f"level-{n}-key", "").strip() or f"level_{n + 1}"
        name_en = form.get(f"level-{n}-name_en", "").strip() or key
        ways = [way for w in range(WAYS) if (way := dict(_way(form, f"level-{n}-{w}")))]
        yield n, {"key": key, "name": name, "name_en": name_en, "ways": ways}


def _way(form: Mapping[str, str], at: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Its conditions by their place in the form."""
    for c in range(CONDITIONS):
        said = form.get(f"{at}-{c}-at_least", "").strip()
        if said:
            measure = form.get(f"{at}-{c}-measure", "")
            yield (
                f"{at}-{c}",
                {
                    "measure": measure,
                    "at_least": fen_in(said) if measure == Measure.SPEND_FEN else said,
                    "over": _period(form, f"{at}-{c}"),
                },
            )


def _without_places(level: Mapping[str, Any]) -> dict[str, Any]:
    return {**level, "ways": [list(way.values()) for way in level["ways"]]}


def _period(form: Mapping[str, str], at: str) -> dict[str, str]:
    kind = form.get(f"{at}-kind", "ever")
    counted = kind in ("days", "months")
    return {"kind": kind, "count": (form.get(f"{at}-count") or "0") if counted else "0"}


def _wrong_between(levels: Mapping[int, Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """What is wrong with them together, and with no level by itself."""
    if not LEVELS_MIN <= len(levels) <= LEVELS_MAX:
        yield "levels", str(_FIELDS["levels"])
    first_of: dict[str, int] = {}
    for n, level in levels.items():
        first = first_of.setdefault(level["key"], n)
        if first != n:
            yield f"level-{n}-key", _("和第 %(n)s 级的标识相同", n=first + 1)
        if n == min(levels) and level["ways"]:
            yield f"level-{n}-name", _("最低的一级不能有条件")
        if n != min(levels) and not level["ways"]:
            yield f"level-{n}-0-0-at_least", _("这一级要有条件")


def _without_effect(
    form: Mapping[str, str], levels: Mapping[int, Mapping[str, Any]]
) -> Iterator[tuple[str, str]]:
    """Numbers that were typed where they would change nothing."""
    rows = [f"level-{n}-{w}-{c}" for n in levels for w in range(WAYS) for c in range(CONDITIONS)]
    for at in ("kept", *rows):
        if not form.get(f"{at}-count", "").strip():
            continue
        if at != "kept" and not form.get(f"{at}-at_least", "").strip():
            yield f"{at}-at_least", _("要写至少多少，否则这个条件不算")
        elif form.get(f"{at}-kind", "ever") in ("ever", "year"):
            yield f"{at}-count", _("选了天或月才填；累计、当年、长期有效都不用填")


def _told_at(
    place: tuple[int | str, ...], levels: Mapping[int, Mapping[str, Any]]
) -> tuple[str, str]:
    """The name of the field, and of what is wrong in it."""
    match place:
        case ("levels", int(nth), "ways", int(way), int(condition), "over", *rest):
            at = _condition_at(levels, nth, way, condition)
            return (f"{at}-kind", "kind") if rest == ["kind"] else (f"{at}-count", "over")
        case ("levels", int(nth), "ways", int(way), int(condition), str(name)):
            return f"{_condition_at(levels, nth, way, condition)}-{name}", name
        case ("levels", int(nth), str(name)):
            return f"level-{list(levels)[nth]}-{name}", name
        case ("kept", "kind"):
            return "kept-kind", "kind"
        case ("kept", *_):
            return "kept-count", "kept"
        case (str(name),):
            return name, name
    return "levels", "levels"


def _condition_at(
    levels: Mapping[int, Mapping[str, Any]], nth: int, way: int, condition: int
) -> str:
    ways = list(levels.values())[nth]["ways"]
    return str(list(ways[way])[condition])
