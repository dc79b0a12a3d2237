"""Imported orders of one member that wait behind each other are worked through together: it comes
to what it comes to one after another, and one that cannot be handled takes no other with it."""

import random
import threading
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from app import handlers, inbox, lanes
from app.db import Database, engine_of
from app.domain.insight.member_figures import MemberFigures
from app.domain.loyalty import orders as shop_orders
from app.domain.loyalty.earning import kinds, rules
from app.domain.loyalty.earning.earnings import Earning
from app.domain.loyalty.orders import Buyer, Order
from app.domain.loyalty.points import PointsEntry
from app.domain.people import members
from app.domain.people.members import Member
from app.inbox import InboxEvent
from tests import standing_world as at
from tests.test_order_imports import JD, YOUZAN, brought
from tests.test_story_late_orders import rule
from tests.test_story_memberships import SKU, card
from tests.test_story_segments import segment
from tests.world import World

NOW = datetime(2026, 11, 2, 4, tzinfo=UTC)
PHONES = {"小雨": "13800000001", "阿诚": "13800000002"}
# day of November, what was paid and what of it was paid back, in yuan
HISTORY = ((2, 60, 0), (2, 150, 30), (3, 88, 88), (4, 240, 0), (9, 19, 0), (10, 700, 100))


@pytest.fixture
def shop(world: World) -> World:
    world.at(20)
    at.come(world, *PHONES)
    for name, phone in PHONES.items():
        with world.siyu.database.writing() as session:
            members.keep_phone(world.member(session, name), phone, world.siyu.vault)
            world.member(session, name).joined_at = at.on("2026-10-01")
    rule(world, kinds.ORDER, 1, tier_factor=True, caps={"day": 180})
    rule(world, kinds.MEMBER_DAY, factor=200, weekdays=[1])
    return world


def bring(world: World, name: str, orders: Iterable[tuple[str, tuple[int, int, int]]]) -> None:
    """An export that tells of these orders of hers."""
    brought(world, [YOUZAN[0], *(_line(name, number, *sold) for number, sold in orders)])


def _line(name: str, number: str, day: int, yuan: int, back: int) -> str:
    paid = f"{number},交易完成,普通订单,2026-11-{day:02} 12:00:00,1,洗发水,{yuan}.00,{yuan}.00"
    return f"{paid},林,{PHONES[name]},{back}.00"


def hers(world: World, name: str) -> dict[str, Any]:
    """What her orders have brought her, whichever numbers they have."""
    with world.siyu.database.reading() as session:
        member_id = world.member(session, name).id
        figures = session.get_one(MemberFigures, member_id)
    earned = world.rows(Earning, Earning.member_id == member_id, Earning.order_id.is_not(None))
    booked = world.rows(PointsEntry, PointsEntry.member_id == member_id)
    return {
        "earned": [(one.rule, one.wanted, one.room, one.kept, one.earned_on) for one in earned],
        "booked": sorted((one.kind, one.rule, one.amount, one.growth) for one in booked),
        "points": world.balance(name).points,
        "tier": at.tier(world, name),
        "figures": (figures.orders, figures.spent_fen, figures.stage, figures.rfm_segment),
    }


def waiting(world: World) -> int:
    kind = InboxEvent.kind == "order_imported"
    return len(world.rows(InboxEvent, kind, InboxEvent.handled_at.is_(None)))


def test_together_comes_to_the_same_as_one_after_another(shop: World) -> None:
    for number, sold in enumerate(HISTORY):
        bring(shop, "小雨", [(f"A{number}", sold)])
        shop.work()
    bring(shop, "阿诚", [(f"B{number}", sold) for number, sold in enumerate(HISTORY)])
    shop.work()
    assert hers(shop, "阿诚") == hers(shop, "小雨")
    assert hers(shop, "阿诚")["tier"] == "gold"
    assert waiting(shop) == 0


@pytest.mark.parametrize("seed", range(3))
def test_found_or_paid_back_together_comes_to_the_same_as_one_by_one(
    shop: World, seed: int
) -> None:
    """阿诚's phone is known only when all of his orders are there, and what is paid back of them
    later comes in one table; 小雨's come, and go, one after another."""
    dice = random.Random(seed)
    days = sorted(dice.randint(2, 18) for _ in range(9))
    paid = [(day, dice.randint(5, 300)) for day in days]
    first = [dice.choice([0, 0, dice.randint(0, yuan)]) for _, yuan in paid]
    later = [dice.choice([back, yuan]) for back, (_, yuan) in zip(first, paid, strict=True)]
    tables = [
        [(number, (*sold, back)) for number, (sold, back) in enumerate(zip(paid, of, strict=True))]
        for of in (first, later)
    ]
    with shop.siyu.database.writing() as session:
        shop.member(session, "阿诚").phone_index = None
    for table in tables:
        for number, sold in table:
            bring(shop, "小雨", [(f"A{number}", sold)])
            shop.work()
        bring(shop, "阿诚", [(f"B{number}", sold) for number, sold in table])
        shop.work()
        be_found(shop, "阿诚")
        assert hers(shop, "阿诚") == hers(shop, "小雨")
    assert hers(shop, "阿诚")["booked"], "it is no empty history"


def be_found(world: World, name: str) -> None:
    """Her phone is known from now on."""
    with world.siyu.database.writing() as session:
        her = world.member(session, name)
        members.keep_phone(her, PHONES[name], world.siyu.vault)
        inbox.receive_own(
            session,
            key=f"profile:{her.id}:{her.phone_index}",
            kind="profile",
            subject=f"member:{her.id}",
            fields={},
            member_id=her.id,
            now=world.now,
        )
    world.work()


