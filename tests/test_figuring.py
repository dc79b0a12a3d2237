"""The figures of everybody, of one at once, and that both are the same, on both databases."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.insight import member_figures, products
from app.domain.insight.figure_changes import FigureChange
from app.domain.insight.figurings import Figuring
from app.domain.insight.member_figures import MemberFigures
from app.domain.loyalty.orders import Order
from app.domain.people.members import Member
from app.figuring import at_once
from app.wiring import Siyu
from tagging import figures
from tests import cdnow
from tests.figuring_house import DAY, FITTED, NOON, everything, meet, night, order, refund, siyu

__all__ = ["siyu"]


def test_a_night_says_of_a_member_what_her_orders_say(siyu: Siyu) -> None:
    with siyu.database.writing() as session:
        yu, cheng, xia, nobody = meet(session, 4)
        for number, ago in enumerate((102, 81, 60)):
            order(session, yu, f"y{number}", ago * DAY, 10_000)
        refund(session, "y0", "r", 4_000)
        order(session, cheng, "c0", 3 * DAY, 5_000)
        order(session, cheng, "c1", 1 * DAY, 5_000)
        refund(session, "c1", "r", 5_000)
        session.get_one(Member, xia).last_seen_at = NOON - 100 * DAY
    night(siyu, FITTED)
    with siyu.database.reading() as session:
        found = member_figures.of_many(session, [yu, cheng, xia, nobody])
        assert found.keys() == {yu, cheng, xia}
        hers = found[yu]
        assert (hers.orders, hers.spent_fen, hers.rhythm_days) == (3, 26_000, 21)
        assert (hers.recency_days, hers.stage) == (60, "churning")
        assert hers.last_paid_at == NOON - 60 * DAY
        assert (found[cheng].orders, found[cheng].spent_fen, found[cheng].stage) == (
            1,
            5_000,
            "new",
        )
        assert (found[xia].orders, found[xia].stage, found[xia].r_score) == (0, "churning", None)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["order", "order", "order", "refund", "half"]),
        st.integers(0, 4),
        st.integers(0, 500),
        st.integers(1, 100_000),
    ),
    min_size=1,
    max_size=40,
)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(STEPS)
def test_what_is_figured_at_once_is_what_the_next_night_figures(siyu: Siyu, steps: Any) -> None:
    """After any orders and refunds; with what was fitted being the same."""
    with siyu.database.writing() as session:
        session.execute(sa.update(Figuring).values(alive_until=NOON - DAY))
        ids = meet(session, 5)
    night(siyu, FITTED)
    paid: list[tuple[str, int, int]] = []
    for number, (step, who, ago, fen) in enumerate(steps):
        with siyu.database.writing() as session:
            member_id = ids[who]
            if step == "order":
                no = f"{member_id}-{number}"
                order(session, member_id, no, timedelta(hours=7 * ago), fen)
                paid.append((no, member_id, fen))
            elif paid:
                no, member_id, fen = paid.pop()
                refund(session, no, "r", fen if step == "refund" else fen // 2)
            member = session.get_one(Member, member_id)
            at_once.figure(session, member, siyu.programme, NOON)
    with siyu.database.reading() as session:
        before = everything(session)
    night(siyu, FITTED)
    with siyu.database.reading() as session:
        after = everything(session)
        for member_id in ids:
            assert before.get(member_id) == after.get(member_id)


def test_everybody_at_cdnow_gets_the_figures_of_the_published_orders(siyu: Siyu) -> None:
    """The sample, with the parameters of its own; the same on both databases."""
    last = cdnow.CALIBRATED_TO
    siyu.clock = lambda: datetime(last.year, last.month, last.day, 8, tzinfo=UTC)
    with siyu.database.writing() as session:
        rows = [row for row in cdnow.sample() if row[1] <= last]
        customers = {customer for customer, _, _ in rows}
        known = {"nickname": "", "created_at": datetime(1997, 1, 1, tzinfo=UTC)}
        session.execute(sa.insert(Member), [{"id": it, **known} for it in sorted(customers)])
        session.execute(
            sa.insert(Order),
            [
                {
                    "source": "cdnow",
                    "order_no": str(number),
                    "member_id": customer,
                    "amount_fen": fen,
                    "refunded_fen": 0,
                    "paid_at": datetime(on.year, on.month, on.day, 4, tzinfo=UTC),
                    "created_at": known["created_at"],
                }
                for number, (customer, on, fen) in enumerate(rows)
            ],
        )
    number = night(siyu)
    with siyu.database.reading() as session:
        figuring = session.get_one(Figuring, number)
        fitted = figures.fitted_from(figuring.fitted)
        assert figuring.why_not == {}
        assert (figuring.members, figuring.orders) == (2357, len(rows))
        assert fitted.buying is not None
        assert fitted.spending is not None
        found = (fitted.buying.r, fitted.buying.alpha, fitted.buying.a, fitted.buying.b)
        assert [round(value, 3) for value in found] == [0.243, 4.414, 0.793, 2.426]
        assert [round(value, 2) for value in (fitted.spending.p, fitted.spending.q)] == [6.25, 3.74]
        assert round(fitted.spending.v) == 1544  # of a dollar's hundredths
        stages = figuring.summary["stages"]
        assert sum(stages.values()) == 2357
        assert sum(many for _, _, many, _ in figuring.summary["matrix"]) == 2357
        assert figuring.summary["curve"][-1] == [1.0, 1.0]
        expected = session.scalar(sa.select(sa.func.sum(MemberFigures.expected_orders_year)))
        assert round(expected or 0) == 2094


def test_what_products_last_and_which_go_together_is_learned(siyu: Siyu) -> None:
    random.seed(5)
    with siyu.database.writing() as session:
        for place, member_id in enumerate(meet(session, 12)):
            for time in range(3):
                no, ago = f"{place}-{time}", (30 * time + place) * DAY
                order(session, member_id, no, ago, 9_900, ["洗发水", "护发素"][: 1 + place % 2])
            order(session, member_id, f"{place}-x", place * DAY, 100, ["梳子"])
        products.set_interval(session, "梳子", 365, None, NOON)
    night(siyu)
    with siyu.database.reading() as session:
        shampoo = products.of_sku(session, "洗发水")
        assert shampoo is not None
        assert (shampoo.interval.days, shampoo.interval.remind_after_days) == (30, 20)
        assert shampoo.learned_from == 24
        conditioner = products.of_sku(session, "护发素")
        assert conditioner is not None
        assert conditioner.interval.days is None  # twelve intervals teach nothing
        assert products.reminders(session) == {20: ["洗发水"], 243: ["梳子"]}
        (pair,) = products.pairs_together(session, 9)
        assert {pair.first_sku, pair.second_sku} == {"洗发水", "护发素"}
        assert pair.pair.together == 18
        assert round(pair.pair.lift, 2) == round(18 * 48 / (36 * 18), 2)


def test_a_night_without_orders_says_why_nothing_was_fitted(siyu: Siyu) -> None:
    number = night(siyu)
    with siyu.database.reading() as session:
        figuring = session.get_one(Figuring, number)
        assert figuring.why_not == {"limits": "nobody has bought"}
        assert figuring.ended_at is not None
        assert session.scalar(sa.select(sa.func.count()).select_from(FigureChange)) == 0
