"""Reading: the rule that an operator's JSON describes, or everything that is wrong with it, each
thing with its place."""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tagging.segments import kinds, rules
from tagging.segments.kinds import Field
from tagging.segments.rules import Leaf, Rule

DEPTH_MAX = 8
PARTS_MAX = 20
LEAVES_MAX = 60
_SWITCHES = ("all", "any", "not")


@dataclass(frozen=True, slots=True)
class Problem:
    """``path`` is where in the definition: ``all[1].any[0].tag``."""

    path: str
    zh: str
    en: str


class BadSegment(ValueError):
    """A definition that is no rule, with everything that is wrong with it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{p.path}: {p.zh} / {p.en}" for p in problems))
        self.problems = problems


def parse(definition: Any) -> Rule:
    """The rule a definition describes. Raises BadSegment with every problem found."""
    reading = _Reading()
    rule = reading.rule("", definition, 1)
    if reading.leaves > LEAVES_MAX:
        reading.wrong("", f"最多 {LEAVES_MAX} 个条件", f"has more than {LEAVES_MAX} conditions")
    if reading.problems or rule is None:
        raise BadSegment(reading.problems)
    return rule


@dataclass(slots=True)
class _Reading:
    problems: list[Problem] = field(default_factory=list)
    leaves: int = 0

    def wrong(self, path: str, zh: str, en: str) -> None:
        self.problems.append(Problem(path, zh, en))

    def rule(self, path: str, written: Any, depth: int) -> Rule | None:
        if depth > DEPTH_MAX:
            self.wrong(path, f"最多嵌套 {DEPTH_MAX} 层", f"is nested deeper than {DEPTH_MAX}")
            return None
        if not isinstance(written, Mapping):
            self.wrong(path, "要写成一个对象", "has to be an object")
            return None
        if "kind" in written:
            return self.leaf(path, written)
        named = [name for name in _SWITCHES if name in written]
        if len(named) != 1 or len(written) != 1:
            self.wrong(
                path,
                "要写成 all、any、not 或一个有 kind 的条件",
                "has to be all, any, not or have a kind",
            )
            return None
        return self.switch(_under(path, named[0]), named[0], written[named[0]], depth)

    def switch(self, path: str, name: str, inside: Any, depth: int) -> Rule | None:
        if name == "not":
            part = self.rule(path, inside, depth + 1)
            return rules.Not(part) if part is not None else None
        if not isinstance(inside, (list, tuple)) or len(inside) > PARTS_MAX:
            self.wrong(path, f"要有 0 到 {PARTS_MAX} 项", f"has to be a list of up to {PARTS_MAX}")
            return None
        listed = [self.rule(f"{path}[{at}]", one, depth + 1) for at, one in enumerate(inside)]
        parts = tuple(part for part in listed if part is not None)
        return rules.All(parts) if name == "all" else rules.AnyOf(parts)

    def leaf(self, path: str, written: Mapping[str, Any]) -> Leaf | None:
        self.leaves += 1
        kind = written["kind"]
        if not isinstance(kind, str) or kind not in kinds.KINDS:
            self.wrong(_under(path, "kind"), "没有这种条件", "is not a kind of condition")
            return None
        before = len(self.problems)
        values = self.fields(path, written, kinds.KINDS[kind])
        if len(self.problems) == before:
            self.sense(path, kind, values)
        return _built(kind, values) if len(self.problems) == before else None

    def fields(
        self, path: str, written: Mapping[str, Any], known: tuple[Field, ...]
    ) -> dict[str, Any]:
        for name in sorted(map(str, written.keys() - {one.name for one in known} - {"kind"})):
            self.wrong(_under(path, name), "没有这一项", "is not a field here")
        values = {}
        for one in known:
            value = written.get(one.name)
            if value is not None:
                values[one.name] = self.value(_under(path, one.name), one, value)
            elif one.is_needed:
                self.wrong(_under(path, one.name), "缺少这一项", "is missing")
        return values

    def value(self, path: str, asked: Field, value: Any) -> Any:
        if asked.holds in ("texts", "wholes"):
            return self.values(path, asked, value)
        is_right, zh, en = _SHAPES[asked.holds](asked, value)
        if not is_right:
            self.wrong(path, zh, en)
        return value

    def values(self, path: str, asked: Field, listed: Any) -> frozenset[Any]:
        if not isinstance(listed, (list, tuple)) or not 1 <= len(listed) <= kinds.VALUES_MAX:
            self.wrong(
                path,
                f"要有 1 到 {kinds.VALUES_MAX} 项",
                f"has to have 1 to {kinds.VALUES_MAX} entries",
            )
            return frozenset()
        for at, value in enumerate(listed):
            is_right, zh, en = _SHAPES[asked.holds.removesuffix("s")](asked, value)
            if not is_right:
                self.wrong(f"{path}[{at}]", zh, en)
                return frozenset()
        return frozenset(listed)

    def sense(self, path: str, kind: str, values: Mapping[str, Any]) -> None:
        """What each field alone does not say."""
        least, most = values.get("least"), values.get("most")
        if kind in ("points", "figure") and least is None and most is None:
            self.wrong(_under(path, "least"), "至少写一端", "needs at least one of its two ends")
        if least is not None and most is not None and least > most:
            self.wrong(_under(path, "most"), "比下限还小", "is less than the least")
        if kind in kinds.HAPPENINGS and least == 0 and most is None:
            self.wrong(_under(path, "least"), "至少 0 次等于没有条件", "of 0 or more asks nothing")
        if "answer" in values and "question" not in values:
            self.wrong(_under(path, "question"), "写明是哪一题", "has to say which question")
        if "question" in values and ("form" not in values or "answer" not in values):
            self.wrong(
                _under(path, "question"), "要同时写明表单和答案", "needs its form and an answer"
            )


def _text(_asked: Field, value: Any) -> tuple[bool, str, str]:
    """Without control characters and halves of characters, which not every database keeps."""
    most = kinds.TEXT_MAX
    is_right = isinstance(value, str) and bool(value.strip()) and len(value) <= most
    is_right = is_right and not any(unicodedata.category(one) in ("Cc", "Cs") for one in value)
    return is_right, f"要有 1 到 {most} 个字", f"has to have 1 to {most} characters"


def _whole(asked: Field, value: Any) -> tuple[bool, str, str]:
    is_right = type(value) is int and asked.least <= value <= asked.most
    bounds = asked.least, asked.most
    zh, en = "要是 {} 到 {} 的整数", "has to be a whole number from {} to {}"
    return is_right, zh.format(*bounds), en.format(*bounds)


def _number(asked: Field, value: Any) -> tuple[bool, str, str]:
    is_right = type(value) in (int, float) and asked.least <= value <= asked.most
    bounds = asked.least, asked.most
    return (
        is_right,
        "要是 {} 到 {} 的数".format(*bounds),
        "is a number from {} to {}".format(*bounds),
    )


def _choice(asked: Field, value: Any) -> tuple[bool, str, str]:
    listed = "、".join(asked.choices), ", ".join(asked.choices)
    is_right = isinstance(value, str) and value in asked.choices
    return is_right, f"要是 {listed[0]} 之一", f"has to be one of {listed[1]}"


def _flag(_asked: Field, value: Any) -> tuple[bool, str, str]:
    return isinstance(value, bool), "要是 true 或 false", "has to be true or false"


_SHAPES: Mapping[str, Callable[[Field, Any], tuple[bool, str, str]]] = {
    "text": _text,
    "whole": _whole,
    "number": _number,
    "choice": _choice,
    "flag": _flag,
}


def _built(kind: str, values: Mapping[str, Any]) -> Leaf:
    """The leaf of this kind; ``values`` are right."""
    get = values.get
    if kind in kinds.HAPPENINGS:
        names = [one.name for one in kinds.NARROWED[kind]]
        narrowed = tuple((name, values[name]) for name in names if name in values)
        least, most = get("least"), get("most")
        if least is None and most is None:
            least = 1
        return rules.Happened(kind, narrowed, least, most, get("within_days"))
    if kind in kinds.MOMENTS:
        return rules.Since(kind, get("within_days"))
    return _BUILT[kind](values)


_BUILT: Mapping[str, Callable[[Mapping[str, Any]], Leaf]] = {
    "tag": lambda of: rules.TagHeld(of["tag"], of.get("within_days")),
    "nickname": lambda of: rules.NicknameContains(of["contains"]),
    "birthday_month": lambda of: rules.BornIn(of["months"]),
    "has": lambda of: rules.Has(of["what"]),
    "follows": lambda of: rules.Follows(of["channel"]),
    "tier": lambda of: rules.OneOf("tier", of["tiers"]),
    "live_code": lambda of: rules.OneOf("live_code", of["live_codes"]),
    "zone": lambda of: rules.OneOf("zone", of["zones"]),
    "points": lambda of: rules.PointsBetween(of.get("least"), of.get("most")),
    "points_expiring": lambda of: rules.PointsExpiring(of.get("least", 1), of["within_days"]),
    "figure": lambda of: rules.FigureBetween(of["figure"], of.get("least"), of.get("most")),
    "figure_is": lambda of: rules.FigureIs(of["figure"], of["values"]),
    "group": lambda of: rules.InGroup(of.get("groups", frozenset())),
    "plan": lambda of: rules.InPlan(of["plan"], of["standing"]),
    "segment": lambda of: rules.InSegment(of["segment"]),
}


def _under(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
