"""Parts of a plan as sentences, for whoever reads it: what takes somebody in, what a step does, on
which condition it branches. From the definition as it was written, as far as it can be read."""

from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import gettext as _

from app.console import languages, words
from app.console.plan_fields import amounts, conditions, routes, steps
from app.console.plan_words import said
from sop import acts, schedules
from sop.mistakes import Mistake


def trigger(what: Mapping[str, Any]) -> str:
    return _with_fields(said(what["kind"], "trigger"), what)


def happening(what: Mapping[str, Any]) -> str:
    return _with_fields(said(str(what.get("kind")), "happening"), what)


def condition(one: Mapping[str, Any]) -> str:
    kind = conditions.kind_of(one)
    if kind in conditions.GROUPS:
        joint = _(" 且 ") if kind == "all" else _(" 或 ")
        return joint.join(_bracketed(part) for part in one[kind])
    if kind == "not":
        return _("不是（%(condition)s）", condition=condition(one["not"]))
    if kind == "happened":
        days = one.get("within_days")
        since = _("最近 %(n)s 天", n=days) if days else _("入组以来")
        return f"{since}{_('：')}{happening(one['happened'])}"
    named = "、".join(one[kind]) if isinstance(one[kind], list) else one[kind]
    return f"{said(kind, 'condition')} {named}"


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


def step(one: Mapping[str, Any]) -> str:
    """What a step does, where it says nothing."""
    kind = steps.does(one)
    if kind == "act":
        return _act(one["act"])
    if kind == "branch":
        return _("如果 %(condition)s", condition=condition(one["branch"]["if"]))
    if kind == "wait":
        number, unit = amounts.as_span(one["wait"]["minutes"])
        what = happening(one["wait"]["for"])
        return _("等：%(what)s，最多 %(n)s %(unit)s", what=what, n=number, unit=said(unit, "unit"))
    return ""


def route(ways: list[Any]) -> str:
    """The ways in their order."""
    written = [routes.as_fields(way) for way in ways]
    return " → ".join(
        said(way["way"], "way") + (f"（{way['channel']}）" if way.get("channel") else "")
        for way in written
    )


def message(written: Mapping[str, Any]) -> str:
    """What it says, placeholders and all, on one line."""
    texts = [str(text) for text in _texts_in(written["content"]) if text]
    return f"{_('“')}{' · '.join(texts)}{_('”')}".replace("\n", " ")


def settings(definition: Mapping[str, Any]) -> Iterator[str]:
    """What holds for the plan as a whole, a line each; nothing for what is as it would be
    anyway."""
    if category := definition.get("category"):
        yield f"{_('类别')}{_('：')}{said(category, 'category')}"
    if percent := definition.get("holdout_percent"):
        yield f"{_('对照组（百分之几不发）')}{_('：')}{percent}"
    if goal := definition.get("goal"):
        days = _("%(n)s 天之内", n=goal["within_days"])
        yield f"{_('目标')}{_('：')}{happening(goal['happened'])} {days}"
    if ends := definition.get("ends"):
        joint = _(" 且 ") if ends["match"] == "all" else _(" 或 ")
        yield f"{_('提前退出')}{_('：')}{joint.join(map(condition, ends['conditions']))}"
    if reentry := definition.get("reentry"):
        again = f"{said(reentry['kind'], 'reentry')} {reentry.get('days', '')}"
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


def _act(act: Mapping[str, Any]) -> str:
    name = acts.KINDS.get(str(act["kind"]), "")
    return f"{said(act['kind'], 'act')} {act.get(name, '')}".strip()


def _bracketed(part: Mapping[str, Any]) -> str:
    sentence = condition(part)
    return f"（{sentence}）" if conditions.kind_of(part) in conditions.GROUPS else sentence


def _with_fields(sentence: str, what: Mapping[str, Any]) -> str:
    told = [
        f"{said(name, 'field')} {amounts.as_yuan(value) if name == 'at_least_fen' else value}"
        for name, value in what.items()
        if name != "kind" and value != ""
    ]
    return f"{sentence}（{'，'.join(told)}）" if told else sentence
