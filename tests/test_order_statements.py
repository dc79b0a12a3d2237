"""What an order costs: working out its effects asks the database so many times and no more, since
an import does it for each of a million."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from app import inbox
from app.domain.loyalty.earning import kinds
from app.domain.loyalty.earning.earnings import Earning
from app.domain.people import members
from app.inbox import InboxEvent
from tests import standing_world as at
from tests.test_order_imports import YOUZAN, brought
from tests.test_story_late_orders import rule
from tests.world import World

# Of one order that is imported, for figures, points with a bonus, and tier: of a member's only one,
# and of each that waits behind another of hers. PostgreSQL writes an entry of the ledger in fewer.
ALONE_MAX = {"sqlite": 26, "postgresql": 23}
BEHIND_MAX = {"sqlite": 3, "postgresql": 3}
# The same of one of which money is paid back later.
PAID_BACK_ALONE_MAX = {"sqlite": 27, "postgresql": 23}
PAID_BACK_BEHIND_MAX = {"sqlite": 1, "postgresql": 1}
PHONES = {"小雨": "13800000001", "阿诚": "13800000002", "林夏": "13800000003"}


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is asked of any database meanwhile."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    sa.event.listen(sa.engine.Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        sa.event.remove(sa.engine.Engine, "before_cursor_execute", note)


@pytest.fixture
def shop(world: World) -> World:
    at.come(world, *PHONES)
    with world.siyu.database.writing() as session:
        for name, phone in PHONES.items():
            members.keep_phone(world.member(session, name), phone, world.siyu.vault)
    rule(world, kinds.ORDER, 1, tier_factor=True)
    rule(world, kinds.MEMBER_DAY, factor=200, weekdays=[1])
    return world


def imported(world: World, *orders: tuple[str, str], paid_back: str = "") -> None:
    """Orders of a Monday, by their numbers and whose they are."""
    lines = [
        f"{number},交易完成,普通订单,2026-11-02 12:00:00,1,洗发水,2.00,2.00,林,{PHONES[name]},"
        for number, name in orders
    ]
    brought(world, [YOUZAN[0], *(f"{line}{paid_back}" for line in lines)])


def cost(world: World, *orders: tuple[str, str], paid_back: str = "") -> int:
    """Statements for the effects of these orders, in one lane."""
    imported(world, *orders, paid_back=paid_back)
    with world.siyu.database.writing() as session:
        session.execute(sa.update(InboxEvent).where(inbox.is_waiting()).values(lane=1))
    with statements() as asked:
        world.work()
    return len(asked)


def dialect_of(world: World) -> str:
    return world.siyu.database.engine.dialect.name


def test_an_order_costs_so_many_statements_and_no_more(shop: World) -> None:
    cost(shop, *((f"{PHONES[name]}{n}", name) for name in PHONES for n in range(12)))
    few = cost(shop, ("E4", "小雨"))
    many = cost(shop, ("E5", "小雨"), ("E6", "阿诚"), ("E7", "林夏"))
    assert [one.amount for one in shop.rows(Earning) if one.order_id] == [2, 2] * 40
    assert (many - few) / 2 <= ALONE_MAX[dialect_of(shop)]


def test_an_order_behind_another_of_hers_costs_but_what_it_earns(shop: World) -> None:
    cost(shop, ("E1", "小雨"))
    few = cost(shop, ("E2", "小雨"), ("E3", "小雨"))
    many = cost(shop, *((f"M{number}", "小雨") for number in range(12)))
    assert [one.amount for one in shop.rows(Earning) if one.order_id] == [2, 2] * 15
    assert (many - few) / 10 <= BEHIND_MAX[dialect_of(shop)]


def test_what_is_paid_back_later_costs_so_many_statements_and_no_more(shop: World) -> None:
    mine, his, others = ([(f"{PHONES[name]}{n}", name) for n in range(9)] for name in PHONES)
    cost(shop, *mine, *his, *others)
    few = cost(shop, mine[0], paid_back="1.00")
    many = cost(shop, mine[1], his[0], others[0], paid_back="1.00")
    assert (many - few) / 2 <= PAID_BACK_ALONE_MAX[dialect_of(shop)]
    two = cost(shop, *mine[2:4], paid_back="1.00")
    more = cost(shop, *his[2:8], paid_back="1.00")
    assert (more - two) / 4 <= PAID_BACK_BEHIND_MAX[dialect_of(shop)]
    assert [one.kept for one in shop.rows(Earning)].count(1) == 2 * 12
