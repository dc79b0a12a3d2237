"""Stories of routes: the first way that is allowed is taken, and why each other was not is kept."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app import worker
from app.domain.outreach import message_templates
from app.domain.outreach.allowances import limit_table, limits
from app.domain.outreach.journeys import plans
from app.domain.outreach.message_templates import Listed
from app.domain.people import members
from app.domain.people.members import Identity
from app.outbox import OutboxMessage
from app.sending import route_checks
from tests import direct_world
from tests.console_desk import Desk
from tests.direct_world import Providers
from tests.shop import OPENIDS
from tests.world import World

TEMPLATE = "/cgi-bin/message/template/send"
BIRTHDAY = {
    "template_id": "sandbox-birthday",
    "data": {"thing1": "{nickname|亲}", "time2": "12:00"},
}
BY_TEMPLATE = {"way": "template", "message": {"kind": "template", "content": BIRTHDAY}}
BY_SUBSCRIBE = {
    "way": "subscribe",
    "message": {
        "kind": "subscribe",
        "content": {"template_id": "sandbox-order", "data": {"thing1": "巴旦木"}},
    },
}
BY_SMS = {"way": "sms", "message": {"kind": "sms", "content": {"params": ["{nickname|亲}"]}}}
LATER = {"kind": "after", "minutes": 60}


@pytest.fixture
def providers(world: World, tmp_path: Path) -> Iterator[Providers]:
    with direct_world.opened(world, tmp_path) as providers:
        yield providers


def told(world: World, *route: Any, when: Any = LATER) -> None:
    """A running plan of one step that says hello over these ways, an hour after she joins."""
    step = {"name": "问候", "when": when, "route": list(route)}
    step["message"] = {"kind": "text", "content": {"text": "您好"}}
    definition = {"audience": "member", "trigger": "joined", "steps": [step]}
    with world.siyu.database.writing() as session:
        where = world.channel(session).id
        plan = plans.draft(
            session, name="问候", channel_id=where, definition=definition, now=world.now
        )
        plans.move_to(session, plan, plans.State.RUNNING, world.now)


def approve(world: World, *ids: tuple[str, str]) -> None:
    """An operator has pulled these templates of the account."""
    listed = [Listed(way, template_id, template_id, "{{thing1.DATA}}") for way, template_id in ids]
    with world.siyu.database.writing() as session:
        message_templates.keep(session, world.channel(session).id, listed, world.now)


def an_hour_later(world: World) -> None:
    world.now += timedelta(hours=1)
    world.work()


def said(world: World) -> OutboxMessage:
    (row,) = world.rows(OutboxMessage, OutboxMessage.purpose == "plan")
    return row


def passed_over(world: World) -> list[tuple[str, str]]:
    return [(one["way"], one["reason"]) for one in said(world).passed_over or []]


def identity(world: World, session: Any) -> Identity:
    found = members.identity_of(session, world.channel(session).id, OPENIDS["小雨"])
    assert found is not None
    return found


def test_while_her_window_is_open_she_gets_a_customer_service_message(world: World):
    told(world, "customer_service", BY_TEMPLATE)
    world.event("小雨", "subscribe", EventKey="")
    world.says("小雨", "在吗")
    world.work()
    an_hour_later(world)
    assert "您好" in world.heard("小雨")
    assert passed_over(world) == []
    assert [one["way"] for one in said(world).ways_left or []] == ["template"]


def test_once_it_is_closed_she_gets_a_template_message(world: World):
    approve(world, ("template", "sandbox-birthday"))
    told(world, "customer_service", BY_TEMPLATE)
    world.event("小雨", "subscribe", EventKey="")
    world.work()
    an_hour_later(world)
    assert (said(world).state, said(world).way) == ("accepted", "template")
    assert passed_over(world) == [("customer_service", "window_closed")]
    (accepted,) = [one for one in world.sent(OPENIDS["小雨"]) if one["api"] == TEMPLATE]
    assert accepted["content"]["data"]["thing1"]["value"] == "亲"


def test_who_has_not_agreed_to_a_template_gets_an_sms_she_has_agreed_to(
    world: World, providers: Providers
):
    approve(world, ("subscribe", "sandbox-order"))
    told(world, BY_SUBSCRIBE, BY_SMS)
    direct_world.is_known(world, "小雨", "sms")
    an_hour_later(world)
    assert passed_over(world) == [("subscribe", "not_subscribed")]
    (sms,) = providers.sent()
    assert sms["kind"] == "sms"
    assert said(world).kind == "sms"


def test_where_there_is_no_way_each_reason_is_kept(world: World, providers: Providers):
    told(world, "customer_service", BY_TEMPLATE, "mass", BY_SUBSCRIBE, BY_SMS)
    direct_world.is_known(world, "小雨", "mail")
    with world.siyu.database.writing() as session:
        limits.change(session, limit_table.MASS_A_MONTH, 0)
    an_hour_later(world)
    assert (said(world).state, said(world).reason) == ("suppressed", "no_way")
    assert passed_over(world) == [
        ("customer_service", "window_closed"),
        ("template", "template_not_approved"),
        ("mass", "mass_month_used_up"),
        ("subscribe", "template_not_approved"),
        ("sms", "no_consent:sms"),
    ]
    assert providers.sent() == []


def test_her_timeline_says_which_way_was_taken_and_why_no_other_was(world: World, desk: Desk):
    approve(world, ("template", "sandbox-birthday"))
    told(world, "customer_service", BY_TEMPLATE)
    world.event("小雨", "subscribe", EventKey="")
    world.work()
    an_hour_later(world)
    page = desk.read(f"/members/{said(world).member_id}")
    assert "方式 模板消息；没有用 客服消息（窗口期内）：平台的客服消息窗口已关闭" in page


def test_a_window_that_closes_before_the_message_is_sent_leads_to_the_next_way(world: World):
    approve(world, ("template", "sandbox-birthday"))
    told(world, "customer_service", BY_TEMPLATE)
    world.event("小雨", "subscribe", EventKey="")
    world.says("小雨", "在吗")
    world.work()
    world.now += timedelta(hours=1)
    worker.run_plans(world.siyu)
    assert said(world).way == ""
    key = said(world).key
    with world.siyu.database.writing() as session:
        identity(world, session).chat_left = 0
    world.work()
    assert (said(world).state, said(world).way, said(world).key) == ("accepted", "template", key)
    assert passed_over(world) == [("customer_service", "window_closed")]


def test_what_the_platform_certainly_refused_goes_on(world: World, providers: Providers):
    told(world, "customer_service", BY_SMS)
    direct_world.is_known(world, "小雨", "sms")
    world.says("小雨", "在吗")
    world.work()
    world.fault("/cgi-bin/message/custom/send", "errcode", errcode=45015, times=1)
    an_hour_later(world)
    assert said(world).kind == "sms"
    assert passed_over(world) == [("customer_service", "window_closed")]
    assert len(providers.sent()) == 1


def test_what_may_have_been_accepted_never_goes_on(world: World, providers: Providers):
    told(world, "customer_service", BY_SMS)
    direct_world.is_known(world, "小雨", "sms")
    world.says("小雨", "在吗")
    world.work()
    world.fault("/cgi-bin/message/custom/send", "lost", times=1)
    an_hour_later(world)
    assert said(world).state == "unknown"
    assert providers.sent() == []


def test_what_is_wrong_with_a_route_is_known_before_anybody_is_told(world: World):
    personal = {"kind": "text", "content": {"text": "{nickname|亲}，您好"}}
    elsewhere = {"way": "customer_service", "channel": "nowhere"}
    route = ["customer_service", elsewhere, "staff", "mass", BY_TEMPLATE, BY_SUBSCRIBE]
    inner = {"name": "问候", "when": LATER, "message": personal, "route": route}
    branch = {"name": "分", "when": LATER, "branch": {"if": {"tag": "x"}, "then": [inner]}}
    definition = {"audience": "member", "trigger": {"kind": "joined"}, "steps": [branch]}
    approve(world, ("template", "sandbox-birthday"))
    with world.siyu.database.reading() as session:
        channel = world.channel(session)
        found = list(route_checks.problems_in(session, channel, definition, "member"))
    at = "steps[0].branch.then[0].route"
    assert [one.path for one in found] == [
        f"{at}[1].channel",
        f"{at}[2].channel",
        f"{at}[3]",
        f"{at}[5].message.content.template_id",
    ]


def test_without_a_route_the_usual_way_has_to_be_able_to_say_it(world: World):
    step = {"name": "问候", "when": LATER, "message": BY_TEMPLATE["message"]}
    definition = {"audience": "member", "trigger": {"kind": "joined"}, "steps": [step]}
    with world.siyu.database.reading() as session:
        channel = world.channel(session)
        (found,) = route_checks.problems_in(session, channel, definition, "member")
    assert (found.path, found.en) == (
        "steps[0].message",
        "this channel cannot send this kind of message",
    )
