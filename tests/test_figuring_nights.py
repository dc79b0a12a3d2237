"""Nights that reckon the figures: begun again, overtaken by orders, and what follows from them."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.domain.insight import figure_changes, figure_tags, figurings, member_figures, tags
from app.domain.insight.figurings import AnotherIsAtWork
from app.domain.people.members import Member
from app.figuring import at_once, nightly, telling
from app.inbox import InboxEvent
from app.wiring import Siyu
from tests.figuring_house import DAY, FITTED, NOON, everything, house_of, meet, night, order, siyu

__all__ = ["siyu"]


def test_a_night_begun_again_changes_nothing_and_one_at_work_is_left_alone(siyu: Siyu) -> None:
    with siyu.database.writing() as session:
        for number, member_id in enumerate(meet(session, 20)):
            order(session, member_id, str(number), number * DAY, 1_000 * number)
    night(siyu)
    with siyu.database.reading() as session:
        before = everything(session)
    night(siyu)
    with siyu.database.writing() as session:
        assert everything(session) == before
        assert figurings.is_done(session, siyu.programme.business_day(NOON))
        figurings.begin(session, None, siyu.programme.business_day(NOON), NOON)
    with pytest.raises(AnotherIsAtWork):
        night(siyu)
    siyu.clock = lambda: NOON + figurings.LEASE
    night(siyu)  # it has died, and is begun anew


def test_an_order_that_comes_while_the_night_is_at_work_is_not_written_over(siyu: Siyu) -> None:
    with siyu.database.writing() as session:
        yu, cheng = meet(session, 2)
        order(session, yu, "y", 100 * DAY, 1_000)
        order(session, cheng, "c", 100 * DAY, 1_000)

    def buys_meanwhile(kind: str, _count: int) -> None:
        if kind == "orders":
            with siyu.database.writing() as session:
                order(session, yu, "y2", timedelta(0), 2_000)
                at_once.figure(session, session.get_one(Member, yu), siyu.programme, NOON)

    nightly.run(house_of(siyu), buys_meanwhile, FITTED)
    with siyu.database.reading() as session:
        hers, his = (member_figures.of(session, it) for it in (yu, cheng))
        assert hers is not None
        assert his is not None
        assert (hers.orders, hers.spent_fen, hers.figuring_id) == (2, 3_000, None)
        assert hers.r_score == 5  # by what this very night has fitted
        assert (his.orders, his.figuring_id is None) == (1, False)


def test_a_changed_stage_is_noted_and_becomes_an_event_once(siyu: Siyu) -> None:
    with siyu.database.writing() as session:
        (yu,) = meet(session, 1)
        order(session, yu, "y", 3 * DAY, 1_000)
    night(siyu, FITTED)
    siyu.clock = lambda: NOON + 60 * DAY
    night(siyu, FITTED)
    with siyu.database.writing() as session:
        changes = figure_changes.of_member(session, yu, 9)
        noted = [(it.figure, it.was, it.became) for it in changes]
        assert ("stage", "new", "churning") in noted
        assert telling.tell(session, NOON) is False
        assert telling.tell(session, NOON) is False
        events = session.scalars(
            sa.select(InboxEvent).where(InboxEvent.kind == "figures_changed")
        ).all()
        assert {int(it.fields["ChangeId"]) for it in events} == {it.id for it in changes}


def test_a_mapped_stage_gives_its_tag_to_whoever_is_in_it_and_takes_it_back(siyu: Siyu) -> None:
    with siyu.database.writing() as session:
        yu, cheng = meet(session, 2)
        order(session, yu, "y", 3 * DAY, 1_000)
        order(session, cheng, "c", 300 * DAY, 1_000)
        figure_tags.map_to(session, "stage", "new", "新客", NOON)
        figure_tags.map_to(session, "stage", "lost", "流失", NOON)
        by_hand = tags.named(session, "流失", "member_cycle", NOON)
        given = {"rule": "by_hand", "rule_version": None, "event_id": None, "now": NOON}
        tags.give(session, yu, by_hand.id, **given)
    night(siyu, FITTED)
    with siyu.database.writing() as session:
        assert {tag.name for tag in tags.of(session, yu)} == {"新客", "流失"}
        assert {tag.name for tag in tags.of(session, cheng)} == {"流失"}
        held = session.execute(sa.select(tags.MemberTag.rule, tags.MemberTag.rule_version)).all()
        assert ("figures:stage", 1) in [tuple(row) for row in held]
        figure_tags.map_to(session, "stage", "new", "", NOON)
    night(siyu, FITTED)
    with siyu.database.reading() as session:
        assert {tag.name for tag in tags.of(session, yu)} == {"流失"}  # somebody gave it to her
