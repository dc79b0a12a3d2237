"""At night whatever callbacks were lost is put right: contacts, parting, groups, staff."""

from datetime import timedelta

from app.clockwork import nights
from app.domain.people.contacts import Contact
from app.domain.people.groups import Group
from app.domain.people.staff import Staff
from app.inbox import InboxEvent
from app.outbox import OutboxMessage
from tests.wecom_house import CORP, CorpWorld, corp_world
from tests.wecom_world import AFANG, CHAT, LAOWANG, XIAOYU

__all__ = ["corp_world"]


def night(world: CorpWorld, number: int = 1) -> None:
    """Three in the morning, after the account was added; each ``number`` is a night of its own."""
    with world.siyu.database.writing() as session:
        added_on = world.siyu.programme.business_day(world.channel(session, CORP).created_at)
        day = added_on + timedelta(days=2 * number)
        nights.begin(session, world.siyu.programme, day, world.now)
    world.work()


def living(world: CorpWorld) -> int:
    return len(world.rows(Contact, Contact.ended_at.is_(None)))


def test_whoever_was_there_already_is_found_without_a_word(corp_world: CorpWorld):
    night(corp_world)
    assert corp_world.corp_member(AFANG).nickname == "阿芳"
    assert [one.name for one in corp_world.rows(Staff)] == ["小王", "丽丽"]
    assert corp_world.in_group(CHAT) == {LAOWANG}
    (group,) = corp_world.rows(Group)
    assert group.name == "巧克力群"
    assert corp_world.sent() == []


def test_who_came_while_the_callback_was_lost_joins_at_night(corp_world: CorpWorld):
    corp_world.fault("callback:wecom", "lost", times=1)
    corp_world.corp.act("add", "小雨", staff="xiaowang", state="store_01")
    night(corp_world)
    member = corp_world.corp_member(XIAOYU)
    assert (member.unionid, member.left_at) == ("u-1", None)
    assert member.joined_at is not None
    assert corp_world.tags_of(XIAOYU) == ["门店·一号店"]
    assert corp_world.sent(XIAOYU) == []  # it is too late to welcome her


def test_who_was_deleted_while_the_callback_was_lost_has_left(corp_world: CorpWorld):
    corp_world.corp.act("add", "小雨", staff="xiaowang")
    corp_world.work()
    corp_world.fault("callback:wecom", "lost", times=1)
    corp_world.corp.act("delete_contact", "小雨", staff="xiaowang")
    corp_world.now += timedelta(minutes=1)
    night(corp_world)
    (gone,) = corp_world.rows(Contact, Contact.ended_at.is_not(None))
    assert gone.ended_by == "untold"
    assert corp_world.corp_member(XIAOYU).left_at is not None


def test_whom_she_deleted_does_not_come_back_at_night(corp_world: CorpWorld):
    corp_world.corp.act("add", "小雨", staff="xiaowang")
    corp_world.corp.act("delete_staff", "小雨", staff="xiaowang")
    corp_world.work()
    night(corp_world)
    assert corp_world.corp_member(XIAOYU).left_at is not None


def test_a_night_that_comes_again_changes_nothing(corp_world: CorpWorld):
    corp_world.corp.act("add", "小雨", staff="xiaowang")
    night(corp_world)
    found, events = living(corp_world), len(corp_world.rows(InboxEvent))
    night(corp_world)
    assert len(corp_world.rows(InboxEvent)) == events
    night(corp_world, 2)
    assert living(corp_world) == found
    kinds = {event.kind for event in corp_world.rows(InboxEvent)[events:]}
    assert not kinds & {"contact_found", "contact_missing", "group_joined", "group_left"}


def test_a_night_that_is_cut_off_goes_on_where_it_was(corp_world: CorpWorld):
    corp_world.fault("/cgi-bin/externalcontact/batch/get_by_user", "lost", times=1)
    night(corp_world)
    assert living(corp_world) == 0
    corp_world.now += timedelta(minutes=10)
    corp_world.work()
    assert living(corp_world) == 1
    assert {row.state for row in corp_world.rows(OutboxMessage)} == {"accepted"}
