"""Placeholders in what we say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sop import wording

MEMBER = {"nickname", "points", "radar:*"}


def test_placeholders_are_filled_and_braces_can_be_written() -> None:
    said = wording.render("{nickname|亲}，您有 {points} 分 {{{radar:new-tea}}}", VALUES)
    assert said == "小鱼，您有 30 分 {https://x/r/1}"


VALUES = {"nickname": "小鱼", "points": "30", "radar:new-tea": "https://x/r/1"}


def test_words_to_use_instead_stand_where_there_is_no_value() -> None:
    assert wording.render("{nickname|亲}好", {"nickname": ""}) == "亲好"
    assert wording.render("{nickname|}好", {}) == "好"


def test_a_hole_in_a_message_is_an_error() -> None:
    with pytest.raises(wording.NothingToFill, match="nickname"):
        wording.render("{nickname}好", {"nickname": ""})


def test_a_value_is_never_read_as_a_placeholder() -> None:
    values = {"nickname": "{points} {{x}} {"}
    assert wording.render("{nickname}", values) == values["nickname"]


@pytest.mark.parametrize("text", ["{", "}", "{}", "{nick name}", "{Nickname}", "{a|b|c}", "{a}}"])
def test_a_stray_brace_is_an_error(text: str) -> None:
    with pytest.raises(wording.BadWording):
        wording.check(text, {"a", "nickname"})


@pytest.mark.parametrize("text", ["{{7*7}}", "${{x}}", "{{% raw %}}", "{nickname|<b>}"])
def test_nothing_is_evaluated(text: str) -> None:
    wording.check(text, MEMBER)
    said = wording.render(text, {"nickname": ""})
    assert "49" not in said


def test_only_known_placeholders_are_allowed() -> None:
    wording.check("{nickname} {radar:a} {radar:b_2}", MEMBER)
    for unknown in ("{phone}", "{radar}", "{group_name|群}", "{coupon:a}"):
        with pytest.raises(wording.UnknownPlaceholder):
            wording.check(unknown, MEMBER)


def test_placeholders_are_named_once_in_order() -> None:
    assert wording.placeholders("{b}{a|x}{b}{{c}}") == ("b", "a")


@given(st.text())
def test_plain_text_written_with_doubled_braces_comes_out_as_it_was(text: str) -> None:
    escaped = text.replace("{", "{{").replace("}", "}}")
    assert wording.render(escaped, {}) == text
    assert wording.placeholders(escaped) == ()
