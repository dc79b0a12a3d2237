"""Questions of forms: which can be asked, and what counts as an answer."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.insight import answering, questions
from app.domain.insight.answering import BadAnswers
from app.domain.insight.questions import BadQuestions, Question

CHOICE = {"key": "q1", "kind": "single", "label": "头皮？", "options": ["油", "干"]}
TEXT = {"key": "q2", "kind": "text", "label": "还想说什么？"}


def problems(raw: object) -> dict[str, str]:
    with pytest.raises(BadQuestions) as bad:
        questions.parse(raw)
    return dict(bad.value.problems)


def test_what_is_read_is_written_the_same_way_again():
    asked = questions.parse([CHOICE | {"required": True}, TEXT])
    assert asked[0] == Question("q1", "single", "头皮？", ("油", "干"), required=True)
    assert questions.parse([one.as_json() for one in asked]) == asked


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ([], {"": "no_questions"}),
        ("q1", {"": "no_questions"}),
        (None, {"": "no_questions"}),
        ([TEXT] * 31, {"": "too_many_questions"}),
        ([7], {"": "bad_key"}),
        ([TEXT, TEXT], {"q2": "same_key"}),
        ([TEXT | {"kind": "file"}], {"q2": "bad_kind"}),
        ([TEXT | {"label": " "}], {"q2": "bad_label"}),
        ([TEXT | {"label": "长" * 201}], {"q2": "bad_label"}),
        ([TEXT | {"label": "a\x00"}], {"q2": "bad_label"}),
        ([TEXT | {"options": ["a", "b"]}], {"q2": "bad_options"}),
        ([CHOICE | {"options": ["油"]}], {"q1": "no_options"}),
        ([CHOICE | {"options": ["油", "油 "]}], {"q1": "bad_options"}),
        ([CHOICE | {"options": "油干"}], {"q1": "no_options"}),
    ],
)
def test_what_cannot_be_asked_is_named(raw: object, problem: dict[str, str]):
    assert problems(raw) == problem


def answer(kind: str, *given_: str, required: bool = False) -> list[str] | None | str:
    """What is kept, None for nothing, or the problem."""
    options = ("油", "干", "敏感") if kind in questions.CHOICES else ()
    asked = [Question("q1", kind, "?", options, required)]
    try:
        return answering.read(asked, {"q1": given_, "q9": ["x"]}).get("q1")
    except BadAnswers as bad:
        return str(bad.problems["q1"])


@pytest.mark.parametrize(
    ("kind", "given_", "kept"),
    [
        ("text", [" 好\x00用 "], ["好用"]),
        ("text", ["一\n二"], ["一\n二"]),
        ("text", ["长" * 2001], "too_long"),
        ("text", ["a", "b"], "too_long"),
        ("text", ["  "], None),
        ("single", ["油"], ["油"]),
        ("single", ["中"], "not_an_option"),
        ("single", ["油", "干"], "not_an_option"),
        ("multiple", ["油", "敏感"], ["油", "敏感"]),
        ("multiple", ["油", "油"], "not_an_option"),
        ("number", ["007.50"], ["7.5"]),
        ("number", ["-3"], ["-3"]),
        ("number", ["1e9"], "not_a_number"),
        ("number", ["３"], "not_a_number"),
        ("date", ["2024-02-29"], ["2024-02-29"]),
        ("date", ["2026-02-29"], "not_a_day"),
        ("date", ["20260228"], "not_a_day"),
        ("phone", ["13800000001"], ["13800000001"]),
        ("phone", ["+8613800000001"], "not_a_phone"),
    ],
)
def test_what_counts_as_an_answer(kind: str, given_: list[str], kept: Any):
    assert answer(kind, *given_) == kept


@pytest.mark.parametrize("kind", questions.KINDS)
def test_what_must_be_answered_is(kind: str):
    assert answer(kind, required=True) == "missing"
    assert answer(kind, " ", required=True) == "missing"
    assert answer(kind) is None


@given(kind=st.sampled_from(questions.KINDS), given_=st.lists(st.text(), max_size=3))
def test_whatever_is_kept_is_answered_with_the_same_again(kind: str, given_: list[str]):
    kept = answer(kind, *given_)
    if isinstance(kept, list):
        assert answer(kind, *kept) == kept
        assert "\x00" not in "".join(kept)
