"""RFM and the life cycle: what the scales promise, for any values."""

from hypothesis import given
from hypothesis import strategies as st

from tagging import life_cycle, rfm
from tagging.life_cycle import Patience, Stage
from tagging.rfm import Limits, Rfm, Segment

USUAL = Patience()
FENS = st.integers(0, 10**9)


def test_of_ten_members_two_are_in_each_fifth():
    limits = rfm.limits_of(range(1, 11))
    assert limits == (2, 4, 6, 8)
    scale = Limits(limits, limits, limits)
    scores = [rfm.scores(scale, 0, value, 0).frequency for value in range(1, 11)]
    assert scores == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


def test_who_bought_lately_is_high_in_recency():
    limits = Limits((10, 20, 30, 40), (1, 2, 3, 4), (1, 2, 3, 4))
    days = (0, 10, 11, 40, 41)
    assert [rfm.scores(limits, day, 0, 0).recency for day in days] == [5, 5, 4, 2, 1]


def test_equal_values_have_equal_scores_however_many_there_are():
    limits = rfm.limits_of([1] * 50 + [2] * 30 + [9] * 20)
    scores = [rfm.scores(Limits(limits, limits, limits), 0, v, 0).frequency for v in (1, 2, 9)]
    assert limits == (1, 1, 2, 2)
    assert scores == [1, 3, 5]


@given(st.lists(FENS, min_size=1))
def test_more_is_never_scored_lower_and_no_step_has_more_than_its_share_without_ties(values):
    limits = rfm.limits_of(sorted(values))
    scale = Limits(limits, limits, limits)
    scores = [rfm.scores(scale, 0, 0, value).money for value in sorted(values)]
    assert scores == sorted(scores)
    assert set(scores) <= {1, 2, 3, 4, 5}
    different = sorted(set(values))
    limits = rfm.limits_of(different)
    of_each = [rfm.scores(Limits((), (), limits), 0, 0, value).money for value in different]
    assert all(of_each.count(step) <= -(-len(different) // 5) for step in range(1, 6))


def test_on_the_fixed_scale_a_limit_that_is_reached_counts():
    scale = Limits((30, 60, 120, 240), (2, 3, 5, 10), (10_000, 30_000, 60_000, 100_000))
    assert rfm.bands(scale, 30, 2, 10_000) == Rfm(5, 2, 2)
    assert rfm.bands(scale, 31, 1, 9_999) == Rfm(4, 1, 1)
    assert rfm.bands(scale, 241, 10, 100_000) == Rfm(1, 5, 5)


def test_the_eight_classes_are_told_apart_by_what_is_high():
    found = {Rfm(r, f, m).segment for r in (3, 4) for f in (3, 4) for m in (3, 4)}
    assert found == set(Segment)
    assert Rfm(5, 5, 5).segment == Segment.IMPORTANT_VALUE
    assert Rfm(1, 1, 1).segment == Segment.ORDINARY_WINBACK


def test_her_rhythm_is_the_median_so_that_a_holiday_does_not_slow_her_down():
    assert life_cycle.rhythm_days([0, 21, 42, 63, 200]) == 21
    assert life_cycle.rhythm_days([0, 10, 30]) == 15
    assert life_cycle.rhythm_days([0, 10]) is None


def test_sixty_days_are_churning_for_who_buys_every_three_weeks():
    assert life_cycle.stage(60, 21, USUAL, is_first=False) == Stage.CHURNING
    assert life_cycle.stage(60, 90, USUAL, is_first=False) == Stage.ACTIVE
    assert life_cycle.stage(60, 7, USUAL, is_first=False) == Stage.LOST


def test_who_has_bought_once_is_new_as_long_as_she_would_be_active():
    stages = [life_cycle.stage(days, 20, USUAL, is_first=True) for days in (0, 30, 31, 51, 81)]
    assert stages == [Stage.NEW, Stage.NEW, Stage.SILENT, Stage.CHURNING, Stage.LOST]


@given(st.integers(0, 4000), st.integers(0, 4000), st.floats(0, 4000))
def test_longer_silence_never_makes_her_livelier(days, more, rhythm):
    stages = [life_cycle.stage(d, rhythm, USUAL, is_first=False) for d in (days, days + more)]
    assert list(Stage).index(stages[0]) <= list(Stage).index(stages[1])
