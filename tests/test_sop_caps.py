"""However touches, days and zones fall, no window of a cap's days holds more than the cap."""

from collections import defaultdict
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sop import caps
from sop.caps import DAYS, EVERY, Cap

FIRST = date(2026, 11, 2)
CATEGORIES = ("marketing", "loyalty", "service")
_caps = st.builds(
    Cap, st.sampled_from((EVERY, *CATEGORIES)), st.sampled_from(tuple(DAYS)), st.integers(1, 9)
)
# days go on by steps that may also lead back: she has flown west, or a clock was put back
_wishes = st.lists(st.tuples(st.integers(-2, 4), st.sampled_from(CATEGORIES)), max_size=120)


def _spoken(limits: list[Cap], wishes: list[tuple[int, str]]) -> dict[str, dict[date, int]]:
    """What a house says that is held to these caps and wishes to say all this."""
    touches: dict[str, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    on = FIRST
    for step, category in wishes:
        on += timedelta(days=step)
        if caps.full(limits, touches, category, on) is None:
            touches[category][on] += 1
    return touches


@given(st.lists(_caps, min_size=1, max_size=5), _wishes)
def test_no_window_ever_holds_more_than_its_cap(limits: list[Cap], wishes: list[tuple[int, str]]):
    touches = _spoken(limits, wishes)
    for cap in limits:
        counted = [days for category, days in touches.items() if cap.counts(category)]
        for first in {on for days in counted for on in days}:
            window = [first + timedelta(days=number) for number in range(DAYS[cap.period])]
            assert sum(days.get(on, 0) for days in counted for on in window) <= cap.most


@given(st.lists(_caps, min_size=1, max_size=5), _wishes, st.sampled_from(CATEGORIES))
def test_there_is_room_on_the_day_that_is_named_and_not_a_day_before(
    limits: list[Cap], wishes: list[tuple[int, str]], category: str
):
    touches = _spoken(limits, wishes)
    on = max((on for days in touches.values() for on in days), default=FIRST)
    found = caps.full(limits, touches, category, on)
    if found is None:
        return
    assert found.until > on
    assert caps.full(limits, touches, category, found.until) is None
    before = caps.full(limits, touches, category, found.until - timedelta(days=1))
    assert before is not None
    assert before.until == found.until


def test_a_week_is_seven_local_days_ending_today():
    weekly = Cap("marketing", "week", 3)
    touches = {"marketing": {FIRST: 1, FIRST + timedelta(days=2): 2}}
    friday = FIRST + timedelta(days=4)
    assert caps.full_until(weekly, touches, friday) == FIRST + timedelta(days=7)
    assert caps.full_until(weekly, touches, FIRST + timedelta(days=7)) is None


def test_what_is_said_to_her_otherwise_counts_only_where_every_category_does():
    touches = {"service": {FIRST: 1}}
    assert caps.full([Cap("marketing", "day", 1)], touches, "marketing", FIRST) is None
    shared = caps.full([Cap(EVERY, "day", 1)], touches, "marketing", FIRST)
    assert shared is not None
    assert shared.cap.name == "every/day"


def test_of_several_full_caps_the_one_that_lasts_longest_is_named():
    touches = {"marketing": {FIRST: 3}}
    limits = [Cap("marketing", "day", 1), Cap("marketing", "week", 3)]
    found = caps.full(limits, touches, "marketing", FIRST)
    assert found is not None
    assert (found.cap.name, found.until) == ("marketing/week", FIRST + timedelta(days=7))
