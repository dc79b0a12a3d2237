"""The night begins at three where the shop is; the last one is that of today or of yesterday."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.clockwork import nights
from app.programme import Programme

ZONES = ("Asia/Shanghai", "America/New_York", "Asia/Kathmandu")
BEGINNING, YEARS = datetime(2024, 1, 1, tzinfo=UTC), 5
MINUTES = st.integers(0, YEARS * 365 * 24 * 60)  # New York leaves hours out and has others twice


def programme(zone: str) -> Programme:
    return Programme(ZoneInfo(zone), "", *(None,) * 4)  # type: ignore[arg-type]


@pytest.mark.parametrize("zone", ZONES)
@given(minutes=MINUTES)
def test_no_night_has_begun_since_the_last_one(zone: str, minutes: int) -> None:
    house, now = programme(zone), BEGINNING + timedelta(minutes=minutes)
    began_at = nights.last_began_at(house, now)
    on = began_at.date()
    assert (began_at.hour, began_at.minute) == (3, 0)
    assert began_at <= now < nights.began_at(house, on + timedelta(days=1))
    assert nights.begun_on(house, now) in (on, None)


@pytest.mark.parametrize(
    ("at", "on"), [("02:59", "2026-11-21"), ("03:00", "2026-11-22"), ("23:59", "2026-11-22")]
)
def test_at_three_it_is_today_s(at: str, on: str) -> None:
    now = datetime.fromisoformat(f"2026-11-22T{at}").replace(tzinfo=ZoneInfo(ZONES[0]))
    assert str(nights.last_began_at(programme(ZONES[0]), now).date()) == on
