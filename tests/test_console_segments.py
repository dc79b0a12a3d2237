"""Segments in the console: made without code, counted while they are made, asked why."""

import re
from typing import Any

from app.domain.insight import forms
from app.domain.insight.segments import Segment, SegmentSnapshot
from app.domain.people.operators import AuditEntry
from tests.console_desk import Desk, told_at
from tests.running_plans import arrive
from tests.world import World

NEW = "/segments/new"
OILY: dict[str, Any] = {
    "key": "oily",
    "name": "油发的人",
    "rule.is": "all",
    "rule.was": "all",
    "rule.all[0].is": "tag",
    "rule.all[0].tag": "油性发质",
    "rule.all[1].is": "not",
    "rule.all[1].not.is": "ordered",
    "rule.all[1].not.least": "1",
    "rule.all[1].not.within_days": "30",
    "rule.all[1].not.least_fen": "199.5",
}


def kept(world: World) -> Segment:
    (found,) = world.rows(Segment)
    return found  # type: ignore[no-any-return]


def make(world: World, desk: Desk) -> Segment:
    assert desk.post(NEW, OILY, page=NEW).status_code == 303
    return kept(world)


def test_a_rule_is_made_without_code(world: World, desk: Desk) -> None:
    assert make(world, desk).definition == {
        "all": [
            {"kind": "tag", "tag": "油性发质"},
            {"not": {"kind": "ordered", "least": 1, "within_days": 30, "least_fen": 19950}},
        ]
    }


def test_conditions_are_added_nested_and_taken_away(world: World, desk: Desk) -> None:
    more = desk.post("/segments/form", OILY | {"change": "add:rule.all"}, page=NEW).text
    assert 'name="rule.all[2].is"' in more
    nested = desk.post("/segments/form", OILY | {"change": "wrap:rule.all[0]"}, page=NEW).text
    assert 'name="rule.all[0].any[0].tag"' in nested
    less = desk.post("/segments/form", OILY | {"change": "remove:rule.all[0]"}, page=NEW).text
    assert 'name="rule.all[0].not.is"' in less


def test_what_is_wrong_is_said_at_its_field(world: World, desk: Desk) -> None:
    wrong = {**OILY, "rule.all[0].tag": "", "rule.all[1].not.within_days": "many"}
    page = desk.post(NEW, wrong, page=NEW).text
    assert page.count("invalid-feedback d-block") == 2
    assert world.rows(Segment) == []


def test_a_form_offers_its_questions_and_a_question_its_answers(world: World, desk: Desk) -> None:
    options = ["油性", "干性"]
    asked = [
        {"key": "q1", "kind": "single", "label": "您的发质", "options": options},
        {"key": "q2", "kind": "phone", "label": "手机号"},
    ]
    with world.siyu.database.writing() as session:
        told = {"key": "hair", "title": "发质", "intro": "", "repeatable": False}
        forms.add(session, **told, asked=asked, now=world.now)
    leaf = {"rule.is": "form_submitted", "rule.was": "form_submitted", "rule.form": "hair"}
    page = desk.post("/segments/form", leaf, page=NEW).text
    assert '<option value="q1">您的发质</option>' in page
    assert 'value="q2"' not in page  # what is sealed cannot be compared
    page = desk.post("/segments/form", leaf | {"rule.question": "q1"}, page=NEW).text
    assert '<option value="干性">干性</option>' in page


def test_what_was_written_is_shown_as_it_was_written(world: World, desk: Desk) -> None:
    """A nickname that is also one of our codes, and a number so small that it has an exponent."""
    nickname = {"rule.all[0].is": "nickname", "rule.all[0].contains": "new"}
    chance = {"rule.all[1].is": "figure", "rule.all[1].figure": "alive_chance"}
    rule = {"rule.is": "all", "rule.was": "all", **nickname, **chance}
    named = {"key": "rare", "name": "少见", "rule.all[1].least": "0.000001"}
    assert desk.post(NEW, rule | named, page=NEW).status_code == 303
    made = kept(world)
    assert "昵称包含：new" in desk.read(f"/segments/{made.id}")
    assert 'value="0.000001"' in desk.read(f"/segments/{made.id}/edit")


