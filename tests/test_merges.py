"""Two records become one by an operator's word, and two again: points, tags, plans and names are
where they were, and nothing makes them one behind her back."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app.domain.insight import tags
from app.domain.loyalty import points
from app.domain.loyalty.points import Balance
from app.domain.outreach.journeys.enrolments import Enrolment
from app.domain.people import members, merges
from app.domain.people.members import Identity, Member
from app.domain.people.merges import Merge
from app.inbox import InboxEvent
from app.merging import merging
from tests.console_desk import Desk, desk, stranger, translations
from tests.mini_world import MiniWorld
from tests.two_records import asked, operator, taken_back, two_records, world

__all__ = ("desk", "stranger", "translations", "world")


def everything(world: MiniWorld, *ids: int) -> dict[str, Any]:
    """What each of the records has and is."""
    with world.siyu.database.reading() as session:
        told: dict[str, Any] = {}
        for one in ids:
            member = session.get_one(Member, one)
            told[f"member {one}"] = {
                column.name: getattr(member, column.name)
                for column in Member.__table__.c
                if column.name not in ("last_seen_at", "sealed_phone")
            }
            told[f"phone {one}"] = members.phone_of(member, world.siyu.vault)
            told[f"tags {one}"] = [tag.name for tag in tags.of(session, one)]
            balance = points.balance_of(session, one)
            told[f"points {one}"] = (balance.points, balance.arrears, balance.growth)
        told["places"] = [
            (row.id, row.member_id, row.subject, row.ended_at, row.due_at, row.due_step)
            for row in session.scalars(sa.select(Enrolment).order_by(Enrolment.id))
        ]
        told["names"] = {
            one.external_id: one.member_id for one in session.scalars(sa.select(Identity))
        }
        return told


def test_what_an_operator_makes_one_has_the_points_tags_and_names_of_both(
    world: MiniWorld,
) -> None:
    older, younger = two_records(world)
    asked(world, older, younger, OperatorId=str(operator(world)))
    told = everything(world, older)
    assert told[f"points {older}"][0] == 20 + 5 + 10 + 5
    assert {"油性发质", "门店·一号店"} <= set(told[f"tags {older}"])
    assert set(told["names"].values()) == {older}
    (made,) = world.rows(Merge)
    assert (made.kept_id, made.absorbed_id, made.why) == (older, younger, merges.BY_HAND)


def test_taken_back_everything_is_where_it_was(world: MiniWorld) -> None:
    older, younger = two_records(world)
    by = str(operator(world))
    before = everything(world, older, younger)
    asked(world, older, younger, OperatorId=by)
    assert everything(world, older, younger) != before
    taken_back(world, world.rows(Merge)[0].id)
    assert everything(world, older, younger) == before


def test_taken_back_twice_is_taken_back_once_and_made_one_anew_works(world: MiniWorld) -> None:
    older, younger = two_records(world)
    asked(world, older, younger, OperatorId=str(operator(world)))
    taken_back(world, 1)
    before = everything(world, older, younger)
    taken_back(world, 1)
    assert everything(world, older, younger) == before
    asked(world, older, younger, OperatorId="1")
    taken_back(world, 2)
    assert everything(world, older, younger) == before


def test_what_was_spent_of_points_that_were_not_hers_is_owed(world: MiniWorld) -> None:
    older, younger = two_records(world)
    asked(world, older, younger, OperatorId=str(operator(world)))
    with world.siyu.database.writing() as session:
        points.spend(session, older, 38, key="cup", cause=points.Cause("test"), now=world.now)
    taken_back(world, 1)
    with world.siyu.database.reading() as session:
        hers, theirs = (points.balance_of(session, one) for one in (older, younger))
    assert (theirs.points, theirs.arrears) == (15, 0)
    assert (hers.points, hers.arrears) == (0, 38 - 25)


def test_points_that_lapsed_meanwhile_are_owed_by_nobody(world: MiniWorld) -> None:
    from app.domain.loyalty import expiry

    older, younger = two_records(world)
    with world.siyu.database.writing() as session:
        cause, until = points.Cause("test"), world.now + timedelta(days=1)
        points.award(session, younger, 7, key="k", cause=cause, expires_at=until, now=world.now)
    asked(world, older, younger, OperatorId=str(operator(world)))
    world.now += timedelta(days=2)
    with world.siyu.database.writing() as session:
        expiry.expire_due(session, world.now)
    taken_back(world, 1)
    with world.siyu.database.writing() as session:
        expiry.expire_due(session, world.now)
    balances = {one.member_id: (one.points, one.arrears) for one in world.rows(Balance)}
    assert balances == {older: (25, 0), younger: (15, 0)}


def test_what_an_operator_has_parted_is_not_made_one_behind_her_back(world: MiniWorld) -> None:
    older, younger = two_records(world)
    asked(world, older, younger, OperatorId=str(operator(world)))
    taken_back(world, 1)
    world.event("小雨", "unsubscribe")
    world.now += timedelta(minutes=1)
    world.event("小雨", "subscribe", EventKey="")
    world.work()
    assert world.rows(InboxEvent, InboxEvent.quarantined_at.is_not(None)) == []
    assert len(world.members()) == 2


def test_only_the_last_merge_can_be_taken_back(world: MiniWorld) -> None:
    older, younger = two_records(world)
    with world.siyu.database.writing() as session:
        third = Member(nickname="另一个", created_at=world.now)
        session.add(third)
        session.flush()
        third_id = third.id
    by = str(operator(world))
    asked(world, older, younger, OperatorId=by)
    asked(world, older, third_id, OperatorId=by)
    taken_back(world, 1)
    (event,) = world.rows(InboxEvent, InboxEvent.quarantined_at.is_not(None))
    assert "take that back first" in str(event.error)
    assert world.rows(Merge)[0].undone_at is None
    taken_back(world, 2)
    assert world.rows(Merge)[1].undone_at is not None


def test_two_with_unionids_of_their_own_are_two(world: MiniWorld) -> None:
    older, younger = two_records(world)
    with world.siyu.database.writing() as session:
        session.get_one(Member, younger).unionid = "oSomebodyElse"
    asked(world, older, younger, OperatorId=str(operator(world)))
    assert world.rows(Merge) == []
    assert world.rows(InboxEvent, InboxEvent.quarantined_at.is_not(None))


def test_merging_with_nobody_or_oneself_is_refused_in_words(world: MiniWorld, desk: Desk) -> None:
    older, _ = two_records(world)
    for other, said in (("", "编号"), ("x", "编号"), (str(older), "同一条"), ("999", "没有会员")):
        answer = desk.post(f"/members/{older}/merge", {"other": other}, page=f"/members/{older}")
        assert said in answer.text, other
    assert world.rows(InboxEvent, InboxEvent.kind == "merge_asked") == []


def test_nobody_takes_back_what_was_taken_back(world: MiniWorld) -> None:
    older, younger = two_records(world)
    asked(world, older, younger, OperatorId=str(operator(world)))
    with world.siyu.database.writing() as session:
        made = session.get_one(Merge, 1)
        event_id = made.event_id
        assert event_id is not None
        merging.take_back(session, made, event_id, None, world.now)
        with pytest.raises(merging.CannotBeTakenBack):
            merging.take_back(session, made, event_id, None, world.now)
