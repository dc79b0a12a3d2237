"""Error codes and what they mean for the sender."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.answers import classify
from bots.messages import Outcome

BEIJING = timezone(timedelta(hours=8))


@given(code=st.integers())
def test_every_code_has_an_outcome_and_a_reason(code):
    answer = classify(code)
    assert answer.code == code
    assert answer.reason or code == 0


def test_an_unknown_code_is_refused_as_unclassified():
    answer = classify(987_654)
    assert (answer.outcome, answer.reason) == (Outcome.REFUSED, "unclassified")


@given(seconds=st.integers(0, 4_000_000_000))
def test_a_daily_quota_is_parked_until_midnight_in_beijing(seconds):
    now = datetime.fromtimestamp(seconds, UTC)
    answer = classify(45009, now)
    resumes_at = (now + timedelta(seconds=answer.retry_after_s)).astimezone(BEIJING)
    assert answer.outcome is Outcome.PARKED
    assert (resumes_at.hour, resumes_at.minute, resumes_at.second) == (0, 0, 0)
    assert 0 < answer.retry_after_s <= 86_400


@pytest.mark.parametrize("code", [-1, 40001, 42001, 45011, 45066])
def test_what_comes_later_says_when(code):
    answer = classify(code)
    assert answer.outcome is Outcome.LATER
    assert answer.retry_after_s > 0
