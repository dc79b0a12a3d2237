"""What fails in a whole run may be a machine that stood still; what we promise is never that."""

import pytest

from tests.second_look import A_FEW, deserve_it

STORY = "tests/test_story_kf.py::test_a_card[{}]"


def test_a_few_that_failed_are_run_once_more() -> None:
    assert deserve_it([STORY.format(number) for number in range(A_FEW)])


def test_many_are_no_chance() -> None:
    assert not deserve_it([STORY.format(number) for number in range(A_FEW + 1)])


def test_there_is_nothing_to_look_at_when_it_was_not_a_test_that_failed() -> None:
    assert not deserve_it([])


@pytest.mark.parametrize(
    "promise",
    ["test_kills", "test_ledger_walk", "test_plans_at_once", "test_crash", "test_house"],
)
def test_a_promise_that_was_broken_once_is_broken(promise: str) -> None:
    assert not deserve_it([STORY.format(0), f"tests/{promise}.py::test_it"])
