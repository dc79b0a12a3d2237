"""Keeping segments: written down when they can be asked, and deleted when nothing asks for them.

A segment may be made of others; wherever one is named, the rule it has at that moment stands.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

from sqlalchemy.orm import Session

from app.domain.insight import segments
from app.domain.insight.segments import Segment, Written
from app.domain.outreach import where_used
from app.domain.outreach.materials import content_uses
from app.domain.outreach.where_used import Used
from tagging.segments import nesting, reading
from tagging.segments.nesting import Circle, NoSuchSegment, TooLarge
from tagging.segments.reading import BadSegment, Problem
from tagging.segments.rules import Rule


class InUse(Exception):
    """Plans, broadcasts or other segments name it."""

    def __init__(self, uses: Sequence[Used]) -> None:
        super().__init__(f"{len(uses)} uses")
        self.uses = uses


def add(session: Session, *, key: str, **written: Unpack[Written]) -> Segment:
    """A new segment. Raises BadSegment, segments.BadKey and segments.KeyTaken."""
    _check(session, key, written["definition"])
    made = segments.add(session, key=key, **written)
    content_uses.note(session, content_uses.SEGMENT, made.id, 0, written["definition"])
    return made


def revise(session: Session, segment: Segment, **written: Unpack[Written]) -> None:
    """What it means from now on, wherever it is named. Raises BadSegment."""
    _check(session, segment.key, written["definition"])
    segments.revise(session, segment, **written)
    content_uses.note(session, content_uses.SEGMENT, segment.id, 0, written["definition"])


def delete(session: Session, segment: Segment) -> None:
    """Raises InUse."""
    session.refresh(segment, with_for_update=True)
    if uses := uses_of(session, segment):
        raise InUse(uses)
    content_uses.note(session, content_uses.SEGMENT, segment.id, 0, {})
    segments.delete(session, segment)


def uses_of(session: Session, segment: Segment) -> Sequence[Used]:
    """What names it, earlier versions of plans too: what somebody is still in goes on with it."""
    return where_used.of(session, content_uses.SEGMENT, segment.key)


def rule_of(session: Session, key: str) -> Rule:
    """What the segment means at present, with the others it names in their places. Raises
    NoSuchSegment."""
    found = segments.by_key(session, key)
    if found is None:
        raise NoSuchSegment(key)
    return whole(session, found.rule)


def whole(session: Session, rule: Rule) -> Rule:
    """The rule with the segments it names in their places. Raises NoSuchSegment, Circle and
    TooLarge."""
    if not nesting.named_in(rule):
        return rule
    return nesting.in_place(rule, _rules(segments.all_of(session)))


def problems_of(session: Session, key: str, definition: dict[str, Any]) -> list[Problem]:
    """What is wrong with what is to be the segment of this key."""
    try:
        _check(session, key, definition)
    except BadSegment as bad:
        return bad.problems
    return []


def _check(session: Session, key: str, definition: dict[str, Any]) -> None:
    """Raises BadSegment, also for what would make a circle with others, or make one of them too
    large. Nobody changes any of them meanwhile."""
    wanted = reading.parse(definition)
    rules = {**_rules(segments.all_locked(session)), key: wanted}
    for name in [key, *nesting.resting_on(key, rules)]:
        try:
            nesting.in_place(rules[name], rules, name)
        except NoSuchSegment as missing:
            raise BadSegment([_no_such(missing)]) from missing
        except Circle as circle:
            raise BadSegment([_circle(circle)]) from circle
        except TooLarge as large:
            raise BadSegment([_too_large(name)]) from large


def _rules(known: Sequence[Segment]) -> Mapping[str, Rule]:
    """Without those that can no longer be read: nothing can be made of them."""
    return {one.key: one.rule for one in known if one.is_readable}


def _no_such(missing: NoSuchSegment) -> Problem:
    return Problem("", f"没有人群 {missing}", f"there is no segment {missing}")


def _circle(circle: Circle) -> Problem:
    return Problem("", f"人群 {circle} 绕回了自己", f"segment {circle} would be made of itself")


def _too_large(key: str) -> Problem:
    most = nesting.LEAVES_MAX
    zh = f"人群 {key} 连同它引用的人群超过 {most} 个条件"
    return Problem("", zh, f"segment {key} has more than {most} conditions with those it names")