def test_the_list_is_counted_anew_at_a_press(world: World, desk: Desk) -> None:
    made = make(world, desk)
    assert (made.members, made.counted_at) == (None, None)
    assert desk.post("/segments/numbers").status_code == 303
    assert (kept(world).members, kept(world).counted_at) == (0, world.now)
    world.event("小雨", "subscribe")
    world.says("小雨", "头发总是很油")
    world.work()
    desk.post("/segments/numbers")
    assert kept(world).members == 1


def test_it_is_counted_while_it_is_made(world: World, desk: Desk) -> None:
    arrive(world)
    world.says("小雨", "我头发油")
    world.work()
    assert ">1<" in desk.post("/segments/count", OILY, page=NEW).text
    wrong = {**OILY, "rule.all[0].tag": ""}
    assert "条件还没有写完" in desk.post("/segments/count", wrong, page=NEW).text


def test_who_is_in_it_and_why_is_shown(world: World, desk: Desk) -> None:
    arrive(world)
    world.says("小雨", "我头发油")
    world.work()
    made = make(world, desk)
    assert "小雨" in desk.read(f"/segments/{made.id}") or "#1" in desk.read(f"/segments/{made.id}")
    why = desk.read(f"/segments/{made.id}/why?member=1")
    assert "下单" in why
    assert why.count("bg-green-lt") == 3
    assert why.count("bg-red-lt") == 1


def test_a_snapshot_is_taken_exported_and_thrown_away(world: World, desk: Desk) -> None:
    arrive(world)
    world.says("小雨", "我头发油")
    world.work()
    made = make(world, desk)
    desk.post(f"/segments/{made.id}/snapshot", {"name": "十一月"}, page=NEW)
    (taken,) = world.rows(SegmentSnapshot)
    assert (taken.name, taken.members) == ("十一月", 1)
    assert "十一月" in desk.read(f"/segment-snapshots/{taken.id}")
    for path in (f"/segment-snapshots/{taken.id}.csv", f"/segments/{made.id}.csv"):
        assert desk.read(path).count("\n") == 2
    desk.post(f"/segment-snapshots/{taken.id}/delete", page=NEW)
    desk.post(f"/segments/{made.id}/delete", page=NEW)
    assert world.rows(SegmentSnapshot) == world.rows(Segment) == []
    done = {entry.action for entry in world.rows(AuditEntry)}
    assert {"segment.make", "segment.export", "segment.delete", "snapshot.take"} <= done


def test_two_segments_overlap(world: World, desk: Desk) -> None:
    assert "/console/segments/new" in desk.read("/segments/overlap"), (
        "what to do while there is none"
    )
    arrive(world)
    make(world, desk)
    other = {"key": "all", "name": "所有人", "rule.is": "all", "rule.was": "all"}
    desk.post(NEW, other, page=NEW)
    page = desk.read("/segments/overlap?a=oily&b=all")
    assert page.count('class="h1 mb-0"') == 3
    first = desk.read("/segments/overlap")
    assert re.findall(r'value="(\w+)" selected', first) == ["all", "oily"], "two to begin with"
    assert told_at(desk.read("/segments/overlap?a=oily&b=oily"), "b") == ["请选另一个人群。"]
    assert told_at(desk.read("/segments/overlap?a=oily&b=gone"), "b") == [
        "没有这个人群，请重新选。"
    ]
    desk.post("/segments/overlap", {"a": "oily", "b": "all", "part": "only_b"}, page=NEW)
    (taken,) = world.rows(SegmentSnapshot)
    assert taken.members == 1
    assert "all" in desk.read(f"{NEW}?within=all&but_not=oily")
