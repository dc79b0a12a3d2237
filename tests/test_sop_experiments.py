"""What an experiment shows: published examples, and what must hold for all numbers."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sop import experiments
from sop.experiments import Arm

COUNTS = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))


def arm(converted: int, members: int, share: float = 50, name: str = "A") -> Arm:
    return Arm(name, share, members, converted)


def test_the_interval_of_a_rate_is_wilsons() -> None:
    """Newcombe 1998, table I: 81 of 263."""
    between = experiments.rate_between(arm(81, 263))
    assert (round(between.low, 4), round(between.high, 4)) == (0.2553, 0.3662)


def test_the_interval_of_a_difference_is_newcombes() -> None:
    """Newcombe 1998, table II, example (a): 56 of 70 against 48 of 80."""
    lift = experiments.lift(arm(56, 70), arm(48, 80, name="B"))
    assert lift.difference == pytest.approx(0.2)
    assert lift.difference_between.low == pytest.approx(0.0524, abs=5e-5)
    assert lift.difference_between.high == pytest.approx(0.3339, abs=5e-5)
    assert lift.is_certain


def test_the_interval_of_a_ratio_by_hand() -> None:
    """15 % against 10 % of a hundred each: ln 1.5 with an error of √0.146667."""
    lift = experiments.lift(arm(15, 100), arm(10, 100))
    assert lift.relative == pytest.approx(0.5)
    assert lift.relative_between is not None
    assert lift.relative_between.low == pytest.approx(
        1.5 * math.exp(-1.959964 * 0.382971) - 1, 1e-4
    )
    assert lift.relative_between.high == pytest.approx(
        1.5 * math.exp(1.959964 * 0.382971) - 1, 1e-4
    )
    assert not lift.is_certain


def test_with_few_conversions_there_is_no_ratio_and_with_nobody_no_comparison() -> None:
    assert experiments.lift(arm(9, 100), arm(50, 100)).relative is None
    with pytest.raises(ValueError, match="cannot be compared"):
        experiments.lift(arm(0, 0), arm(5, 100))


@pytest.mark.parametrize(
    ("value", "freedom"),
    [(3.841459, 1), (5.991465, 2), (7.814728, 3), (9.487729, 4), (14.06714, 7)],
)
def test_chi_squared_as_in_every_table(value: float, freedom: int) -> None:
    assert experiments.chi_squared_above(value, freedom) == pytest.approx(0.05, abs=1e-6)


def test_a_split_that_is_not_as_it_was_meant_is_noticed() -> None:
    assert experiments.is_mismatched([arm(0, 5000), arm(0, 5300, name="B")]) is False
    assert experiments.is_mismatched([arm(0, 50_000), arm(0, 53_000, name="B")]) is True
    assert experiments.is_mismatched([arm(0, 9000, 90), arm(0, 1000, 10, "B")]) is False
    assert experiments.mismatch([arm(0, 0), arm(0, 0)]) == 1.0


def test_a_winner_is_certainly_better_than_each_other_arm() -> None:
    a, b, c = arm(300, 1000), arm(200, 1000, name="B"), arm(210, 1000, name="C")
    assert experiments.winner([b, a, c]) is a
    assert experiments.winner([a, arm(290, 1000, name="B")]) is None
    assert experiments.winner([a, arm(20, 100, name="B")]) is None  # mismatched
    assert experiments.winner([arm(9, 1000), arm(0, 1000, name="B")]) is None  # too few
    assert experiments.winner([]) is None


@given(COUNTS, COUNTS)
def test_every_interval_holds_what_it_is_about_and_turns_round_with_its_arms(
    one: tuple[int, int], two: tuple[int, int]
) -> None:
    first, second = arm(one[1], one[0]), arm(two[1], two[0], name="B")
    between = experiments.rate_between(first)
    assert 0 <= between.low <= first.rate + 1e-12
    assert first.rate - 1e-12 <= between.high <= 1
    there, back = experiments.lift(first, second), experiments.lift(second, first)
    assert there.difference_between.low <= there.difference + 1e-12
    assert there.difference_between.low == pytest.approx(-back.difference_between.high)
    assert there.difference_between.low >= -1 - 1e-9
