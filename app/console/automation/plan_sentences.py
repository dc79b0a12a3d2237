"""Parts of a plan as sentences, for whoever reads it: what takes somebody in, what a step does, on
which condition it branches. From the definition as it was written, as far as it can be read; what
it names is called by its name."""

from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import gettext as _

from app.console import languages
from app.console.automation.plan_fields import conditions, routes, steps
from app.console.fields import amounts
from app.console.saying import words
from app.console.saying.names import Names
from app.console.saying.plan_words import said
from sop import acts
from sop.mistakes import Mistake
from sop.plans import AFTER_DAYS
from sop.times import schedules


def trigger(names: Names, what: Mapping[str, Any]) -> str:
    return _with_fields(names, said(what["kind"], "trigger"), what)


def happening(names: Names, what: Mapping[str, Any]) -> str:
    return _with_fields(names, said(str(what.get("kind")), "happening"), what)


def condition(names: Names, one: Mapping[str, Any]) -> str:
    kind = conditions.kind_of(one)
    if kind in conditions.GROUPS:
        joint = _(" 且 ") if kind == "all" else _(" 或 ")
        return joint.join(_bracketed(names, part) for part in one[kind])
    if kind == "not":
        return _("不是（%(condition)s）", condition=condition(names, one["not"]))
    if kind == "happened":
        days = one.get("within_days")
        since = _("最近 %(n)s 天", n=days) if days else _("入组以来")
        return f"{since}{_('：')}{happening(names, one['happened'])}"
    return f"{said(kind, 'condition')} {_listed(names, kind, one[kind])}"


def filters(names: Names, chosen: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each condition on whom it is for: which, and the names in it."""
    for field, codes in chosen.items():
        yield said(field, "filter"), _listed(names, field, codes)


def when(written: Mapping[str, Any], *, in_arm: bool = False) -> str:
    """In an arm the time counts from where it branched. Raises Mistake for one that cannot be
    read."""
    zh, en = schedules.describe(schedules.parse(written))
    if in_arm:
        zh, en = zh.replace("入组", "分支"), en.replace("enrolment", "branching")
    return zh if languages.language() == "zh" else en


def when_or_mistake(written: Mapping[str, Any], *, in_arm: bool = False) -> str:
    try:
        return when(written, in_arm=in_arm)
    except Mistake as mistake:
        return languages.in_language(mistake)


def step(names: Names, one: Mapping[str, Any]) -> str:
    """What a step does, where it says nothing."""
    kind = steps.does(one)
    if kind == "act":
        return _act(names, one["act"])
    if kind == "branch":
        return _("如果 %(condition)s", condition=condition(names, one["branch"]["if"]))
    if kind == "wait":
        number, unit = amounts.as_span(one["wait"]["minutes"])
        what = happening(names, one["wait"]["for"])
        return _("等：%(what)s，最多 %(n)s %(unit)s", what=what, n=number, unit=said(unit, "unit"))
    return ""


def route(names: Names, ways: list[Any]) -> str:
    """The ways in their order."""
    return " → ".join(_way(names, routes.as_fields(way)) for way in ways)


def message(names: Names, written: Mapping[str, Any]) -> str:
    """What it says, placeholders and all, on one line."""
    texts = [
        names.of(field, text)
        for field, value in written["content"].items()
        for text in _texts_in(value)
        if text and field != "version"
    ]
    return f"{_('“')}{' · '.join(texts)}{_('”')}".replace("\n", " ")


def settings(names: Names, definition: Mapping[str, Any]) -> Iterator[str]:
    """What holds for the plan as a whole, a line each; nothing for what is as it would be
    anyway."""
    if category := definition.get("category"):
        yield f"{_('类别')}{_('：')}{said(category, 'category')}"
    if percent := definition.get("holdout_percent"):
        yield f"{_('对照组（百分之几不发）')}{_('：')}{percent}"
    if goal := definition.get("goal"):
        days = _("%(n)s 天之内", n=goal["within_days"])
        yield f"{_('目标')}{_('：')}{happening(names, goal['happened'])} {days}"
    if ends := definition.get("ends"):
        joint = _(" 且 ") if ends["match"] == "all" else _(" 或 ")
        met = joint.join(condition(names, one) for one in ends["conditions"])
        yield f"{_('提前退出')}{_('：')}{met}"
    if reentry := definition.get("reentry"):
        after = _("隔 %(n)s 天后可以", n=reentry.get("days"))
        again = after if reentry["kind"] == AFTER_DAYS else said(reentry["kind"], "reentry")
        yield f"{_('再次入组')}{_('：')}{again}"
    if skip := definition.get("skip"):
        weekdays = [words.weekday_in_words(day) for day in skip.get("weekdays", ())]
        yield f"{_('静默日')}{_('：')}{'、'.join([*skip.get('dates', ()), *weekdays])}"
    if late := definition.get("late"):
        within = _("迟 %(n)s 小时以内照发，更迟的", n=late["within_h"])
        yield f"{within}{said(late['else'], 'late')}"


def _texts_in(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        value = value.values()
    elif not isinstance(value, (list, tuple)):
        yield value
        return
    for part in value:
        yield from _texts_in(part)


def _way(names: Names, way: Mapping[str, Any]) -> str:
    over = f"（{names.of('channel', way['channel'])}）" if way.get("channel") else ""
    return said(way["way"], "way") + over


def _act(names: Names, act: Mapping[str, Any]) -> str:
    field = acts.KINDS.get(str(act["kind"]), "")
    return f"{said(act['kind'], 'act')} {names.of(field, act.get(field, ''))}".strip()


def _bracketed(names: Names, part: Mapping[str, Any]) -> str:
    sentence = condition(names, part)
    return f"（{sentence}）" if conditions.kind_of(part) in conditions.GROUPS else sentence


def _listed(names: Names, field: str, codes: Any) -> str:
    listed = codes if isinstance(codes, list) else [codes]
    return "、".join(names.of(field, code) for code in listed)


def _with_fields(names: Names, sentence: str, what: Mapping[str, Any]) -> str:
    told = [
        f"{said(field, 'told')} {_amount(field, code) or names.of(field, code)}".strip()
        for field, code in what.items()
        if field != "kind" and code != ""
    ]
    return f"{sentence}（{'，'.join(told)}）" if told else sentence


def _amount(field: str, number: Any) -> str:
    """With its unit; nothing for what is no amount."""
    if field == "at_least_fen":
        return _("%(n)s 元", n=amounts.as_yuan(number))
    return _("%(n)s 天", n=number) if field in ("days", "days_before") else ""
