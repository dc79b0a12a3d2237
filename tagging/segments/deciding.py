"""Deciding: whether a rule means a member of whom this is known, and which part of it does."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from string import ascii_lowercase, ascii_uppercase
from typing import Any

from tagging.segments import rules
from tagging.segments.known import Happening, Known
from tagging.segments.rules import Rule

_IN_LOWER_CASE = str.maketrans(ascii_uppercase, ascii_lowercase)


class NotInItsPlace(Exception):
    """Another segment is named whose rule was not put in its place."""


def holds(rule: Rule, known: Known, now: datetime) -> bool:
    """Whether she is meant. Raises NotInItsPlace."""
    match rule:
        case rules.All(parts):
            return all(holds(part, known, now) for part in parts)
        case rules.AnyOf(parts):
            return any(holds(part, known, now) for part in parts)
        case rules.Not(part):
            return not holds(part, known, now)
        case rules.TagHeld(tag, days):
            return _is_late(known.tags.get(tag), days, now)
        case rules.Since(what, days):
            return _is_late(known.moments.get(what), days, now)
        case rules.Happened():
            return _has_happened(rule, known, now)
        case rules.PointsExpiring(least, days):
            until = now + timedelta(days=days)
            return sum(it.points for it in known.expiring if now < it.at <= until) >= least
        case _:
            return _is_so(rule, known)


def answers(rule: Rule, known: Known, now: datetime, path: str = "") -> Iterator[tuple[str, bool]]:
    """The answer of the rule and of every part of it, each by its place: ``all[1].not``."""
    yield path, holds(rule, known, now)
    match rule:
        case rules.All(parts) | rules.AnyOf(parts):
            name = "all" if isinstance(rule, rules.All) else "any"
            for number, part in enumerate(parts):
                yield from answers(part, known, now, _under(path, f"{name}[{number}]"))
        case rules.Not(part):
            yield from answers(part, known, now, _under(path, "not"))


def in_lower_case(text: str) -> str:
    """A to Z; what else has two cases keeps the one it has."""
    return text.translate(_IN_LOWER_CASE)


def _is_so(leaf: Rule, known: Known) -> bool:
    """What no moment matters to."""
    match leaf:
        case rules.NicknameContains(text):
            return in_lower_case(text) in in_lower_case(known.nickname)
        case rules.BornIn(months):
            return known.birth_month in months
        case rules.Has(what):
            return what in known.has
        case rules.Follows(channel):
            return channel in known.follows
        case rules.OneOf(what, values):
            return known.attributes.get(what) in values
        case rules.PointsBetween(least, most):
            return _is_between(known.points, least, most)
        case rules.FigureBetween(figure, least, most):
            number = known.figures.get(figure)
            return isinstance(number, (int, float)) and _is_between(number, least, most)
        case rules.FigureIs(figure, values):
            return known.figures.get(figure) in values
        case rules.InGroup(groups):
            return bool(known.groups & groups if groups else known.groups)
        case rules.InPlan(plan, standing):
            return standing in known.standings.get(plan, frozenset())
        case _:
            raise NotInItsPlace(leaf)


def _is_late(at: datetime | None, within_days: int | None, now: datetime) -> bool:
    """The moment is there, and not longer ago than that."""
    if at is None:
        return False
    return within_days is None or at >= now - timedelta(days=within_days)


def _has_happened(asked: rules.Happened, known: Known, now: datetime) -> bool:
    times = sum(
        _is_late(one.at, asked.within_days, now) and _is_meant(asked, one)
        for one in known.past.get(asked.kind, ())
    )
    return _is_between(times, asked.least, asked.most)


def _is_meant(asked: rules.Happened, one: Happening) -> bool:
    narrowed = dict(asked.narrowed)
    question = narrowed.pop("question", None)
    return all(_fits(one, name, value, question) for name, value in narrowed.items())


def _fits(one: Happening, name: str, value: Any, question: str | None) -> bool:
    if name == "least_fen":
        return bool(one.fields["fen"] >= value)
    if name == "sku":
        return value in one.fields["skus"]
    if name == "answer":
        return (question, value) in one.fields["answers"]
    return bool(one.fields[name] == value)


def _is_between(number: float, least: float | None, most: float | None) -> bool:
    return (least is None or number >= least) and (most is None or number <= most)


def _under(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
