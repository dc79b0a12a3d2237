"""Direct lines at the desk: an operator notes an address and a consent, sends one message by hand,
and all of it is on record, without the address."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.people import consents
from app.domain.people.channels import Channel
from app.domain.people.members import Member
from app.domain.people.operators import AuditEntry
from app.outbox import OutboxMessage
from tests import direct_world
from tests.console_desk import Desk
from tests.direct_world import SMS_T, Providers
from tests.world import World

ONCE = "0" * 32


@pytest.fixture
def providers(world: World, tmp_path: Path) -> Iterator[Providers]:
    with direct_world.opened(world, tmp_path) as opened:
        yield opened


def by_hand(world: World, **more: str) -> dict[str, str]:
    (channel,) = world.rows(Channel, Channel.key == SMS_T)
    return {"channel_id": str(channel.id), "params": "{nickname|亲}", "once": ONCE} | more


def test_one_message_by_hand_is_sent_once_however_often_the_form_is(
    world: World, desk: Desk, providers: Providers
) -> None:
    member_id = direct_world.is_known(world)
    page = f"/members/{member_id}"
    for _ in range(2):
        sent = desk.post(f"{page}/direct", by_hand(world), page=page)
        assert sent.status_code == 303
    world.work()
    (accepted,) = providers.sent()
    assert accepted["content"]["TemplateParamSet"] == ["亲"]
    (entry,) = world.rows(AuditEntry, AuditEntry.action == "direct.send")
    assert entry.subject == f"member:{member_id}"


def test_a_message_by_hand_needs_her_consent_too(
    world: World, desk: Desk, providers: Providers
) -> None:
    member_id = direct_world.is_known(world, "小雨", "mail")
    page = f"/members/{member_id}"
    desk.post(f"{page}/direct", by_hand(world), page=page)
    world.work()
    (message,) = world.rows(OutboxMessage, OutboxMessage.purpose == "by_hand")
    assert (message.state, message.reason) == ("suppressed", "no_consent:sms")


def test_consent_is_noted_and_withdrawn(world: World, desk: Desk, providers: Providers) -> None:
    member_id = direct_world.is_known(world, "小雨", "mail")
    page = f"/members/{member_id}"
    for agreed in ("yes", "no"):
        desk.post(f"{page}/consents/sms", {"agreed": agreed}, page=page)
        with world.siyu.database.reading() as session:
            assert consents.holds(session, member_id, "sms") is (agreed == "yes")
    actions = [entry.action for entry in world.rows(AuditEntry)]
    assert actions == ["consent.give", "consent.withdraw"]


def test_a_mail_address_is_kept_sealed_and_shown_masked(
    world: World, desk: Desk, providers: Providers
) -> None:
    member_id = direct_world.is_known(world)
    page = f"/members/{member_id}"
    desk.post(f"{page}/email", {"email": "new@example.com"}, page=page)
    assert "n***@example.com" in desk.read(page)
    assert "new@example.com" not in desk.read(page)
    (member,) = world.rows(Member, Member.id == member_id)
    assert b"new@example.com" not in (member.sealed_email or b"")
    assert "new@example.com" not in str([entry.details for entry in world.rows(AuditEntry)])
    desk.post(f"{page}/email", {"email": "not an address"}, page=page)
    assert "n***@example.com" in desk.read(page)