def test_rules_made_since_pay_nothing_for_an_order_that_is_told_of_again(shop: World) -> None:
    """What is left of it is what it was worth by the rules that paid for it."""
    before = shop.balance("小雨").points
    bring(shop, "小雨", [("A1", (4, 100, 0))])
    shop.work()
    with shop.siyu.database.writing() as session:
        written: dict[str, Any] = {"name": "", "written": {}, "operator_id": None, "now": shop.now}
        rules.change(session, kinds.ORDER, points=0, **written)
        about = {"key": "newer", "kind": kinds.ORDER, "points": 2}
        rules.add(session, **about, **written)
    bring(shop, "小雨", [("A1", (4, 100, 40))])
    shop.work()
    earned = shop.rows(Earning, Earning.order_id.is_not(None))
    assert [(one.rule, one.kept) for one in earned] == [("order", 60)]
    assert shop.balance("小雨").points == before + 60


def test_a_card_among_them_counts_for_those_after_it(shop: World) -> None:
    shop.at(1)
    card(shop, points_factor=300)
    shop.at(20)
    lines = [
        f"J{day},{sku},{sku},1,在线支付,2026-11-0{day} 12:00:00,60,60,60,0,60.00,完成,SOP,jd_1,林,"
        f"杭州,{PHONES['小雨']},2026-11-0{day} 12:00:00"
        for day, sku in ((3, "soap"), (4, SKU), (5, "soap"))
    ]
    brought(shop, [JD[0], *lines])
    shop.work()
    by_card = shop.rows(Earning, Earning.rule == kinds.TIER)
    assert [(one.earned_on.day, one.amount) for one in by_card] == [(5, 120)]


def test_one_that_cannot_be_handled_is_set_aside_alone(shop: World) -> None:
    bring(shop, "小雨", [(f"A{number}", sold) for number, sold in enumerate(HISTORY)])
    with shop.siyu.database.writing() as session:
        third = session.query(InboxEvent).filter_by(key="order_imported:youzan:A2:8800").one()
        third.fields = third.fields | {"order_no": "of nobody"}
    shop.work()
    (aside,) = shop.rows(InboxEvent, InboxEvent.quarantined_at.is_not(None))
    assert aside.id == third.id
    assert waiting(shop) == 1, "it alone"
    assert {one.earned_on.day for one in shop.rows(Earning, Earning.kind == kinds.ORDER)} == {
        2,
        4,
        9,
        10,
    }


def test_what_else_happened_between_them_keeps_its_place(shop: World) -> None:
    with shop.siyu.database.writing() as session:
        member_id = shop.member(session, "小雨").id
        for number, kind in enumerate(
            ["order_imported", "order_imported", "profile", "order_imported"]
        ):
            inbox.receive_own(
                session,
                key=f"{number}",
                kind=kind,
                subject=f"member:{member_id}",
                fields={},
                member_id=member_id,
                now=shop.now,
            )
    with shop.siyu.database.reading() as session:
        first, second, *_ = inbox.waiting(session, lanes.of(f"member:{member_id}"), 4)
        assert [one.key for one in inbox.alike_behind(session, first, 9)] == ["1"]
        assert inbox.alike_behind(session, second, 9) == []


def test_where_a_campaign_asks_for_a_segment_they_go_one_by_one(shop: World) -> None:
    segment(shop, "silver", {"kind": "tier", "tiers": ["silver"]})
    days = {"from": "2026-11-01", "until": "2026-12-31"}
    rule(shop, kinds.CAMPAIGN, factor=300, segments=["silver"], **days)
    bring(shop, "小雨", [("A1", (4, 120, 0)), ("A2", (5, 10, 0))])
    shop.work()
    given = shop.rows(Earning, Earning.kind == kinds.CAMPAIGN)
    assert [one.earned_on.day for one in given] == [5], "the first has made her silver"


def test_a_refund_locks_her_before_her_order_as_whatever_else_is_about_it_does(
    postgres_url: str,
) -> None:
    """Or two who have locked one of them each would wait for each other."""
    database = Database(engine_of(postgres_url))
    with database.writing() as session:
        her = Member(created_at=NOW)
        session.add(her)
        session.flush()
        number = {"source": "tb", "order_no": "A1"}
        paid: dict[str, Any] = {"amount_fen": 100, "lines": [], "event_id": None, "paid_at": NOW}
        shop_orders.pay(session, **number, **paid, named=Buyer(), member_id=her.id, now=NOW)
        told = number | {"refund_no": "R1", "amount_fen": 100, "at": NOW.isoformat()}
        refund: dict[str, Any] = {"kind": "order_refunded", "subject": "order:tb:A1"}
        inbox.receive_own(session, key="R1", fields=told, **refund, now=NOW)

    def pay_back() -> None:
        with database.writing() as session:
            event = inbox.by_key(session, "R1")
            assert event is not None
            handlers.orders.refund(session, event, NOW)
            members.hold(session, her.id)

    with database.writing() as session:
        members.hold(session, her.id)
        other = threading.Thread(target=pay_back)
        other.start()
        while not _somebody_waits(database):
            time.sleep(0.01)
        session.execute(sa.select(Order.id).with_for_update(nowait=True)).one()
    other.join()
    with database.reading() as session:
        assert session.scalars(sa.select(Order.refunded_fen)).all() == [100]
    database.engine.dispose()


def _somebody_waits(database: Database) -> bool:
    """For a lock, in this database."""
    with database.reading() as session:
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        return bool(session.scalar(sa.text(waiting)))
