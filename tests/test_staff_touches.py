"""Stories of caps and messages by staff: who was certainly not told has room for something else."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from app.domain.outreach import manners, touches
from app.domain.outreach.staff_messages import Reach, StaffMessage
from app.sending import staff_jobs
from sop.manners import USUAL
from tests.test_story_gathered import gathered, told
from tests.test_story_gathered_by_staff import asked, become_contacts, by_recipient, days_later
from tests.wecom_house import CORP, CorpWorld, corp_world
from tests.wecom_world import AFANG, LAOWANG, XIAOYU

__all__ = ["corp_world"]  # a fixture
_TWO_MINUTES = timedelta(minutes=2)
ONE_A_MONTH = [{"category": "marketing", "period": "month", "most": 1}]


def counted(world: CorpWorld) -> dict[str, int]:
    """How often each was spoken to, as her book has it."""
    found = {}
    for who in (XIAOYU, LAOWANG, AFANG):
        her = world.corp_member(who)
        with world.siyu.database.reading() as session:
            book = touches.of(session, her.id)
        found[who] = sum(book.get("marketing", {}).values())
    return found


def asked_of_staff(world: CorpWorld) -> StaffMessage:
    """小雨 and 老王 through 小王, 阿芳 through 丽丽; each of them may hear of us once a month."""
    with world.siyu.database.writing() as session:
        rules = USUAL | {"quiet": None, "caps": ONE_A_MONTH}
        manners.change(session, rules, None, world.now)
    told(world, "staff", channel=CORP)
    become_contacts(world)
    gathered(world, after=_TWO_MINUTES)
    assert counted(world) == {XIAOYU: 1, LAOWANG: 1, AFANG: 1}
    return asked(world)


def change(world: CorpWorld, how: Callable[..., Any], *what: Any) -> None:
    with world.siyu.database.writing() as session:
        message = session.get_one(StaffMessage, asked(world).id)
        how(session, message, *what, world.siyu.programme.zone, world.now)


def test_what_staff_do_not_confirm_is_given_back_and_what_they_do_is_kept(
    corp_world: CorpWorld,
) -> None:
    message = asked_of_staff(corp_world)
    corp_world.corp.act("confirm_send", msgid=message.platform_id, staff="xiaowang")
    days_later(corp_world, 7.1)
    with corp_world.siyu.database.writing() as session:
        staff_jobs.give_up(session, corp_world.siyu.programme.zone, corp_world.now)
    assert by_recipient(corp_world)[AFANG] == ("failed", "not_confirmed")
    assert counted(corp_world) == {XIAOYU: 1, LAOWANG: 1, AFANG: 0}
    change(corp_world, staff_jobs.told, [AFANG], Reach.SENT)
    assert by_recipient(corp_world)[AFANG] == ("delivered", None)
    assert counted(corp_world)[AFANG] == 1, "she was told at the last moment, after all"


@pytest.mark.parametrize("how", [Reach.NO_CONTACT, Reach.TOO_MANY, Reach.REFUSED])
def test_whom_the_platform_did_not_reach_is_given_back_once(
    corp_world: CorpWorld, how: Reach
) -> None:
    asked_of_staff(corp_world)
    for _ in range(2):
        change(corp_world, staff_jobs.told, [AFANG], how)
    assert counted(corp_world) == {XIAOYU: 1, LAOWANG: 1, AFANG: 0}


def test_a_message_that_is_cancelled_gives_back_who_had_not_been_told(
    corp_world: CorpWorld,
) -> None:
    asked_of_staff(corp_world)
    change(corp_world, staff_jobs.told, [XIAOYU], Reach.SENT)
    change(corp_world, staff_jobs.cancelled)
    assert counted(corp_world) == {XIAOYU: 1, LAOWANG: 0, AFANG: 0}
    change(corp_world, staff_jobs.told, [LAOWANG], Reach.SENT)
    assert by_recipient(corp_world)[LAOWANG] == ("delivered", None), "confirmed just before"
    assert counted(corp_world) == {XIAOYU: 1, LAOWANG: 1, AFANG: 0}


def test_what_the_platform_refused_to_take_is_given_back_and_what_nobody_knows_is_not(
    corp_world: CorpWorld,
) -> None:
    ask = "/cgi-bin/externalcontact/add_msg_template"
    corp_world.fault(ask, "errcode", errcode=40063, times=1)
    with corp_world.siyu.database.writing() as session:
        rules = USUAL | {"quiet": None, "caps": ONE_A_MONTH}
        manners.change(session, rules, None, corp_world.now)
    told(corp_world, "staff", channel=CORP)
    become_contacts(corp_world)
    gathered(corp_world, after=_TWO_MINUTES)
    gathered(corp_world, after=_TWO_MINUTES)
    assert {state for state, _ in by_recipient(corp_world).values()} == {"failed"}
    assert counted(corp_world) == {XIAOYU: 0, LAOWANG: 0, AFANG: 0}
