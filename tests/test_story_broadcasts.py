"""Stories of broadcasts: whoever was meant at launch gets it once, and all are accounted for."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest

from app.broadcasting import feeding, figures, launching, trials
from app.domain.insight import tags
from app.domain.outreach import approvals, broadcasts
from app.domain.outreach.allowances import limit_table, limits
from app.domain.outreach.approvals import NotApproved
from app.domain.outreach.broadcasts import Broadcast, NotAllowed, OtherAudience, Recipient, State
from app.domain.people import groups, members, operators
from app.outbox import OutboxMessage
from sop import broadcasts as sop_broadcasts
from tests import broadcast_desk as desk
from tests.audiences import SEND, chat, crowd
from tests.shop import GROUPS, NAMES, ROOM
from tests.world import World


@pytest.fixture(autouse=True)
def states_add_up(world: World) -> Iterator[None]:
    yield
    with world.siyu.database.reading() as session:
        assert figures.discrepancies(session) == []


def test_whoever_is_meant_gets_it_once_in_her_own_words(world: World):
    chat(world)
    number = desk.launched(world, "周五上新，{nickname|亲}来看看")
    assert desk.states(world, number) == {"waiting": 3}
    world.work()
    assert [world.heard(name)[-1] for name in NAMES] == ["周五上新，亲来看看"] * 3
    assert desk.states(world, number) == {"accepted": 3}
    assert desk.state(world, number) == State.FINISHED
    world.work()
    assert world.calls(SEND) == 3 + len(NAMES), "once each, beside the replies"


def test_who_unfollows_between_the_feed_and_the_sending_gets_nothing(world: World):
    chat(world)
    number = desk.launched(world)
    desk.feed(world, number)
    assert desk.states(world, number) == {"planned": 3}
    with world.siyu.database.writing() as session:
        cheng = world.member(session, "阿诚")
        for identity in members.identities_on(session, cheng.id, world.channel(session).id):
            members.leave(session, cheng, identity, world.now)
    world.work()
    assert desk.outcomes(world, number)["阿诚"] == ("suppressed", "left")


def test_a_filter_means_by_tag(world: World):
    chat(world)
    with world.siyu.database.writing() as session:
        rain = world.member(session, "小雨")
        tag = tags.named(session, "油性发质", "attribute", world.now)
        cause = {"rule": "by_hand", "rule_version": None, "event_id": None}
        tags.give(session, rain.id, tag.id, **cause, now=world.now)
    number = desk.launched(world, filter={"tags_all": ["油性发质"]})
    world.work()
    assert desk.outcomes(world, number) == {"小雨": ("accepted", None)}


def test_each_gets_her_variant_and_some_are_held_out(world: World):
    crowd(world, 300)
    variants = [
        {"name": "A", "share": 50, "message": desk.text("甲")},
        {"name": "B", "share": 50, "message": desk.text("乙")},
    ]
    number = desk.launched(world, message=None, variants=variants, holdout_percent=20)
    desk.feed(world, number)
    rows = world.rows(OutboxMessage, OutboxMessage.broadcast_id == number)
    (found,) = world.rows(Broadcast)
    for row in rows:
        subject = f"member:{row.member_id}"
        variant = sop_broadcasts.variant_of(found.parsed, found.split, subject)
        assert variant is not None
        assert (row.variant, row.content) == (variant.name, dict(variant.message.content))
        held_out = sop_broadcasts.gets_nothing(found.parsed, found.split, subject)
        assert (row.reason == "held_out_here") == held_out
    assert {row.variant for row in rows} == {"A", "B"}
    assert 20 < desk.states(world, number)["suppressed"] < 120


def test_groups_are_told_too(world: World):
    with world.siyu.database.writing() as session:
        group = groups.meet(session, world.channel(session, GROUPS).id, ROOM, "妈妈群", world.now)
        group.tier_label = "gold"
    number = desk.launched(
        world,
        "{group_name}的各位，上新了",
        channel=GROUPS,
        audience="group",
        filter={"tier_labels": ["gold"]},
    )
    world.work()
    assert world.heard_in_group() == ["妈妈群的各位，上新了"]
    assert desk.states(world, number) == {"accepted": 1}


def test_the_audience_is_that_of_the_launch_and_whoever_left_since_gets_nothing(world: World):
    chat(world, "小雨", "阿诚")
    number = desk.launched(world)
    desk.move(world, number, State.PAUSED)
    chat(world, "林夏")
    world.event("阿诚", "unsubscribe")
    world.work()
    desk.resume(world, number)
    world.work()
    assert desk.outcomes(world, number)["小雨"] == ("accepted", None)
    assert "周五上新，亲来看看" not in world.heard("林夏")
    assert "周五上新，亲来看看" not in world.heard("阿诚")
    assert desk.states(world, number) == {"accepted": 1, "suppressed": 1}


def test_nothing_leaves_while_it_is_paused_and_nothing_ever_after_it_is_cancelled(world: World):
    chat(world)
    number = desk.launched(world)
    desk.feed(world, number)
    desk.move(world, number, State.PAUSED)
    world.work()
    assert desk.states(world, number) == {"planned": 3}
    desk.resume(world, number)
    desk.move(world, number, State.CANCELLED)
    world.work()
    assert set(desk.outcomes(world, number).values()) == {("suppressed", "cancelled")}
    (found,) = world.rows(Broadcast)
    assert found.ended_at is not None
    with pytest.raises(NotAllowed):
        desk.resume(world, number)


def test_those_beyond_the_cursor_are_cancelled_without_a_row(world: World):
    crowd(world, feeding.SLICE + 20)
    number = desk.launched(world)
    desk.feed(world, number)
    desk.move(world, number, State.CANCELLED)
    assert desk.counted(world, number).reasons["suppressed", "cancelled"] == 20
    world.work()
    assert desk.states(world, number) == {"suppressed": feeding.SLICE + 20}


def test_who_is_not_meant_any_more_or_has_opted_out_is_not_told(world: World):
    chat(world)
    with world.siyu.database.writing() as session:
        tag = tags.named(session, "售后问题", "attribute", world.now)
    number = desk.launched(world, filter={"tags_none": ["售后问题"]})
    desk.feed(world, number)
    with world.siyu.database.writing() as session:
        cause = {"rule": "by_hand", "rule_version": None, "event_id": None}
        tags.give(session, world.member(session, "小雨").id, tag.id, **cause, now=world.now)
        members.opt_out(world.member(session, "阿诚"), world.now)
    world.work()
    assert desk.outcomes(world, number) == {
        "小雨": ("suppressed", "not_meant"),
        "阿诚": ("suppressed", "opted_out"),
        "林夏": ("accepted", None),
    }


def test_what_goes_to_many_needs_a_second_operator(world: World):
    chat(world)
    with world.siyu.database.writing() as session:
        limits.change(session, limit_table.APPROVED_ABOVE, 2)
        april = operators.add(session, "april@shop.example", "四月", "correct horse", world.now)
        may = operators.add(session, "may@shop.example", "五月", "correct horse", world.now)
    number = desk.drafted(world)

    def launch() -> None:
        with world.siyu.database.writing() as session:
            launching.launch(
                session, session.get_one(Broadcast, number), world.siyu.programme, world.now
            )

    with pytest.raises(NotApproved):
        launch()
    assert desk.state(world, number) == State.DRAFT
    what = f"broadcast:{number}", 1
    with world.siyu.database.writing() as session:
        approvals.ask(session, *what, 3, april.id, world.now)
        approvals.decide(session, *what, may.id, is_granted=True, now=world.now)
    launch()
    world.work()
    assert desk.states(world, number) == {"accepted": 3}


def test_a_start_that_has_grown_beyond_what_needs_no_approval_waits(world: World):
    chat(world, "小雨")
    with world.siyu.database.writing() as session:
        limits.change(session, limit_table.APPROVED_ABOVE, 1)
    number = desk.scheduled(world, world.now + timedelta(hours=1))
    chat(world, "阿诚")
    world.now += timedelta(hours=1)
    world.work()
    (found,) = world.rows(Broadcast)
    assert (found.state, found.reason) == (State.PAUSED, broadcasts.NOT_APPROVED)
    assert desk.states(world, number) == {}


def test_it_begins_at_its_hour_with_those_who_are_there_then(world: World):
    chat(world, "小雨")
    number = desk.scheduled(world, world.now + timedelta(hours=1))
    chat(world, "阿诚")
    world.work()
    assert desk.state(world, number) == State.SCHEDULED
    world.now += timedelta(hours=1)
    world.work()
    assert desk.states(world, number) == {"accepted": 2}


def test_a_start_that_was_missed_for_hours_waits_for_an_operator(world: World):
    chat(world, "小雨")
    number = desk.scheduled(world, world.now)
    world.now += broadcasts.GRACE + timedelta(minutes=1)
    world.work()
    (found,) = world.rows(Broadcast)
    assert (found.state, found.reason) == (State.PAUSED, broadcasts.MISSED)
    desk.resume(world, number)
    world.work()
    assert desk.states(world, number) == {"accepted": 1}


def test_only_what_failed_is_sent_again_and_the_unknown_only_by_name(world: World):
    chat(world)
    number = desk.launched(world)
    world.fault(SEND, "errcode", errcode=40003, times=1)
    world.fault(SEND, "lost", times=1)
    world.work()
    before = Counter(state for state, _ in desk.outcomes(world, number).values())
    assert before == {"accepted": 1, "failed": 1, "unknown": 1}, desk.outcomes(world, number)
    assert desk.state(world, number) == State.FINISHED
    reasons = desk.counted(world, number).reasons
    failed = [reason for state, reason in reasons if state == "failed"]
    assert desk.resend(world, number, *failed) == 1
    world.work()
    assert desk.states(world, number) == {"accepted": 2, "unknown": 1}
    unknown = tuple(reason for state, reason in reasons if state == "unknown")
    assert desk.resend(world, number, unknown=unknown) == 1
    world.work()
    assert desk.states(world, number) == {"accepted": 3}
    assert desk.resend(world, number, *failed, unknown=unknown) == 0


def test_an_operator_gets_it_first_marked_as_a_test_and_not_counted(world: World):
    chat(world, "小雨", "阿诚")
    number = desk.drafted(world)
    with world.siyu.database.writing() as session:
        rain = world.member(session, "小雨")
        found = session.get_one(Broadcast, number)
        assert trials.put(session, found, rain.id, world.siyu.programme, world.now) is None
    world.work()
    assert world.heard("小雨")[-1] == "[测试] 周五上新，亲来看看"
    assert world.heard("阿诚")[-1] != world.heard("小雨")[-1]
    assert desk.states(world, number) == {}


def test_what_was_confirmed_is_what_is_frozen(world: World):
    chat(world)
    number = desk.drafted(world)
    with pytest.raises(OtherAudience), world.siyu.database.writing() as session:
        launching.launch(
            session,
            session.get_one(Broadcast, number),
            world.siyu.programme,
            world.now,
            confirmed=2,
        )
    assert desk.state(world, number) == State.DRAFT
    with world.siyu.database.reading() as session:
        assert session.query(Recipient).count() == 0
