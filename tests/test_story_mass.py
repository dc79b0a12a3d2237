"""Stories of messages to many: whoever may have one gets it once, and its end is known."""

from collections.abc import Sequence
from typing import Any

import pytest

from app.domain.outreach import manners, mass_messages, touches
from app.domain.outreach.mass_messages import MassJob
from app.domain.people.members import Member
from app.outbox import RECIPIENTS, OutboxMessage
from app.sending import mass_jobs
from sop.manners import USUAL
from sop.mistakes import Mistake
from tests.shop import NAMES, OA, OPENIDS, WECHAT
from tests.world import World

SEND, SEND_ALL = "/cgi-bin/message/mass/send", "/cgi-bin/message/mass/sendall"
TEXT = {"text": "周五上新，来看看"}


def follow(world: World, *names: str) -> None:
    for name in names or NAMES:
        world.event(name, "subscribe", EventKey="")
    world.work()


def hand_over(world: World, **audience: Any) -> int:
    with world.siyu.database.writing() as session:
        drafted = mass_messages.draft(
            session,
            channel_id=world.channel(session).id,
            kind="text",
            content=TEXT,
            audience=audience or {"to": "members", "filter": {}},
            now=world.now,
        )
        mass_jobs.hand_over(session, drafted, world.now)
        return drafted.id


def finish(world: World, msg_id: str, status: str = "send success", **counts: int) -> None:
    told = {"TotalCount": 3, "FilterCount": 3, "SentCount": 3, "ErrorCount": 0} | counts
    fields = {name: str(number) for name, number in told.items()}
    ended = WECHAT.event(
        "mphelper", "MASSSENDJOBFINISH", world.now, MsgID=msg_id, Status=status, **fields
    )
    world.deliver(WECHAT.seal(ended, world.now))
    world.work()


def carriers(world: World) -> Sequence[OutboxMessage]:
    is_carrier = OutboxMessage.pipe != RECIPIENTS
    return world.rows(OutboxMessage, is_carrier, OutboxMessage.mass_job_id.is_not(None))


def outcomes(world: World) -> dict[str, tuple[str, str | None]]:
    """By name, what became of everybody's last mass message."""
    names = {openid: name for name, openid in OPENIDS.items()}
    rows = world.rows(OutboxMessage, OutboxMessage.pipe == RECIPIENTS)
    return {names[row.recipient]: (row.state, row.reason) for row in rows}


def got(world: World) -> list[str]:
    return sorted(one["recipient"] for one in world.sent() if one["api"] == SEND)


def test_who_is_meant_gets_it_in_one_call_and_its_end_is_known(world: World):
    follow(world)
    hand_over(world)
    world.work()
    assert got(world) == sorted(OPENIDS.values())
    assert world.calls(SEND) == 1
    assert outcomes(world) == dict.fromkeys(NAMES, ("accepted", None))
    (carrier,) = carriers(world)
    finish(world, carrier.platform_id)
    assert outcomes(world) == dict.fromkeys(NAMES, ("delivered", None))
    (job,) = world.rows(MassJob)
    assert (job.status, job.total, job.sent, job.errors) == ("send success", 3, 3, 0)
    assert not world.rows(Member, Member.nickname == "mphelper")
    assert len(world.rows(Member)) == 3, "the platform's reporter is no member"


def test_a_job_that_the_platform_stopped_has_failed_for_everybody(world: World):
    follow(world)
    hand_over(world)
    world.work()
    finish(world, carriers(world)[0].platform_id, "err(20002)", SentCount=0)
    assert set(outcomes(world).values()) == {("failed", "mass_failed:err(20002)")}


def test_a_job_with_losses_says_how_many_and_not_who(world: World):
    follow(world)
    hand_over(world)
    world.work()
    finish(world, carriers(world)[0].platform_id, SentCount=2, ErrorCount=1)
    assert set(outcomes(world).values()) == {("accepted", None)}
    assert carriers(world)[0].state == "delivered"
    assert world.rows(MassJob)[0].errors == 1


def test_who_left_or_wants_no_marketing_is_not_in_the_job(world: World):
    follow(world)
    world.event("林夏", "subscribe", EventKey="")
    hand_over(world)
    with world.siyu.database.writing() as session:
        world.member(session, "小雨").opted_out_at = world.now
    world.work()
    assert outcomes(world)["小雨"] == ("suppressed", "opted_out")
    assert got(world) == sorted([OPENIDS["阿诚"], OPENIDS["林夏"]])


