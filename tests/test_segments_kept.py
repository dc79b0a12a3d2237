"""Segments that are kept: in versions, made of each other without a circle, and not deleted while
anything names them."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.domain.insight import segments
from app.domain.insight.segments import KeyTaken, Segment
from app.segments import keeping
from app.segments.keeping import InUse
from tagging.segments import nesting, rules
from tagging.segments.reading import BadSegment

NOW = datetime(2026, 11, 2, 4, 0, tzinfo=UTC)
OPTED_OUT: dict[str, Any] = {"kind": "opted_out"}


def named(key: str) -> dict[str, Any]:
    return {"kind": "segment", "segment": key}


def add(session: Session, key: str, definition: dict[str, Any]) -> Segment:
    told = {"name": key, "operator_id": None, "now": NOW}
    return keeping.add(session, key=key, definition=definition, **told)


def revise(session: Session, segment: Segment, definition: dict[str, Any]) -> None:
    told = {"name": segment.name, "operator_id": None, "now": NOW}
    keeping.revise(session, segment, definition=definition, **told)


def problem(bad: pytest.ExceptionInfo[BadSegment]) -> str:
    (found,) = bad.value.problems
    return found.en


def test_each_change_is_a_version_and_a_new_name_alone_is_none(session: Session) -> None:
    kept = add(session, "quiet", OPTED_OUT)
    revise(session, kept, {"not": OPTED_OUT})
    revise(session, kept, {"not": OPTED_OUT})
    assert [one.version for one in segments.versions_of(session, kept.id)] == [2, 1]
    with pytest.raises(KeyTaken):
        add(session, "quiet", OPTED_OUT)


def test_a_segment_within_another_has_its_present_rule(session: Session) -> None:
    quiet = add(session, "quiet", OPTED_OUT)
    add(session, "loud", {"not": named("quiet")})
    assert keeping.rule_of(session, "loud") == rules.Not(rules.Since("opted_out"))
    revise(session, quiet, {"kind": "left"})
    assert keeping.rule_of(session, "loud") == rules.Not(rules.Since("left"))


def test_no_segment_is_made_of_itself(session: Session) -> None:
    first = add(session, "first", OPTED_OUT)
    add(session, "second", {"any": [named("first"), OPTED_OUT]})
    with pytest.raises(BadSegment) as bad:
        revise(session, first, {"not": named("second")})
    assert problem(bad) == "segment first would be made of itself"
    with pytest.raises(BadSegment):
        add(session, "third", named("third"))
    with pytest.raises(BadSegment) as bad:
        add(session, "fourth", named("nobody"))
    assert problem(bad) == "there is no segment nobody"


def test_what_others_are_made_of_cannot_make_them_too_large(session: Session) -> None:
    small = add(session, "small", OPTED_OUT)
    add(session, "large", {"all": [named("small")] * 15})
    with pytest.raises(BadSegment) as bad:
        revise(session, small, {"any": [OPTED_OUT] * 20})
    assert problem(bad) == "segment large has more than 300 conditions with those it names"


def test_they_are_within_each_other_so_often_and_no_more() -> None:
    chain = {str(n): rules.All((rules.InSegment(str(n + 1)),)) for n in range(9)}
    with pytest.raises(nesting.TooLarge):
        nesting.in_place(chain["0"], chain)


def test_what_is_in_use_is_not_deleted(session: Session) -> None:
    quiet = add(session, "quiet", OPTED_OUT)
    loud = add(session, "loud", {"not": named("quiet")})
    with pytest.raises(InUse):
        keeping.delete(session, quiet)
    keeping.delete(session, loud)
    keeping.delete(session, quiet)
    assert segments.all_of(session) == []
