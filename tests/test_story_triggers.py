"""Stories of what starts a plan: everything that happens, and the clock."""

from datetime import date, timedelta

from app.domain.outreach.journeys import plans
from app.domain.outreach.journeys.plans import Plan, State
from app.domain.people import groups
from app.journeys import clock_triggers
from tests.running_plans import arrive, at_once, enrolled, running, texts_of
from tests.shop import GROUPS
from tests.world import World

AGAIN = {"reentry": {"kind": "per_happening"}}


def tick(world: World) -> int:
    """One look at the clock, and the work that follows."""
    with world.siyu.database.writing() as session:
        came = clock_triggers.run(session, world.siyu.programme, world.now)
    world.work()
    return came


def test_what_members_do_starts_plans_narrowed_to_just_that(world: World) -> None:
    said = at_once(says="好")
    starts = {
        "scanned": {"kind": "scanned", "live_code": "store_001"},
        "other_code": {"kind": "scanned", "live_code": "store_002"},
        "joined": {"kind": "joined", "channel": "demo-oa"},
        "joined_elsewhere": {"kind": "joined", "channel": "demo-mini"},
        "signed_in": {"kind": "signed_in"},
        "replied": {"kind": "replied"},
        "joined_group": {"kind": "joined_group", "group": "1"},
        "tagged": {"kind": "tagged", "tag": "油性发质"},
        "left": {"kind": "left"},
    }
    started = {name: running(world, said, trigger=trigger) for name, trigger in starts.items()}
    world.event("小雨", "subscribe", EventKey="qrscene_store_001")
    world.says("小雨", "签到")
    world.says("小雨", "头发总是很油")
    world.says_in_group("阿诚", "大家好")
    world.event("小雨", "unsubscribe")
    world.work()
    times = {name: len(enrolled(world, plan)) for name, plan in started.items()}
    assert times == dict.fromkeys(starts, 1) | {"other_code": 0, "joined_elsewhere": 0}


def test_a_plan_takes_her_again_as_its_reentry_says(world: World) -> None:
    said = at_once(says="签到真棒")
    by = {"trigger": {"kind": "signed_in"}}
    never = running(world, said, **by)
    after_end = running(world, said, **by, reentry={"kind": "after_end"})
    after_days = running(world, said, **by, reentry={"kind": "after_days", "days": 2})
    each = running(world, said, **by, **AGAIN)
    for day in (2, 3, 4):
        world.at(day)
        world.says("小雨", "签到")
        world.work()
    numbers = [len(enrolled(world, plan)) for plan in (never, after_end, after_days, each)]
    assert numbers == [1, 3, 2, 3]
    subjects = [it.subject.partition("/")[2] for it in enrolled(world, after_end)]
    assert subjects == ["", "2", "3"]


def test_who_is_still_in_a_plan_does_not_come_in_again(world: World) -> None:
    by = {"trigger": {"kind": "replied"}, "reentry": {"kind": "after_end"}}
    later = {"kind": "after", "days": 9, "at": "10:00"}
    message = {"kind": "text", "content": {"text": "九天"}}
    plan = running(world, {"name": "九天", "when": later, "message": message}, **by)
    for _ in range(3):
        world.says("小雨", "你好")
    world.work()
    assert len(enrolled(world, plan)) == 1


def test_the_member_day_is_for_everybody_once_each_time(world: World) -> None:
    weekly = {"kind": "cron", "cron": "0 9 * * 3"}
    for name in ("小雨", "阿诚"):
        arrive(world, name)
    plan = running(world, at_once(says="会员日"), trigger=weekly, **AGAIN)
    world.at(4, "08:59")
    assert tick(world) == 0
    world.at(4, "09:00")  # a Wednesday
    assert [tick(world), tick(world)] == [2, 0]
    world.at(11, "09:01")
    assert tick(world) == 2
    assert len(texts_of(world, plan)) == 4


def test_a_member_day_that_was_slept_through_is_left_out_or_made_up_for(world: World) -> None:
    weekly = {"kind": "cron", "cron": "0 9 * * 3"}
    arrive(world)
    one = {"trigger": weekly, **AGAIN}
    skipped = running(world, at_once(says="一"), **one)
    made_up = running(world, at_once(says="二"), **one, late={"within_h": 2, "else": "send"})
    next_day = running(world, at_once(says="三"), **one, late={"within_h": 2, "else": "next_day"})
    world.at(19, "12:00")  # three Wednesdays later
    tick(world)
    assert [len(enrolled(world, plan)) for plan in (skipped, made_up, next_day)] == [0, 1, 0]
    world.at(20, "09:00")
    tick(world)
    assert [len(enrolled(world, plan)) for plan in (skipped, made_up, next_day)] == [0, 1, 1]
    assert tick(world) == 0


