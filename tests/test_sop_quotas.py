"""What is too much for a day is spread over several, and nothing is lost or over the quota."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sop import quotas


@given(st.integers(0, 10_000_000), st.integers(10_000, 1_000_000))
def test_the_days_add_up_and_no_day_is_above_the_quota(whole: int, a_day: int) -> None:
    days = quotas.split(whole, a_day)
    assert sum(days) == whole
    assert all(0 < number <= a_day for number in days)
    assert max(days, default=0) - min(days, default=0) <= 1, "all as full as each other"
    assert len(days) - 1 <= (whole - 1) // a_day if whole else days == []


@given(st.integers(quotas.MINUTES_A_DAY, 100_000_000))
def test_a_pace_keeps_every_day_within_the_quota(a_day: int) -> None:
    pace = quotas.pace_a_minute(a_day)
    assert pace * quotas.MINUTES_A_DAY <= a_day < (pace + 1) * quotas.MINUTES_A_DAY


def test_where_nothing_is_left_that_is_said() -> None:
    assert quotas.split(285_000, 100_000) == [95_000] * 3
    with pytest.raises(ValueError, match="no message"):
        quotas.split(1, 0)
    with pytest.raises(ValueError, match="less than one"):
        quotas.pace_a_minute(1439)
