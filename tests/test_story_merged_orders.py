"""Stories of orders that are told of late, of one who was several records when they were paid: each
goes by how the record stood that paid."""

from typing import Any

import pytest

from app import inbox
from app.domain.insight import tags
from app.domain.loyalty.earning import kinds
from app.domain.loyalty.earning.earnings import Earning
from app.domain.people import operators
from app.domain.people.members import Member
from app.domain.people.merges import Merge
from tests import standing_world as at
from tests.shop import OPENIDS
from tests.test_story_late_orders import SPEND, claims, rule, sold
from tests.test_story_tiers import benefit
from tests.world import World

GOLD_FEN = 250_000


@pytest.fixture
def three(world: World) -> World:
    """小雨, 林夏 and 阿诚 are records of one person, though nobody knows it yet. 阿诚 is gold from
    the 5th on. Gold counts double."""
    with world.siyu.database.writing() as session:
        operators.add(session, "may@shop.example", "五月", "correct horse", world.now)
    rule(world, kinds.ORDER, 1, tier_factor=True)
    rule(world, kinds.CLAIM, window_days=60)
    at.come(world, "小雨", "林夏", "阿诚")
    at.begin(world, SPEND)
    benefit(world, "gold", points_factor=200)
    world.at(5)
    at.order(world, "阿诚", "UP", GOLD_FEN)
    return world


def record(world: World, name: str) -> int:
    with world.siyu.database.reading() as session:
        return world.member(session, name).id


def told(world: World, kind: str, key: str, subject_id: int, **fields: Any) -> None:
    with world.siyu.database.writing() as session:
        about: dict[str, Any] = {"subject": f"member:{subject_id}", "member_id": subject_id}
        inbox.receive_own(
            session, key=key, kind=kind, fields=fields | {"OperatorId": "1"}, now=world.now, **about
        )
    world.work()


def become_one(world: World, kept_id: int, absorbed_id: int) -> None:
    with world.siyu.database.writing() as session:
        session.get_one(Member, absorbed_id).unionid = None  # or they were two for certain
    key = f"merge:{kept_id}:{absorbed_id}"
    told(world, "merge_asked", key, kept_id, OtherId=str(absorbed_id))


def earned(world: World, order_no: str) -> dict[str, int]:
    act = f"order:youzan:{order_no}"
    return {one.rule: one.amount for one in world.rows(Earning) if one.act == act}


def paid(world: World, order_no: str, day: int, **named: Any) -> dict[str, int]:
    """What an order of a hundred yuan that a shop tells of now has brought."""
    paid_at = (at.on("2026-11-01") + at.days(day - 1)).isoformat()
    fields = {"source": "youzan", "order_no": order_no, "paid_at": paid_at}
    with world.siyu.database.writing() as session:
        inbox.receive_own(
            session,
            key=f"order:youzan:{order_no}",
            kind="order_paid",
            subject=f"order:youzan:{order_no}",
            fields=fields | {"amount_fen": 10_000, "lines": []} | named,
            now=world.now,
        )
    world.work()
    return earned(world, order_no)


def openid(world: World, name: str) -> dict[str, Any]:
    with world.siyu.database.reading() as session:
        return {"channel_id": world.channel(session).id, "openid": OPENIDS[name]}


BASE, DOUBLE = {"order": 100}, {"order": 100, "tier": 100}


def test_an_order_goes_by_the_record_that_it_names(three: World) -> None:
    world = three
    hers, his = record(world, "小雨"), record(world, "阿诚")
    world.at(15)
    become_one(world, hers, his)
    assert at.tier(world, "小雨") == "gold"
    world.at(20)
    assert paid(world, "HERS", 10, **openid(world, "小雨")) == BASE
    assert paid(world, "HIS", 10, **openid(world, "阿诚")) == DOUBLE
    assert paid(world, "HIS-EARLY", 4, **openid(world, "阿诚")) == BASE
    assert paid(world, "ONE-BY-NOW", 17, **openid(world, "小雨")) == DOUBLE
    assert paid(world, "BY-ID", 10, member_id=his) == DOUBLE
    assert paid(world, "BY-HER-ID", 10, member_id=hers) == BASE


def test_where_it_names_nobody_she_is_not_to_lose_by_it(three: World) -> None:
    world = three
    hers, his = record(world, "小雨"), record(world, "阿诚")
    world.at(15)
    become_one(world, hers, his)
    world.at(20)
    for order_no, day in (("ANYBODYS", 10), ("ANYBODYS-EARLY", 4)):
        sold(world, order_no, 10_000, day)
    assert claims(world, "小雨", "ANYBODYS") == DOUBLE
    assert claims(world, "小雨", "ANYBODYS-EARLY") == BASE


def test_a_record_that_had_become_another_before_stood_as_that_one(three: World) -> None:
    world = three
    hers, other, his = (record(world, name) for name in ("小雨", "林夏", "阿诚"))
    world.at(12)
    become_one(world, other, his)
    world.at(15)
    become_one(world, hers, other)
    world.at(20)
    assert paid(world, "HIS", 10, **openid(world, "阿诚")) == DOUBLE
    assert paid(world, "OTHERS", 10, **openid(world, "林夏")) == BASE
    assert paid(world, "BOTH", 13, **openid(world, "林夏")) == DOUBLE
    assert paid(world, "HERS", 13, **openid(world, "小雨")) == BASE


def test_told_apart_again_each_has_a_past_of_its_own(three: World) -> None:
    world = three
    hers, his = record(world, "小雨"), record(world, "阿诚")
    world.at(15)
    become_one(world, hers, his)
    world.at(18)
    told(world, "merge_taken_back", "back", hers, MergeId=str(world.rows(Merge)[0].id))
    world.at(20)
    assert paid(world, "HIS", 10, **openid(world, "阿诚")) == DOUBLE
    assert paid(world, "HERS", 10, **openid(world, "小雨")) == BASE


def test_tags_are_those_of_all_her_records(three: World) -> None:
    world = three
    hers, his = record(world, "小雨"), record(world, "阿诚")
    days = {"from": "2026-11-01", "until": "2026-11-30"}
    rule(world, kinds.CAMPAIGN, factor=150, tags=["控油"], **days)
    with world.siyu.database.writing() as session:
        tag = tags.named(session, "控油", "preference", world.now)
        about: dict[str, Any] = {"rule": "test", "rule_version": None, "event_id": None}
        tags.give(session, his, tag.id, **about, now=at.on("2026-11-06"))
        tags.give(session, hers, tag.id, **about, now=at.on("2026-11-12"))
    world.at(15)
    become_one(world, hers, his)
    world.at(20)
    named = openid(world, "小雨")
    assert paid(world, "BEFORE", 5, **named) == BASE
    assert paid(world, "HIS-TAG", 10, **named) == BASE | {"campaign": 50}
