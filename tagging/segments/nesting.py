"""Nesting: segments within segments, put in their places."""

from collections.abc import Mapping, Sequence

from tagging.segments import rules
from tagging.segments.rules import Rule

LEAVES_MAX = 300  # of a rule with all that it names
NESTED_MAX = 5  # segments within segments


class NoSuchSegment(Exception):
    """A rule names a segment that there is not."""


class Circle(Exception):
    """A segment would be made of itself."""


class TooLarge(Exception):
    """With what it names, the rule has more than LEAVES_MAX leaves, or more than NESTED_MAX
    segments are within each other."""


def named_in(rule: Rule) -> frozenset[str]:
    """The segments it names itself."""
    return frozenset(leaf.key for leaf in rules.leaves(rule) if isinstance(leaf, rules.InSegment))


def in_place(rule: Rule, known: Mapping[str, Rule], key: str = "") -> Rule:
    """The rule, that of the segment ``key`` if it is one's, with that of each other where it is
    named. Raises NoSuchSegment, Circle and TooLarge."""
    if _size(rule, known, (key,)) > LEAVES_MAX:
        raise TooLarge
    return _in_place(rule, known)


def resting_on(key: str, known: Mapping[str, Rule]) -> Sequence[str]:
    """The segments that are made of this one, directly or through others."""
    found = [key]
    for below in found:
        found += [
            name for name, rule in known.items() if below in named_in(rule) and name not in found
        ]
    return found[1:]


def _size(rule: Rule, known: Mapping[str, Rule], above: tuple[str, ...]) -> int:
    """How many leaves it comes to; ``above`` are the segments it is part of."""
    size = 0
    for leaf in rules.leaves(rule):
        size += 1
        if isinstance(leaf, rules.InSegment):
            if leaf.key in above:
                raise Circle(leaf.key)
            if leaf.key not in known:
                raise NoSuchSegment(leaf.key)
            if len(above) > NESTED_MAX:
                raise TooLarge
            size += _size(known[leaf.key], known, (*above, leaf.key))
        if size > LEAVES_MAX:
            return size
    return size


def _in_place(rule: Rule, known: Mapping[str, Rule]) -> Rule:
    match rule:
        case rules.All(parts):
            return rules.All(tuple(_in_place(part, known) for part in parts))
        case rules.AnyOf(parts):
            return rules.AnyOf(tuple(_in_place(part, known) for part in parts))
        case rules.Not(part):
            return rules.Not(_in_place(part, known))
        case rules.InSegment(key):
            return _in_place(known[key], known)
        case _:
            return rule
