"""What orders earn and refunds take back: however a refund is cut, what stays is what the rest of
the order would have earned; and a history of orders agrees with a plain count of it."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.domain.loyalty import ledger, orders, points, transfers
from app.domain.loyalty.earning import earnings, kinds, order_points, rules
from app.domain.loyalty.earning.acts import Standing
from app.domain.loyalty.entries import Cause
from app.domain.loyalty.orders import Buyer, Order
from app.domain.people.members import Member

ZONE = ZoneInfo("Asia/Shanghai")
PAID = datetime(2026, 11, 4, 4, tzinfo=UTC)  # a Wednesday
CAUSE = Cause("test", 1)
GOLD = Standing("gold", 150)


class Shop:
    """One member, and orders by their numbers."""

    def __init__(self, session: Session, standing: Standing = GOLD) -> None:
        self.session, self.standing, self.refunds = session, standing, 0
        self.member_id = self.somebody()

    def somebody(self) -> int:
        member = Member(created_at=PAID)
        self.session.add(member)
        self.session.flush()
        return member.id

    def rule(self, kind: str, points: int = 0, key: str = "", **written: Any) -> None:
        about: dict[str, Any] = {"written": written, "operator_id": None, "now": PAID}
        rules.add(self.session, key=key or kind, kind=kind, points=points, **about)

    def buys(
        self,
        order_no: str,
        fen: int,
        at: datetime = PAID,
        member_id: int | None = None,
        **line: Any,
    ) -> Order:
        lines = [{"sku": "s", "name": "s", "quantity": 1, "amount_fen": fen} | line] if line else []
        orders.pay(
            self.session,
            source="tb",
            order_no=order_no,
            named=Buyer(),
            member_id=member_id or self.member_id,
            amount_fen=fen,
            lines=lines,
            event_id=None,
            paid_at=at,
            now=at,
        )
        order = orders.of_number(self.session, "tb", order_no)
        assert order is not None
        self.earns(order)
        return order

    def earns(self, order: Order) -> None:
        on = order.paid_at.astimezone(ZONE).date()
        about: dict[str, Any] = {"on": on, "channel": "", "event_id": None, "zone": ZONE}
        kept = order_points.keep(self.session, order, self.standing, **about)
        earnings.book(self.session, kept, order.paid_at)

    def refunds_of(self, order: Order, *parts: int) -> None:
        for fen in parts:
            self.refunds += 1
            orders.refund(
                self.session,
                source=order.source,
                order_no=order.order_no,
                refund_no=str(self.refunds),
                amount_fen=fen,
                event_id=None,
                refunded_at=order.paid_at,
            )
            order_points.take_back(self.session, {order: None}, order.paid_at)

    @property
    def balance(self) -> tuple[int, int, int]:
        held = points.balance_of(self.session, self.member_id)
        return held.points, held.arrears, held.growth


@pytest.fixture
def shop(session: Session) -> Shop:
    return Shop(session)


def furnish(shop: Shop, cap: int | None, bonus_cap: int | None) -> None:
    caps = {"caps": {"day": cap}} if cap else {}
    shop.rule(kinds.ORDER, 3, each_fen=200, min_fen=500, tier_factor=True, **caps)
    shop.rule(kinds.ORDER, 1, "hair", categories=["hair"])
    bonus_caps = {"caps": {"week": bonus_cap}} if bonus_cap else {}
    shop.rule(kinds.MEMBER_DAY, factor=130, weekdays=[3], **bonus_caps)
    days = {"from": "2026-11-01", "until": "2026-11-11"}
    shop.rule(kinds.CAMPAIGN, factor=250, sources=["tb"], **days)


@given(
    fen=st.integers(1, 50_000),
    cuts=st.lists(st.integers(1, 20_000), max_size=5),
    cap=st.none() | st.integers(1, 800),
    bonus_cap=st.none() | st.integers(1, 200),
)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_how_a_refund_was_cut_does_not_matter_and_the_rest_has_earned_what_it_is_worth(
    session: Session, fen: int, cuts: list[int], cap: int | None, bonus_cap: int | None
) -> None:
    parts, left = [], fen
    for cut in cuts:
        parts.append(min(cut, left))
        left -= parts[-1]
    parts = [part for part in parts if part]
    ends = []
    for refunds, paid in ((parts, fen), ([sum(parts)] if parts else [], fen), ([], left)):
        session.rollback()
        shop = Shop(session)
        furnish(shop, cap, bonus_cap)
        shop.buys("before", 10_000)  # caps have given something already
        order = shop.buys("it", paid, category="hair")
        shop.refunds_of(order, *refunds)
        ends.append(shop.balance)
        assert ledger.discrepancies(session) == []
    assert ends[0] == ends[1] == ends[2]


def test_an_order_that_was_paid_back_in_full_leaves_nothing(shop: Shop) -> None:
    furnish(shop, None, None)
    order = shop.buys("E1", 26_800, category="hair")
    assert [(one.rule, one.amount) for one in earnings.of_order(shop.session, order.id)] == [
        ("order", 402),
        ("hair", 268),
        ("tier", 201),  # of the first rule alone: the other takes no factor of a tier
        ("member_day", 201),
        ("campaign", 1005),
    ]
    shop.refunds_of(order, 6_800, 20_000)
    assert shop.balance == (0, 0, 0)
    shop.earns(order)
    order_points.take_back(shop.session, {order: None}, PAID)
    assert shop.balance == (0, 0, 0), "twice is the same as once"


def test_what_was_spent_meanwhile_is_owed(shop: Shop) -> None:
    shop.rule(kinds.ORDER, 1)
    order = shop.buys("E1", 10_000)
    points.spend(shop.session, shop.member_id, 70, key="gift", cause=CAUSE, now=PAID)
    shop.refunds_of(order, 5_000)
    assert shop.balance == (0, 20, 50)
    shop.buys("E2", 3_000)
    assert shop.balance == (10, 0, 80), "what she earns next pays it first"


def test_a_refund_goes_by_the_version_that_paid_though_the_rule_has_changed(shop: Shop) -> None:
    shop.rule(kinds.ORDER, 2)
    order = shop.buys("E1", 10_000)
    about: dict[str, Any] = {"name": "", "written": {}, "operator_id": None, "now": PAID}
    rules.change(shop.session, kinds.ORDER, points=1, **about)
    assert rules.change(shop.session, kinds.ORDER, points=5, **about).version == 3
    shop.refunds_of(order, 2_500)
    assert shop.balance == (150, 0, 150)


def test_caps_count_by_the_day_on_which_an_order_was_paid(shop: Shop) -> None:
    shop.rule(kinds.ORDER, 1, caps={"day": 100, "week": 250})
    week = [shop.buys(str(day), 12_000, PAID + timedelta(days=day)) for day in range(4)]
    assert [earnings.of_order(shop.session, order.id)[0].amount for order in week] == [
        *(100, 100, 50, 0)
    ]
    late = shop.buys("late", 9_000, PAID - timedelta(days=5))
    assert earnings.of_order(shop.session, late.id)[0].amount == 90, "it is of the week before"
    shop.refunds_of(week[0], 12_000)
    again = shop.buys("again", 12_000, PAID)
    assert earnings.of_order(shop.session, again.id)[0].amount == 100, "there is room again"


def test_a_refund_after_two_records_became_one_is_paid_by_the_one_that_stays(shop: Shop) -> None:
    shop.rule(kinds.ORDER, 1)
    order = shop.buys("E1", 10_000)
    absorbed_id, shop.member_id = shop.member_id, shop.somebody()
    about: dict[str, Any] = {"name": "merge:1", "cause": CAUSE, "now": PAID}
    transfers.carry_over(shop.session, absorbed_id, shop.member_id, **about)
    order.member_id = shop.member_id
    for earning in earnings.of_order(shop.session, order.id):
        earning.member_id = shop.member_id
    shop.refunds_of(order, 4_000)
    assert shop.balance[:2] == (60, 0)
    assert points.balance_of(shop.session, absorbed_id).arrears == 0
    assert ledger.discrepancies(shop.session) == []


def test_a_history_agrees_with_a_plain_count_of_it(shop: Shop) -> None:
    """Orders of many members over two years, a tenth of them refunded in part or whole."""
    shop.rule(kinds.ORDER, 1, tier_factor=True)
    shop.rule(kinds.MEMBER_DAY, factor=200, weekdays=[3])
    chance = random.Random(19970101)
    buyers = [shop.somebody() for _ in range(40)]
    counted = dict.fromkeys(buyers, 0)
    for number in range(600):
        buyer, fen = chance.choice(buyers), chance.randrange(0, 20_000)
        paid_at = PAID - timedelta(minutes=chance.randrange(0, 730 * 1440))
        order = shop.buys(str(number), fen, paid_at, buyer)
        refunded = 0
        if fen and chance.random() < 0.1:
            refunded = chance.choice([fen, chance.randrange(1, fen + 1)])
            first = chance.randrange(0, refunded + 1)
            shop.refunds_of(order, *(part for part in (first, refunded - first) if part))
        counted[buyer] += plain_worth(fen - refunded, paid_at)
    held = {
        buyer: points.balance_of(shop.session, buyer).points
        - points.balance_of(shop.session, buyer).arrears
        for buyer in buyers
    }
    assert held == counted
    assert ledger.discrepancies(shop.session) == []


def plain_worth(fen: int, paid_at: datetime) -> int:
    """A point for a yuan, half as much again for gold, and double on Wednesdays in Beijing."""
    base = fen // 100
    is_wednesday = (paid_at + timedelta(hours=8)).weekday() == 2
    return base + base // 2 + (base if is_wednesday else 0)
