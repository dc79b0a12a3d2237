"""Rehearsals of one person's days: the moments that must come out, reckoned by hand."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sop import manners, plans
from sop.conditions import Facts
from sop.happenings import Happened
from sop.journeys import Journey
from sop.rehearsing import rehearsals
from sop.rehearsing.casts import House, Moment, Person, PlanInRehearsal, Underway
from sop.rehearsing.reaches import Monthly, Reach, Window

BEIJING = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 11, 2, 4, tzinfo=UTC)  # noon in Beijing
MONTH = timedelta(days=30)
CHAT, SMS, MASS = ("customer_service", 1), ("sms", 2), ("mass", 1)
FREE = {"quiet": None, "caps": []}


def house(reactions: int = 0, **written: Any) -> House:
    return House(manners.parse({**manners.USUAL, **FREE, **written}), BEIJING, reactions)


def says(name: str, **when: Any) -> dict[str, Any]:
    message = {"kind": "text", "content": {"text": name}}
    return {"name": name, "when": {"kind": "after", **(when or {"minutes": 0})}, "message": message}


def plan(
    *steps: dict[str, Any], number: int = 1, ways: Any = (CHAT,), **more: Any
) -> PlanInRehearsal:
    definition = plans.parse(
        {"audience": "member", "trigger": {"kind": "manual"}, "steps": list(steps)} | more
    )
    return PlanInRehearsal(number, definition, dict.fromkeys(range(len(definition.steps)), ways))


def rain(**more: Any) -> Person:
    return Person(**({"subject": "member:5", "zone": BEIJING, "facts": Facts()} | more))


def rehearsed(person: Person, *of: PlanInRehearsal, of_house: House | None = None) -> list[Moment]:
    return list(rehearsals.of(person, of, of_house or house(), START, START + MONTH))


def told(moments: list[Moment]) -> list[tuple[str, str | None]]:
    """When something is said or withheld, on her clock, and why not."""
    return [
        (one.at.astimezone(BEIJING).strftime("%d %H:%M"), one.reason)
        for one in moments
        if one.what in ("says", "withheld")
    ]


def test_seven_days_come_on_their_days_and_what_is_over_stays_over() -> None:
    seven = plan(
        says("一", minutes=5), says("二", days=1, at="10:00"), says("七", days=6, at="20:00")
    )
    moments = rehearsed(rain(), seven)
    assert told(moments) == [("02 12:05", None), ("03 10:00", None), ("08 20:00", None)]
    assert [one.what for one in moments] == ["enters", "says", "says", "says", "ends"]
    assert rehearsed(rain(been_in=frozenset({1})), seven) == []


def test_a_journey_that_is_under_way_goes_on_where_it_is() -> None:
    two = plan(says("一", days=1, at="10:00"), says("二", days=3, at="10:00"))
    began = START - timedelta(days=2)
    her = rain(underway={1: Underway(1, Journey(began))})
    assert told(rehearsed(her, two))[-1] == ("03 10:00", None)


def test_who_is_on_an_older_version_goes_on_in_that() -> None:
    present = replace(plan(says("新", days=1, at="10:00")), version=2)
    older = plan(says("一", days=1, at="10:00"), says("旧", days=3, at="18:00"))
    her = rain(underway={1: Underway(1, Journey(START - timedelta(days=2)))})
    of_house = replace(house(), older={(1, 1): older})
    moments = rehearsed(her, present, of_house=of_house)
    assert told(moments)[-1] == ("03 18:00", None)
    assert {one.version for one in moments} == {1}


def test_what_comes_at_night_waits_for_the_morning_and_too_much_for_another_day() -> None:
    written = {
        "quiet": {"from": "22:00", "to": "08:00", "categories": ["marketing"], "then": "wait"}
    }
    cap = {"caps": [{"category": "marketing", "period": "day", "most": 1}]}
    two = plan(says("夜", days=0, at="23:00"), says("早", days=1, at="09:00"))
    moments = rehearsed(rain(), two, of_house=house(**written, **cap))
    assert told(moments) == [("03 08:00", None), ("04 00:00", None)][:1] + [("04 08:00", None)]
    waited = [one.waited_for for one in moments if one.what == "says"]
    assert waited == ["quiet_hours", "cap:marketing/day"]


def test_a_cap_that_is_full_for_longer_than_a_message_lives_ends_it() -> None:
    cap = {"caps": [{"category": "marketing", "period": "week", "most": 1}]}
    touches = {"marketing": {date(2026, 11, 1): 1}}
    moments = rehearsed(rain(touches=touches), plan(says("一")), of_house=house(**cap))
    assert told(moments) == [("02 12:00", "cap:marketing/week")]


def test_the_first_open_way_is_taken_and_why_the_others_were_not() -> None:
    reach = Reach(
        needs_window=frozenset({CHAT}),
        windows={1: Window(START + timedelta(hours=48), 1)},
        monthly={MASS: Monthly(4, {"2026-11": 4})},
    )
    three = plan(
        *(says("一", minutes=1), says("二", minutes=2), says("三", days=5, at="22:30")),
        ways=(CHAT, MASS, SMS),
    )
    moments = [one for one in rehearsed(rain(reach=reach), three) if one.what == "says"]
    assert [one.way for one in moments] == [CHAT, SMS, SMS]
    assert moments[1].passed_over == ((CHAT, "window_closed"), (MASS, "mass_month_used_up"))
    assert told(moments)[-1] == ("08 09:00", None)  # no phone rings at night
    closed = Reach(closed={CHAT: "left", MASS: "left", SMS: "no_consent:sms"})
    nothing = [one for one in rehearsed(rain(reach=closed), three) if one.what == "withheld"]
    assert {one.reason for one in nothing} == {"no_way"}


def test_a_rehearsal_uses_up_nothing_of_the_person_it_is_about() -> None:
    reach = Reach(needs_window=frozenset({CHAT}), windows={1: Window(START + MONTH, 1)})
    person = rain(reach=reach)
    assert rehearsed(person, plan(says("一"))) == rehearsed(person, plan(says("一")))


def test_a_tag_that_one_plan_gives_takes_her_into_another_and_out_of_a_third() -> None:
    tags = {
        "name": "标",
        "when": {"kind": "after", "minutes": 0},
        "act": {"kind": "tag", "tag": "熟"},
    }
    first = plan(tags)
    second = plan(says("二", minutes=5), number=2, trigger={"kind": "tagged", "tag": "熟"})
    third = plan(says("三", minutes=9), number=3, filter={"tags_none": ["熟"]})
    moments = rehearsed(rain(), first, second, third)
    assert [(one.plan_id, one.what, one.reason) for one in moments if one.step is not None] == [
        (1, "does", None),
        (2, "says", None),
        (3, "withheld", "tag_refused:熟"),
    ]


def test_a_wait_times_out_unless_so_many_in_a_hundred_react() -> None:
    wait = {"for": {"kind": "replied"}, "minutes": 60, "then": [says("谢")], "else": [says("在吗")]}
    waits = plan({"name": "等", "when": {"kind": "after", "minutes": 0}, "wait": wait})
    assert told(rehearsed(rain(), waits)) == [("02 13:00", None)]
    assert told(rehearsed(rain(), waits, of_house=house(reactions=100))) == [("02 12:30", None)]
    people = [rain(subject=f"member:{number}") for number in range(400)]
    halves = [told(rehearsed(one, waits, of_house=house(reactions=50)))[0][0] for one in people]
    assert 150 < halves.count("02 12:30") < 250


def test_what_happened_last_month_happens_again() -> None:
    past = [Happened("ordered", START - timedelta(days=10)), Happened("replied", START)]
    plan_of_orders = plan(says("谢谢", minutes=30), trigger={"kind": "ordered"})
    assert told(rehearsed(rain(facts=Facts(past=past)), plan_of_orders)) == [("22 12:30", None)]


def test_birthdays_silence_and_the_member_day_come_by_the_clock() -> None:
    birthday = plan(says("生"), trigger={"kind": "birthday", "days_before": 1, "at": "09:00"})
    silent = plan(says("静"), trigger={"kind": "silent", "days": 30})
    wednesdays = plan(
        says("三"),
        trigger={"kind": "cron", "cron": "0 10 * * 3"},
        reentry={"kind": "per_happening"},
    )
    born = rain(birthday_on=date(1990, 11, 20))
    assert told(rehearsed(born, birthday)) == [("19 09:00", None)]
    quiet = rain(last_heard_at=START - timedelta(days=20))
    assert told(rehearsed(quiet, silent)) == [("12 12:00", None)]
    assert [at for at, _ in told(rehearsed(rain(), wednesdays))] == [
        *("04 10:00", "11 10:00", "18 10:00", "25 10:00", "02 10:00")
    ]


def test_who_is_held_out_passes_everything_in_silence() -> None:
    held = plan(says("一"), holdout_percent=50)
    whats = [
        {one.what for one in rehearsed(rain(subject=f"member:{number}"), held)}
        for number in range(200)
    ]
    silent = [each for each in whats if "held_out" in each]
    assert 60 < len(silent) < 140
    assert all("says" not in each for each in silent)
    everybody = house(holdout_percent=50)
    reasons = {
        told(rehearsed(rain(subject=f"member:{n}"), plan(says("一")), of_house=everybody))[0][1]
        for n in range(50)
    }
    assert reasons == {None, "held_out"}
