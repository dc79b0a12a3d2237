"""A trial of a table says of each row what then becomes of it, and changes nothing."""

import random
from dataclasses import replace

import pytest

from app import worker
from app.domain import imports
from app.domain.imports import Import, ImportName
from app.domain.people.members import Member
from app.imports import together
from app.imports.kinds import KINDS
from tests import shop
from tests.importing import LINES, counts, lines_kept, taken
from tests.world import World


def test_a_trial_tells_what_would_become_of_each_row_and_changes_nothing(world: World) -> None:
    taken(world, LINES[:2])
    wrong = (*LINES, "13800000003,新人,2999-01-01,,")
    done = taken(world, wrong, in_earnest=False, makes_tags=True)
    assert counts(done) == (1, 0, 1, 1)
    assert [member.nickname for member in world.rows(Member)] == ["小雨"]
    with world.siyu.database.writing() as session:
        again = session.get_one(Import, done.id)
        options = dict(again.options)
        imports.want(session, done.id, again.mapping, options, in_earnest=True, now=world.now)
    worker.go_through_imports(world.siyu)
    assert {member.nickname for member in world.rows(Member)} == {"小雨", "阿诚"}


def names_by_chance(chance: random.Random) -> list[str]:
    """A table of a few people, named by few names, who stand in it again and again."""
    lines = ["手机号,unionid,openid,昵称,标签"]
    for _ in range(chance.randint(2, 14)):
        phone = chance.choice(["", "", *(f"1380000000{n}" for n in range(4)), "12345"])
        unionid = chance.choice(["", "", "oUnionA", "oUnionB", "oUnionC"])
        openid = chance.choice(["", "", "", "oRain0001", "oCheng001"])
        tag = chance.choice(["", "新客", "老客"])
        lines.append(f"{phone},{unionid},{openid},{chance.choice(['', '小雨', '阿诚'])},{tag}")
    return lines


def become_of(world: World, done: Import) -> list[tuple[int, str | None]]:
    return [(row.number, row.outcome) for row in lines_kept(world) if row.import_id == done.id]


@pytest.mark.parametrize("seed", range(12))
def test_a_trial_says_of_every_row_what_then_becomes_of_it(
    world: World, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However rows of the same people are scattered over the file, and whom we know already."""
    monkeypatch.setitem(KINDS, "members", replace(KINDS["members"], at_once=2))
    monkeypatch.setattr(together, "AT_ONCE", 3)
    chance = random.Random(seed)
    with world.siyu.database.reading() as session:
        channel_id = world.channel(session, shop.OA).id
    how = {"channel_id": channel_id, "makes_tags": True, "overwrites": chance.random() < 0.5}
    if chance.random() < 0.6:
        taken(world, names_by_chance(chance), **how)
    lines = names_by_chance(chance)
    trial = taken(world, lines, in_earnest=False, **how)
    with world.siyu.database.reading() as session:
        assert session.query(ImportName).count() == 0
    earnest = taken(world, lines, **how)
    assert counts(trial) == counts(earnest)
    assert [one[1] for one in become_of(world, trial)] == [
        one[1] for one in become_of(world, earnest)
    ]


def test_a_new_person_who_stands_far_apart_in_a_file_is_new_once(world: World) -> None:
    others = [f"1390000{number:04d}," for number in range(KINDS["members"].at_once + 5)]
    lines = ["手机号,昵称", "13800000001,小雨", *others, "13800000001,大雨", "13800000001,小雨"]
    done = taken(world, lines, in_earnest=False, overwrites=True)
    assert counts(done) == (len(others) + 1, 2, 0, 0)
