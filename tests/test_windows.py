"""Redemption windows: open when the clock shows it, and next open exactly when they first are."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.loyalty.spending import windows
from app.domain.loyalty.spending.windows import BadWindow, Window

BEIJING = ZoneInfo("Asia/Shanghai")
ZONES = [  # the clock is put forward at one, at two by half an hour, at midnight; and never
    ZoneInfo(name)
    for name in (
        *("Asia/Shanghai", "Europe/Berlin", "America/New_York"),
        *("Australia/Lord_Howe", "America/Santiago", "Africa/Cairo"),
    )
]
CLOCKS = [f"{minute // 60:02d}:{minute % 60:02d}" for minute in range(0, 1440, 15)]

clocks = st.sampled_from(CLOCKS)


@st.composite
def a_window(draw: st.DrawFn) -> Window:
    first, last = sorted((draw(st.integers(1, 31)), draw(st.integers(1, 31))))
    begins, ends = draw(clocks), draw(clocks | st.just("24:00"))
    if first == last and begins >= ends:
        begins, ends = "00:00", "24:00"
    opens, closes = draw(clocks), draw(clocks | st.just("24:00"))
    if opens == closes:
        opens, closes = "00:00", "24:00"
    months = tuple(sorted(draw(st.sets(st.integers(1, 12), max_size=3))))
    weekdays = tuple(sorted(draw(st.sets(st.integers(1, 7), max_size=5))))
    made = Window(months, first, begins, last, ends, weekdays, opens, closes)
    made.check()
    return made


moments = st.integers(0, 3 * 366 * 24 * 4).map(
    lambda quarters: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=15 * quarters)
)
around_changes = st.sampled_from(
    [
        datetime(2026, *day, tzinfo=UTC) + timedelta(minutes=15 * quarters)
        for day in ((3, 8), (3, 28), (3, 29), (4, 4), (4, 24), (9, 5), (10, 3), (10, 25), (11, 1))
        for quarters in range(-8, 24 * 4, 3)
    ]
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(a_window(), min_size=1, max_size=3), moments | around_changes, st.sampled_from(ZONES)
)
def test_it_opens_next_when_it_is_open_and_was_not_a_moment_before(
    several: list[Window], at: datetime, zone: ZoneInfo
):
    found = windows.next_open(several, at, zone)
    if found is None:
        return
    assert found >= at
    assert windows.is_open(several, found, zone)
    assert found == at or not windows.is_open(several, found - timedelta(seconds=1), zone)
    looked_at = at
    while looked_at < min(found, at + timedelta(days=3)):  # all clocks change at a quarter
        assert not windows.is_open(several, looked_at, zone)
        looked_at += timedelta(minutes=15)


@settings(deadline=None)
@given(st.lists(a_window(), max_size=3), moments, st.sampled_from(ZONES))
def test_several_windows_add_up(several: list[Window], at: datetime, zone: ZoneInfo):
    each = [windows.is_open([one], at, zone) for one in several]
    assert windows.is_open(several, at, zone) == (any(each) or not several)


@settings(deadline=None)
@given(a_window())
def test_what_is_written_down_is_read_back(one: Window):
    assert Window.of(one.as_json()) == one


def beijing(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


LATE_IN_MONTH = Window(from_day=20, from_clock="10:00")
DECEMBER = Window(months=(12,))
SATURDAYS = Window(weekdays=(6,), opens="10:00", closes="12:00")
NIGHTS = Window(opens="22:00", closes="02:00")


@pytest.mark.parametrize(
    ("window", "at", "opens"),
    [
        (LATE_IN_MONTH, "2026-11-02T12:00", "2026-11-20T10:00"),
        (LATE_IN_MONTH, "2026-11-20T09:59:59", "2026-11-20T10:00"),
        (LATE_IN_MONTH, "2026-11-21T03:00", "2026-11-21T03:00"),
        (LATE_IN_MONTH, "2026-11-30T23:59:59", "2026-11-30T23:59:59"),
        (LATE_IN_MONTH, "2026-12-01T00:00", "2026-12-20T10:00"),
        (LATE_IN_MONTH, "2027-02-28T23:59", "2027-02-28T23:59"),
        (DECEMBER, "2026-11-30T23:59", "2026-12-01T00:00"),
        (DECEMBER, "2027-01-01T00:00", "2027-12-01T00:00"),
        (SATURDAYS, "2026-11-02T12:00", "2026-11-07T10:00"),
        (SATURDAYS, "2026-11-07T12:00", "2026-11-14T10:00"),
        (NIGHTS, "2026-11-02T12:00", "2026-11-02T22:00"),
        (NIGHTS, "2026-11-03T01:59", "2026-11-03T01:59"),
        (Window(months=(2,), from_day=29), "2026-01-01T00:00", "2028-02-29T00:00"),
        (Window(from_day=31), "2026-11-02T12:00", "2026-12-31T00:00"),
    ],
)
def test_on_the_shops_calendar(window: Window, at: str, opens: str):
    assert windows.next_open([window], beijing(at), BEIJING) == beijing(opens)


def test_what_no_calendar_has_never_opens():
    never = Window(months=(2,), from_day=30)
    assert windows.next_open([never], beijing("2026-11-02T12:00"), BEIJING) is None
    assert windows.next_open([], beijing("2026-11-02T12:00"), BEIJING) is not None


def test_where_the_clock_is_put_forward_over_an_opening_it_opens_then():
    berlin = ZoneInfo("Europe/Berlin")  # 02:00 becomes 03:00 on 29 March 2026
    at = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert windows.next_open([Window(opens="02:30", closes="04:00")], at, berlin) == datetime(
        2026, 3, 29, 1, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("written", "wrong"),
    [
        ({"months": [13]}, "months"),
        ({"weekdays": [0]}, "weekdays"),
        ({"from_day": 0}, "from_day"),
        ({"to_day": 32}, "to_day"),
        ({"from_day": 5, "to_day": 4}, "to_day"),
        ({"from_day": 5, "to_day": 5, "from_clock": "12:00", "to_clock": "12:00"}, "to_day"),
        ({"opens": "25:00"}, "opens"),
        ({"opens": "9.30"}, "opens"),
        ({"opens": "12:00", "closes": "12:00"}, "closes"),
    ],
)
def test_what_a_clock_cannot_show_is_refused(written: dict[str, object], wrong: str):
    with pytest.raises(BadWindow, match=wrong):
        Window.of(dict(written))