def test_a_birthday_starts_a_plan_so_many_days_before_and_every_year(world: World) -> None:
    for name in ("小雨", "阿诚", "林夏"):
        arrive(world, name)
    born = {"小雨": date(1990, 11, 8), "阿诚": date(1985, 12, 8), "林夏": date(2000, 11, 8)}
    with world.siyu.database.writing() as session:
        for name, on in born.items():
            world.member(session, name).birthday_on = on
    trigger = {"kind": "birthday", "days_before": 3, "at": "09:00"}
    plan = running(world, at_once(says="生日快到了"), trigger=trigger, **AGAIN)
    world.at(5, "08:59")
    assert tick(world) == 0
    world.at(5, "09:00")
    assert [tick(world), tick(world)] == [2, 0]
    world.at(5 + 365, "09:30")
    assert tick(world) == 2
    assert len(enrolled(world, plan)) == 4


def test_who_was_born_on_the_29th_of_february_has_her_day_every_year() -> None:
    born = date(2000, 2, 29)
    assert born in clock_triggers.born_on(date(2027, 2, 28))
    assert born in clock_triggers.born_on(date(2028, 2, 29))
    assert born not in clock_triggers.born_on(date(2028, 2, 28))
    assert date(2001, 2, 28) in clock_triggers.born_on(date(2028, 2, 28))


def test_who_has_been_silent_for_so_long_comes_in_once_for_each_silence(world: World) -> None:
    arrive(world)
    world.at(3)
    arrive(world, "阿诚")
    plan = running(world, at_once(says="好久不见"), trigger={"kind": "silent", "days": 5}, **AGAIN)
    world.at(7, "11:59")
    assert tick(world) == 0
    world.at(7, "12:00")
    assert [tick(world), tick(world)] == [1, 0]
    world.says("小雨", "来了")
    world.work()
    world.at(8, "12:00")
    assert tick(world) == 1
    world.at(12, "12:30")
    assert tick(world) == 1
    assert len(enrolled(world, plan)) == 3


def test_who_comes_to_meet_the_filter_is_in_at_once_or_at_the_next_sweep(world: World) -> None:
    oily = {"trigger": {"kind": "segment_entered"}, "filter": {"tags_all": ["油性发质"]}}
    plan = running(world, at_once(says="控油"), **oily)
    arrive(world)
    assert enrolled(world, plan) == []
    world.says("小雨", "头发总是很油")
    world.work()
    assert texts_of(world, plan) == ["控油"]
    without = {"trigger": {"kind": "segment_entered"}, "filter": {"tags_none": ["油性发质"]}}
    others = running(world, at_once(says="滋润"), **without)
    arrive(world, "阿诚")
    assert texts_of(world, others) == ["滋润"]
    world.event("林夏", "unsubscribe")
    world.work()
    world.now = world.now + timedelta(minutes=20)
    assert tick(world) == 0


def test_a_group_that_is_first_seen_comes_in_and_those_before_do_not(world: World) -> None:
    world.at(800)  # long after the group of the stories was met
    said = at_once(says="{group_name}欢迎")
    plan = running(world, said, channel=GROUPS, audience="group", trigger={"kind": "joined"})
    world.now = world.now + timedelta(minutes=1)
    with world.siyu.database.writing() as session:
        channel_id = world.channel(session, GROUPS).id
        groups.meet(session, channel_id, "room-new@chatroom", "新群", world.now)
    assert [tick(world), tick(world)] == [1, 0]
    assert texts_of(world, plan) == ["新群欢迎"]


def test_a_paused_plan_takes_nobody_in(world: World) -> None:
    plan = running(world, at_once(says="好"), trigger={"kind": "cron", "cron": "0 9 * * *"})
    arrive(world)
    with world.siyu.database.writing() as session:
        plans.move_to(session, session.get_one(Plan, plan.id), State.PAUSED, world.now)
    world.at(3, "09:00")
    assert tick(world) == 0