def test_one_alone_cannot_be_reached_this_way(world: World):
    follow(world, "小雨")
    hand_over(world)
    world.work()
    assert outcomes(world) == {"小雨": ("suppressed", "mass_needs_two")}
    assert (carriers(world)[0].state, world.calls(SEND)) == ("suppressed", 0)


def test_four_a_month_are_sent_and_the_fifth_waits_for_nobody(world: World):
    follow(world)
    for _ in range(4):
        hand_over(world)
        world.work()
    hand_over(world)
    world.work()
    assert (world.calls(SEND), len(got(world))) == (4, 12)
    assert set(outcomes(world).values()) == {("suppressed", "mass_month_used_up")}
    world.at(31)
    hand_over(world)
    world.work()
    assert world.calls(SEND) == 5, "December has begun"


@pytest.mark.parametrize("audience", [{"to": "all"}, {"to": "tag", "tag_id": "2"}])
def test_a_job_for_all_or_for_a_tag_is_one_row(world: World, audience: dict[str, Any]):
    follow(world)
    world.fault(SEND_ALL, "errcode", errcode=45065, times=1)
    hand_over(world, **audience)
    world.work()
    (carrier,) = carriers(world)
    assert (carrier.state, carrier.way) == ("accepted", "mass_tag")
    assert world.calls(SEND_ALL) == 1


def test_what_went_to_all_counts_for_everybodys_month(world: World):
    follow(world)
    for _ in range(4):
        hand_over(world, to="all")
        world.work()
    hand_over(world)
    world.work()
    assert set(outcomes(world).values()) == {("suppressed", "mass_month_used_up")}


@pytest.mark.parametrize(
    ("kind", "content", "audience"),
    [
        ("text", {"text": " "}, {"to": "all"}),
        ("text", {"text": "{nickname}，您好"}, {"to": "all"}),
        ("link", {"url": "x"}, {"to": "all"}),
        ("text", TEXT, {"to": "tag", "tag_id": "gold"}),
        ("text", TEXT, {"to": "nobody"}),
        ("text", TEXT, {"to": "members", "filter": {"colour": ["red"]}}),
    ],
)
def test_what_cannot_be_sent_to_many_is_refused_at_once(
    world: World, kind: str, content: dict[str, Any], audience: dict[str, Any]
):
    written = {"kind": kind, "content": content, "audience": audience}
    with world.siyu.database.writing() as session:
        where = world.channel(session, OA).id
        with pytest.raises((mass_messages.BadMassMessage, Mistake)):
            mass_messages.draft(session, channel_id=where, now=world.now, **written)


def test_many_are_grouped_so_that_nobody_is_alone():
    people: list[Any] = list(range(7))
    assert [len(group) for group in mass_jobs.grouped(people, 3)] == [3, 2, 2]
    assert [len(group) for group in mass_jobs.grouped(people[:1], 3)] == [1]
    assert sum((list(group) for group in mass_jobs.grouped(people, 3)), []) == people


def spoken_to(world: World, name: str) -> int:
    with world.siyu.database.reading() as session:
        book = touches.of(session, world.member(session, name).id)
    return sum(book.get("marketing", {}).values())


def test_a_job_leaves_out_whom_manners_spare_and_counts_the_others(world: World):
    follow(world)
    week = {"category": "marketing", "period": "week", "most": 1}
    with world.siyu.database.writing() as session:
        manners.change(session, USUAL | {"caps": [week]}, None, world.now)
    world.event("林夏", "kf_create_session", KfAccount="anna@april")
    world.work()
    first, *others = (name for name in NAMES if name != "林夏")
    hand_over(world)
    world.work()
    assert outcomes(world)["林夏"] == ("suppressed", "agent_talking")
    assert {name: spoken_to(world, name) for name in NAMES} == {first: 1, others[0]: 1, "林夏": 0}
    hand_over(world)
    world.work()
    assert outcomes(world)[first] == ("suppressed", "cap:marketing/week")
    assert {name: spoken_to(world, name) for name in NAMES} == {first: 1, others[0]: 1, "林夏": 0}
