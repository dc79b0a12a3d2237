"""A segment has one meaning: what the database selects on either engine is what the predicate
decides for each member of whom her facts were read."""

import random
from collections.abc import Iterator, Sequence

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.people.members import Member
from app.segments import compiling, knowing
from tagging.segments import deciding, reading
from tagging.segments.rules import Rule
from tests import segment_members, segment_trees
from tests.segment_members import NOW

TREES = 10_000
AT_ONCE = 200  # trees in one statement, for whom members are read once
CROWDS, IN_A_CROWD = 10, 16


@pytest.fixture
def crowds(session: Session) -> list[range]:
    """The ids of each of several crowds of members."""
    segment_members.furnish(session)
    made = [range(number * 100, number * 100 + IN_A_CROWD) for number in range(1, CROWDS + 1)]
    for ids in made:
        segment_members.make(session, random.Random(ids[0]), ids[0], len(ids))
    session.commit()
    return made


def test_the_database_and_the_predicate_agree_on_ten_thousand_trees(
    session: Session, crowds: list[range]
) -> None:
    chance = random.Random(20261122)
    met = 0
    for number in range(TREES // AT_ONCE):
        written = [segment_trees.tree(chance) for _ in range(AT_ONCE)]
        asked = [reading.parse(one) for one in written]
        ids = crowds[number % CROWDS]
        selected, decided = select(session, asked, ids), decide(session, asked, ids)
        for one, by_database, by_predicate in zip(written, selected, decided, strict=True):
            assert by_database == by_predicate, one
        met += sum(0 < len(found) < len(ids) for found in decided)
    assert met > TREES / 2  # most of them part the crowd


def select(session: Session, asked: Sequence[Rule], ids: range) -> list[set[int]]:
    """By rule, whom the database selects of these: all rules in one statement."""
    selects = [
        compiling.members(rule, NOW)
        .where(Member.id.between(ids[0], ids[-1]))
        .add_columns(sa.literal_column(str(number)))
        for number, rule in enumerate(asked)
    ]
    found: list[set[int]] = [set() for _ in asked]
    each_once = {"compiled_cache": None}  # no statement is like another
    for member_id, number in session.execute(sa.union_all(*selects), execution_options=each_once):
        found[number].add(member_id)
    return found


def decide(session: Session, asked: Sequence[Rule], ids: range) -> list[set[int]]:
    """By rule, whom the predicate means of these, by facts that were read for just these rules."""
    known = knowing.of_members(
        session, list(living(session, ids)), knowing.asked_by(asked, NOW), NOW
    )
    return [
        {member_id for member_id, her in known.items() if deciding.holds(rule, her, NOW)}
        for rule in asked
    ]


def living(session: Session, ids: range) -> Iterator[int]:
    return iter(
        session.scalars(sa.select(Member.id).where(Member.id.in_(ids), Member.same_as_id.is_(None)))
    )
