"""Stories of recall: who left the chat is brought back by SMS, by call or by mail, if she agreed to
it, at a decent hour, once; and what became of it comes back through the inbox."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app import outbox
from app.domain.outreach.journeys import plans
from app.domain.outreach.journeys.plans import Plan
from app.domain.people import consents
from app.domain.people.members import Member
from app.inbox import InboxEvent
from app.outbox import OutboxMessage
from app.sending import direct_lines, reports
from tests import direct_world
from tests.direct_world import CALL_A, CALL_T, PHONE, SMS_A, SMS_T, TOKEN, Providers, until
from tests.world import World

NAMED = {SMS_T: "{nickname|亲}", SMS_A: "name={nickname|亲}"}
NAMED |= {CALL_T: NAMED[SMS_T], CALL_A: NAMED[SMS_A]}


@pytest.fixture
def providers(world: World, tmp_path: Path) -> Iterator[Providers]:
    with direct_world.opened(world, tmp_path, unreachable=["13800000002"]) as opened:
        yield opened


def recall(world: World, channel: str, **content: Any) -> Plan:
    """A running plan that speaks to who leaves, at once."""
    kind = "call" if channel in (CALL_T, CALL_A) else "sms"
    said = content or {"params": [NAMED[channel]]}
    definition = {
        "audience": "member",
        "trigger": "left",
        "steps": [
            {
                "name": "召回",
                "when": {"kind": "after", "minutes": 0},
                "message": {"kind": kind, "content": said},
            }
        ],
    }
    with world.siyu.database.writing() as session:
        plan = plans.draft(
            session,
            name=f"召回 {channel}",
            channel_id=world.channel(session, channel).id,
            definition=definition,
            now=world.now,
        )
        plans.move_to(session, plan, plans.State.RUNNING, world.now)
        return plan


def leaves(world: World, name: str = "小雨") -> None:
    world.event(name, "unsubscribe")
    world.work()


def told(world: World) -> list[tuple[str, str | None]]:
    """State and reason of everything that was to go over a direct line."""
    messages = world.rows(OutboxMessage, OutboxMessage.purpose == "plan")
    return [(message.state, message.reason) for message in messages]


def is_reported(world: World) -> bool:
    return bool(world.rows(InboxEvent, InboxEvent.kind == "report"))


@pytest.mark.parametrize("channel", [SMS_T, SMS_A, CALL_T, CALL_A])
def test_who_leaves_is_recalled_and_the_report_says_that_it_arrived(
    world: World, providers: Providers, channel: str
) -> None:
    direct_world.is_known(world)
    recall(world, channel)
    leaves(world)
    (accepted,) = providers.sent()
    assert accepted["account"] == channel
    assert "亲" in str(accepted["content"])
    until(lambda: is_reported(world))
    world.work()
    assert told(world) == [("delivered", None)]


@pytest.mark.parametrize("channel", [SMS_T, SMS_A, CALL_T, CALL_A])
def test_a_report_of_failure_says_why(world: World, providers: Providers, channel: str) -> None:
    direct_world.is_known(world, "阿诚")
    recall(world, channel)
    leaves(world, "阿诚")
    until(lambda: is_reported(world))
    world.work()
    ((state, reason),) = told(world)
    assert state == "failed"
    assert (reason or "").startswith("not_delivered:")


def test_no_table_holds_her_number(world: World, providers: Providers) -> None:
    direct_world.is_known(world)
    recall(world, SMS_T)
    leaves(world)
    until(lambda: is_reported(world))
    world.work()
    (message,) = world.rows(OutboxMessage, OutboxMessage.recipient.like("member:%"))
    (report,) = world.rows(InboxEvent, InboxEvent.kind == "report")
    assert PHONE not in f"{message.recipient} {message.content} {message.reason}"
    assert PHONE not in f"{report.key} {report.sender} {report.fields}"
    assert report.fields["Phone"] == "138****0001"
    assert report.member_id == message.member_id


def test_without_her_consent_to_sms_none_is_sent(world: World, providers: Providers) -> None:
    direct_world.is_known(world, "小雨", "mail")
    recall(world, SMS_T)
    leaves(world)
    assert told(world) == [("suppressed", "no_consent:sms")]
    assert providers.sent() == []


def test_consent_withdrawn_before_the_morning_counts(world: World, providers: Providers) -> None:
    member_id = direct_world.is_known(world)
    world.at(2, "22:00")
    recall(world, SMS_T)
    leaves(world)
    with world.siyu.database.writing() as session:
        assert consents.withdraw(session, member_id, "sms", world.now)
    world.at(3, "09:00")
    world.work()
    assert told(world) == [("suppressed", "no_consent:sms")]


@pytest.mark.parametrize(("day", "clock"), [(2, "21:00"), (2, "23:59"), (3, "03:00"), (3, "08:59")])
def test_at_night_no_phone_buzzes_and_in_the_morning_it_does(
    world: World, providers: Providers, day: int, clock: str
) -> None:
    direct_world.is_known(world)
    recall(world, SMS_T)
    world.at(day, clock)
    leaves(world)
    assert (providers.sent(), told(world)) == ([], [("planned", "quiet_hours")])
    world.at(3, "09:00")
    world.work()
    assert len(providers.sent()) == 1


def test_one_sms_a_day_whichever_account_it_comes_from(world: World, providers: Providers) -> None:
    direct_world.is_known(world)
    recall(world, SMS_T)
    recall(world, SMS_A)
    leaves(world)
    assert [message["account"] for message in providers.sent()] == [SMS_T]
    world.at(3, "12:00")
    world.work()
    assert [message["account"] for message in providers.sent()] == [SMS_T, SMS_A]


def test_an_sms_does_not_keep_a_call_from_her(world: World, providers: Providers) -> None:
    direct_world.is_known(world)
    recall(world, SMS_T)
    recall(world, CALL_T)
    leaves(world)
    assert {message["account"] for message in providers.sent()} == {SMS_T, CALL_T}


def test_who_came_back_is_not_recalled(world: World, providers: Providers) -> None:
    direct_world.is_known(world)
    recall(world, SMS_T)
    world.at(2, "22:00")
    leaves(world)
    world.event("小雨", "subscribe")
    world.work()
    world.at(3, "09:00")
    world.work()
    assert told(world) == [("suppressed", "came_back")]
    assert providers.sent() == []


@pytest.mark.parametrize("words", ["TD", "退订", " t ", "拒收！"])
def test_who_answers_with_no_more_gets_no_more(
    world: World, providers: Providers, words: str
) -> None:
    direct_world.is_known(world)
    reply = {"mobile": PHONE, "nationcode": "86", "sign": "四月", "text": words, "time": 1793620000}
    assert push(world, SMS_T, reply) == (200, {"result": 0, "errmsg": "OK"})
    world.work()
    recall(world, SMS_T)
    leaves(world)
    assert told(world) == [("suppressed", "opted_out")]
    (member,) = world.rows(Member, Member.opted_out_at.is_not(None))
    (event,) = world.rows(InboxEvent, InboxEvent.kind == "sms_reply")
    assert event.member_id == member.id


def test_another_answer_is_kept_and_changes_nothing(world: World, providers: Providers) -> None:
    direct_world.is_known(world)
    reply = {"phone_number": PHONE, "content": "好的，谢谢", "sequence_id": "7"}
    assert push(world, SMS_A, [reply]) == (200, {"code": 0, "msg": "OK"})
    world.work()
    assert world.rows(Member, Member.opted_out_at.is_not(None)) == []


def push(world: World, channel: str, body: Any, token: str = TOKEN) -> tuple[int, Any]:
    answer = world.client.post(f"/callback/{channel}", query_string={"token": token}, json=body)
    return answer.status_code, answer.json


def test_a_report_that_comes_before_our_own_acceptance_is_not_lost(world: World) -> None:
    """The provider is quicker than our database."""
    settings = direct_world.SETTINGS[SMS_T]
    nowhere = "http://127.0.0.1:9"
    direct_world.add_channel(
        world, SMS_T, "sms_tencent", "1", nowhere, settings=settings, secret="s"
    )
    member_id = direct_world.is_known(world)
    report = {"mobile": PHONE, "nationcode": "86", "report_status": "SUCCESS", "sid": "5:1"}
    push(world, SMS_T, [report])
    world.work()
    with world.siyu.database.writing() as session:
        message = accepted_message(world, session, member_id, "5:1")
        reports.expect(session, message, "sms_tencent", world.now)
        assert message.state == "delivered"


def accepted_message(world: World, session: Any, member_id: int, platform_id: str) -> OutboxMessage:
    message_id = outbox.put(
        session,
        direct_lines.address(world.channel(session, SMS_T).id, member_id),
        key="by hand",
        purpose="by_hand",
        kind="sms",
        content={},
        cause=outbox.Cause("by_hand"),
        now=world.now,
    )
    message = session.get_one(OutboxMessage, message_id)
    message.state, message.platform_id = outbox.State.ACCEPTED, platform_id
    return message


def test_a_report_without_the_secret_of_the_address_is_a_forgery(
    world: World, providers: Providers
) -> None:
    report = {"mobile": PHONE, "nationcode": "86", "report_status": "SUCCESS", "sid": "5:1"}
    for token in ("", "guessed", TOKEN + "x", "ü\ud800".encode("utf-8", "replace").decode()):
        assert push(world, SMS_T, [report], token)[0] == 403
    assert world.client.post(f"/callback/{SMS_T}", json=[report]).status_code == 403
    assert not is_reported(world)
