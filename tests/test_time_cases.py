"""Every row of the table of time cases holds; and whatever the zone, nothing is lost or doubled."""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from sop.times import lateness, quiet_hours, schedules, skips, wall_clocks
from sop.times.schedules import Cursor, Due, Ground, Live
from tests import late_cases, time_cases
from tests.late_cases import LateCase, QuietCase, RunCase
from tests.time_cases import END, DueCase

SUBJECTS = [f"member:{number}" for number in range(1, 9)]


def local(text: str, zone: ZoneInfo) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment


def shown(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat(timespec="minutes")


def skip_dates(definition: dict | None) -> skips.SkipDates:
    return skips.NONE if definition is None else skips.parse(definition)


def dues(live: list[Live], cursor: Cursor | None, ground: Ground) -> Iterator[Due]:
    while (due := schedules.next_due(live, cursor, ground)) is not None:
        yield due
        cursor = due


def test_the_table_has_its_two_hundred_rows() -> None:
    tables = (time_cases.DUE, late_cases.RUNS, late_cases.QUIET, late_cases.LATE)
    assert sum(map(len, tables)) >= 200
    assert all(len({case.name for case in table}) > 0.9 * len(table) for table in tables)


@pytest.mark.parametrize("case", time_cases.DUE, ids=lambda case: case.name)
def test_a_step_is_due(case: DueCase) -> None:
    zone = ZoneInfo(case.zone)
    live = [Live(0, schedules.parse(case.when), local(case.base, zone))]
    cursor = Cursor(0, local(case.cursor, zone)) if case.cursor else None
    for subject in SUBJECTS:
        ground = Ground(
            zone,
            subject,
            time.fromisoformat(case.active) if case.active else None,
            date.fromisoformat(case.born) if case.born else None,
            skip_dates(case.skip),
        )
        coming = dues(live, cursor, ground)
        for expected in case.expects:
            found = next(coming, None)
            if expected == END:
                assert found is None
            elif "/" in expected:
                assert found is not None
                begins, ends = map(datetime.fromisoformat, expected.split("/"))
                assert begins <= found.at < ends, shown(found.at, zone)
            else:
                assert found is not None
                assert shown(found.at, zone) == expected


@pytest.mark.parametrize("case", late_cases.RUNS, ids=lambda case: case.name)
def test_a_plan_runs(case: RunCase) -> None:
    zone = ZoneInfo(case.zone)
    policy = lateness.parse(case.late)
    coming = dues(
        [Live(0, schedules.parse(case.when), local(case.base, zone))], None, Ground(zone, "group:1")
    )
    due = next(coming, None)
    look_at = due and due.at
    seen: list[str] = []
    for number, text in enumerate(case.nows, start=1):
        now = local(text, zone)
        while due is not None and look_at <= now:
            decision = lateness.decide(policy, look_at, now, zone)
            if isinstance(decision, datetime):
                look_at = decision
                continue
            done = {"go": "went", "skip": "skipped"}[decision]
            seen.append(f"{due.occurrence} {done} at {number}")
            due = next(coming, None)
            look_at = due and due.at
    assert seen == list(case.expects)


@pytest.mark.parametrize("case", late_cases.QUIET, ids=lambda case: case.name)
def test_quiet_hours_end(case: QuietCase) -> None:
    zone = ZoneInfo(case.zone)
    begin, end = case.quiet
    quiet = quiet_hours.parse({"from": begin, "to": end})
    ends_at = quiet_hours.ends_at(quiet, local(case.now, zone), zone)
    assert (ends_at and shown(ends_at, zone)) == case.ends


@pytest.mark.parametrize("case", late_cases.LATE, ids=lambda case: case.name)
def test_a_late_step_is_decided(case: LateCase) -> None:
    zone = ZoneInfo(case.zone)
    decision = lateness.decide(
        lateness.parse(case.policy),
        local(case.due, zone),
        local(case.now, zone),
        zone,
        skip_dates(case.skip),
    )
    said = decision if isinstance(decision, str) else shown(decision, zone)
    assert said == case.decision


ZONES = [
    time_cases.SHANGHAI,
    time_cases.NEW_YORK,
    time_cases.LONDON,
    time_cases.LORD_HOWE,
    time_cases.SAO_PAULO,
    time_cases.HAVANA,
    time_cases.NUUK,
    time_cases.APIA,
    time_cases.KATHMANDU,
    "Africa/Casablanca",
    "America/Caracas",
    "UTC",
]
BEGINS_AT = datetime(2009, 6, 1, tzinfo=UTC)
TEN_YEARS_LATER = datetime(2019, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "definition",
    [
        time_cases.daily("02:15"),
        time_cases.daily("23:30", until="01:30"),
        time_cases.daily("00:00", until="00:20"),
    ],
    ids=lambda definition: " ".join(str(value) for value in definition.values()),
)
@pytest.mark.parametrize("name", ZONES)
def test_in_ten_years_every_day_comes_once_whatever_the_cursor(
    name: str, definition: time_cases.Definition
) -> None:
    zone = ZoneInfo(name)
    live = [Live(0, schedules.parse(definition), BEGINS_AT)]
    ground = Ground(zone, "member:7")
    walked: list[Due] = []
    for due in dues(live, None, ground):
        if due.at > TEN_YEARS_LATER:
            break
        walked.append(due)
    assert all(one.at < other.at for one, other in pairwise(walked))
    first, last = (date.fromisoformat(walked[index].occurrence) for index in (0, -1))
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    assert [due.occurrence for due in walked] == [
        on.isoformat() for on in days if wall_clocks.exists(on, zone)
    ]
    moments = [due.at for due in walked]
    for jump in range(0, (walked[-1].at - BEGINS_AT).days, 11):
        moment = BEGINS_AT + timedelta(days=jump, hours=jump % 24)
        found = schedules.next_due(live, Cursor(0, moment), ground)
        assert found == walked[bisect_right(moments, moment)]


@pytest.mark.parametrize("name", ZONES)
def test_quiet_hours_end_where_no_quiet_follows(name: str) -> None:
    zone = ZoneInfo(name)
    for begin, end in [("22:00", "08:00"), ("00:30", "02:15"), ("23:30", "00:30")]:
        quiet = quiet_hours.parse({"from": begin, "to": end})
        for hours in range(0, 9 * 365 * 24, 101):
            now = BEGINS_AT + timedelta(hours=hours)
            ends_at = quiet_hours.ends_at(quiet, now, zone)
            clock = f"{now.astimezone(zone):%H:%M}"
            is_within = begin <= clock < end if begin < end else clock >= begin or clock < end
            assert ends_at is not None or not is_within
            if ends_at is not None:
                assert quiet_hours.ends_at(quiet, ends_at, zone) is None
                assert quiet_hours.ends_at(quiet, ends_at - timedelta(seconds=1), zone) == ends_at


def test_a_window_spreads_its_subjects_evenly() -> None:
    zone = ZoneInfo(time_cases.SHANGHAI)
    live = [Live(0, schedules.parse(time_cases.daily("22:00", until="02:00")), BEGINS_AT)]
    found = [schedules.next_due(live, None, Ground(zone, f"member:{n}")) for n in range(4000)]
    begins_at = min(due.at for due in found if due)
    of_hour = [0, 0, 0, 0]
    for due in found:
        assert due is not None
        of_hour[int((due.at - begins_at).total_seconds() // 3600)] += 1
        assert due.at.microsecond == 0
    assert all(900 < count < 1100 for count in of_hour)


def test_a_subject_keeps_her_moment_of_a_window_and_has_another_one_tomorrow() -> None:
    live = [Live(0, schedules.parse(time_cases.daily("10:00", until="12:00")), BEGINS_AT)]
    ground = Ground(ZoneInfo(time_cases.SHANGHAI), "member:7")
    today = schedules.next_due(live, None, ground)
    assert today == schedules.next_due(live, None, ground)
    tomorrow = schedules.next_due(live, today, ground)
    assert tomorrow is not None
    assert today is not None
    assert tomorrow.at - today.at != timedelta(days=1)


def test_a_moved_step_keeps_the_name_of_its_own_day() -> None:
    zone = ZoneInfo(time_cases.SHANGHAI)
    ground = Ground(zone, "member:7", skip=skips.parse(time_cases.NATIONAL_DAYS))
    live = [
        Live(0, schedules.parse(time_cases.after(1, "09:00")), local("2026-09-30T12:00", zone)),
        Live(1, schedules.parse(time_cases.minutes(2880)), local("2026-09-30T12:00", zone)),
    ]
    names = [due.occurrence for due in dues(live, None, ground)]
    assert names == ["2026-10-01", "2026-10-02T12:00"]


def test_steps_count_from_their_own_bases() -> None:
    zone = ZoneInfo(time_cases.SHANGHAI)
    enrolled_at, decided_at = local("2026-06-01T12:00", zone), local("2026-06-03T12:00", zone)
    live = [
        Live(4, schedules.parse(time_cases.after(1, "09:00")), decided_at),
        Live(2, schedules.parse(time_cases.after(3, "09:00")), enrolled_at),
        Live(3, schedules.AT_ONCE, decided_at),
    ]
    coming = [(due.step, due.occurrence) for due in dues(live, None, Ground(zone, "member:7"))]
    assert coming == [(3, "2026-06-03T12:00"), (2, "2026-06-04"), (4, "2026-06-04")]
