"""Segments decided for one member: what each leaf means at its edges, and what is no rule."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tagging.segments import deciding, kinds, reading
from tagging.segments.known import Expiring, Happening, Known
from tagging.segments.reading import BadSegment

NOW = datetime(2026, 11, 2, 4, 0, tzinfo=UTC)
DAY, TICK = timedelta(days=1), timedelta(microseconds=1)
NOBODY = Known()


def means(written: Any, known: Known) -> bool:
    return deciding.holds(reading.parse(written), known, NOW)


def ordered(*days_ago: float, fen: int = 100, skus: frozenset[str] = frozenset()) -> Known:
    told = {"fen": fen, "source": "youzan", "skus": skus}
    return Known(past={"ordered": [Happening(NOW - days * DAY, told) for days in days_ago]})


def problems(written: Any) -> list[tuple[str, str]]:
    with pytest.raises(BadSegment) as bad:
        reading.parse(written)
    assert all(one.zh and one.en for one in bad.value.problems)
    return [(one.path, one.en) for one in bad.value.problems]


def test_a_window_begins_with_its_first_moment() -> None:
    rule = {"kind": "tag", "tag": "油性发质", "within_days": 7}
    assert means(rule, Known(tags={"油性发质": NOW - 7 * DAY}))
    assert not means(rule, Known(tags={"油性发质": NOW - 7 * DAY - TICK}))


def test_what_is_dated_after_now_has_happened_lately() -> None:
    assert means({"kind": "seen", "within_days": 1}, Known(moments={"seen": NOW + DAY}))


def test_points_expire_after_now_up_to_the_last_moment_of_the_window() -> None:
    rule = {"kind": "points_expiring", "within_days": 3, "least": 10}
    assert means(rule, Known(expiring=[Expiring(4, NOW + TICK), Expiring(6, NOW + 3 * DAY)]))
    assert not means(rule, Known(expiring=[Expiring(10, NOW)]))
    assert not means(rule, Known(expiring=[Expiring(10, NOW + 3 * DAY + TICK)]))


@pytest.mark.parametrize("kind", sorted(kinds.KINDS.keys() - {"segment", "points"}))
def test_of_whom_nothing_is_known_the_answer_is_no_and_not_of_it_is_yes(kind: str) -> None:
    asked = {"kind": kind} | {one.name: example(one) for one in kinds.KINDS[kind] if one.is_needed}
    if kind == "figure":
        asked["least"] = 0
    assert not means(asked, NOBODY)
    assert means({"not": asked}, NOBODY)


def example(of: kinds.Field) -> Any:
    one = {"text": "x", "texts": ["x"], "whole": 1, "wholes": [1]}
    return of.choices[0] if of.choices else one[of.holds]


def test_who_never_had_points_has_none() -> None:
    assert means({"kind": "points", "most": 0}, NOBODY)
    assert not means({"kind": "points", "least": 1}, NOBODY)


def test_all_of_nothing_is_everybody_and_any_of_nothing_is_nobody() -> None:
    assert means({"all": []}, NOBODY)
    assert not means({"any": []}, NOBODY)
    assert means({"not": {"not": {"not": {"any": []}}}}, NOBODY)


def test_times_are_counted_between_both_ends() -> None:
    twice = {"kind": "ordered", "least": 2, "most": 2, "within_days": 30}
    assert means(twice, ordered(1, 30, 31))
    assert not means(twice, ordered(1, 2, 3))
    assert not means(twice, ordered(1))
    assert means({"kind": "ordered", "most": 0, "within_days": 30}, ordered(31))


def test_an_order_is_counted_when_it_has_all_that_is_asked_of_it() -> None:
    rule = {"kind": "ordered", "sku": "shampoo-01", "least_fen": 19900}
    assert means(rule, ordered(1, fen=19900, skus=frozenset({"shampoo-01"})))
    assert not means(rule, ordered(1, fen=19899, skus=frozenset({"shampoo-01"})))
    assert not means(rule, ordered(1, fen=19900, skus=frozenset({"mask-02"})))


def test_a_nickname_is_the_same_in_either_case_from_a_to_z_and_nowhere_else() -> None:
    assert means({"kind": "nickname", "contains": "APRIL"}, Known(nickname="小雨 april 🌧"))
    assert not means({"kind": "nickname", "contains": "É"}, Known(nickname="élise"))
    assert not means({"kind": "nickname", "contains": "%"}, Known(nickname="april"))


def test_every_part_says_its_own_answer() -> None:
    rule = reading.parse(
        {"all": [{"kind": "has", "what": "phone"}, {"not": {"kind": "opted_out"}}]}
    )
    her = Known(moments={"opted_out": NOW}, has=frozenset({"phone"}))
    assert dict(deciding.answers(rule, her, NOW)) == {
        "": False,
        "all[0]": True,
        "all[1]": False,
        "all[1].not": True,
    }


@pytest.mark.parametrize(
    ("written", "path", "en"),
    [
        ([], "", "has to be an object"),
        ({}, "", "has to be all, any, not or have a kind"),
        ({"all": [], "any": []}, "", "has to be all, any, not or have a kind"),
        ({"all": {}}, "all", "has to be a list of up to 20"),
        (
            {"all": [{"any": [{"kind": "wealth"}]}]},
            "all[0].any[0].kind",
            "is not a kind of condition",
        ),
        ({"not": {"kind": "tag"}}, "not.tag", "is missing"),
        ({"kind": "tag", "tag": "a", "days": 1}, "days", "is not a field here"),
        ({"kind": "tag", "tag": " "}, "tag", "has to have 1 to 128 characters"),
        ({"kind": "nickname", "contains": "a\0"}, "contains", "has to have 1 to 128 characters"),
        (
            {"kind": "seen", "within_days": 0},
            "within_days",
            "has to be a whole number from 1 to 3650",
        ),
        (
            {"kind": "seen", "within_days": True},
            "within_days",
            "has to be a whole number from 1 to 3650",
        ),
        (
            {"kind": "birthday_month", "months": [1, 13]},
            "months[1]",
            "has to be a whole number from 1 to 12",
        ),
        ({"kind": "tier", "tiers": []}, "tiers", "has to have 1 to 50 entries"),
        ({"kind": "points"}, "least", "needs at least one of its two ends"),
        ({"kind": "points", "least": 5, "most": 4}, "most", "is less than the least"),
        ({"kind": "ordered", "least": 0}, "least", "of 0 or more asks nothing"),
        (
            {"kind": "figure", "figure": "alive_chance", "least": "0.5"},
            "least",
            "is a number from 0 to 1000000000000",
        ),
        ({"kind": "figure", "figure": "stage", "least": 1}, "figure", None),
        (
            {"kind": "form_submitted", "form": "a", "answer": "b"},
            "question",
            "has to say which question",
        ),
        (
            {"kind": "form_submitted", "question": "a", "answer": "b"},
            "question",
            "needs its form and an answer",
        ),
        ({"kind": "quiz_answered", "right": 1}, "right", "has to be true or false"),
    ],
)
def test_what_is_wrong_is_said_at_its_place(written: Any, path: str, en: str | None) -> None:
    (found,) = problems(written)
    assert found[0] == path
    assert en is None or found[1] == en


def test_everything_that_is_wrong_is_said_at_once() -> None:
    written = {"all": [{"kind": "tag"}, {"any": [{"kind": "points"}, "?"]}]}
    assert [path for path, _ in problems(written)] == [
        "all[0].tag",
        "all[1].any[0].least",
        "all[1].any[1]",
    ]


def test_depth_and_size_have_their_bounds() -> None:
    deep: Any = {"kind": "opted_out"}
    for _ in range(reading.DEPTH_MAX):
        deep = {"not": deep}
    assert problems(deep) == [("not." * 7 + "not", "is nested deeper than 8")]
    wide = {"all": [{"any": [{"kind": "opted_out"}] * 20}] * 4}
    assert problems(wide) == [("", "has more than 60 conditions")]
