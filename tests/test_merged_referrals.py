"""Referrals of members who are several records: who turns out to be somebody else brings nothing,
and what an inviter's other records have brought counts as hers."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.loyalty.referrals import referrals, terms, trees
from app.domain.people.members import Member
from tests.mini_world import MiniWorld
from tests.test_story_referrals import brings, earned, house, outcome, promise, time_comes

__all__ = ["house"]  # a fixture


def test_two_records_of_one_person_bring_nothing(house: MiniWorld):
    promise(house)
    brings(house, "小雨", "阿诚")
    with house.siyu.database.writing() as session:
        rain, cheng = (house.member(session, name) for name in ("小雨", "阿诚"))
        session.get_one(Member, cheng.id).same_as_id = rain.id
    time_comes(house)
    assert earned(house) == {}
    assert outcome(house) == [("refused", "one_person")]


def test_a_second_record_of_whoever_was_a_member_before_brings_nothing(house: MiniWorld):
    promise(house)
    with house.siyu.database.writing() as session:
        moments = dict.fromkeys(("created_at", "joined_at"), house.now - timedelta(days=30))
        session.add(Member(nickname="早来的", **moments))
    brings(house, "小雨", "阿诚")
    with house.siyu.database.writing() as session:
        older = session.scalars(sa.select(Member).where(Member.nickname == "早来的")).one()
        house.member(session, "阿诚").same_as_id = older.id
        older.signed_up_at = house.now
    time_comes(house)
    assert outcome(house) == [("refused", "member_before")]
    assert earned(house) == {}


def _absorbed_twice(session: Session, member: Member) -> Member:
    """A record of hers, found to be the same as one that was found to be hers."""
    for whose in (member, None):
        made = Member(nickname="", created_at=member.created_at)
        made.same_as_id = whose.id if whose else session.scalar(sa.select(sa.func.max(Member.id)))
        session.add(made)
        session.flush()
    return made


def test_the_month_has_room_for_so_many(house: MiniWorld):
    promise(house, month_max=1, stays_days=1)
    brings(house, "小雨", "阿诚")
    with house.siyu.database.writing() as session:
        rain = house.member(session, "小雨")
        held = terms.present(session)
        assert held is not None
        friend = Member(nickname="老王", created_at=house.now, signed_up_at=house.now)
        session.add(friend)
        session.flush()
        referrals.invite(session, _absorbed_twice(session, rain), friend, held, None, house.now)
    time_comes(house, timedelta(days=1))
    assert sorted(outcome(house), key=str) == [("refused", "month_full"), ("stayed", None)]


def test_whom_a_record_has_brought_that_was_absorbed_is_in_the_tree_of_the_one_that_stays(
    house: MiniWorld,
):
    promise(house, stays_days=1)
    brings(house, "小雨", "阿诚")
    time_comes(house, timedelta(days=1))
    with house.siyu.database.writing() as session:
        rain, cheng = (house.member(session, name) for name in ("小雨", "阿诚"))
        kept, between = (
            Member(nickname=name, created_at=house.now) for name in ("留下的", "中间的")
        )
        session.add_all([kept, between])
        session.flush()
        rain.same_as_id, between.same_as_id = between.id, kept.id
        session.flush()
        tree = trees.below(session, kept)
        assert [(node.member.id, node.state) for node in tree.brought] == [(cheng.id, "stayed")]
        (best,) = trees.bringers(session, 10)
        assert (best.member.id, best.friends, best.stayed) == (kept.id, 1, 1)


def test_who_brought_each_other_by_several_records_stand_in_the_tree_once(house: MiniWorld):
    promise(house)
    brings(house, "小雨", "阿诚")
    with house.siyu.database.writing() as session:
        rain, cheng = (house.member(session, name) for name in ("小雨", "阿诚"))
        other, friend = (Member(nickname=name, created_at=house.now) for name in ("另一个", "朋友"))
        session.add_all([other, friend])
        session.flush()
        other.same_as_id, other.inviter_id, friend.inviter_id = rain.id, cheng.id, other.id
        session.flush()
        tree = trees.below(session, rain)
        assert [node.member.id for node in tree.brought] == [cheng.id, friend.id]
        assert tree.size == 2, "and not herself below 阿诚"
