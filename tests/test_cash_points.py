"""Points as cash: reserved, posted or voided once, and back in proportion to what is paid back."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.domain.loyalty import expiry, ledger, orders, points
from app.domain.loyalty.orders import Buyer, Order
from app.domain.loyalty.spending import cash_points, cash_terms
from app.domain.loyalty.spending.cash_points import CashPayment, NotPossible, Why
from app.domain.loyalty.spending.cash_terms import BadTerms, CashTerms
from tests.spending_shop import NOW, rich_members

USUAL: dict[str, Any] = {
    "points_per_yuan": 100,
    "share_max_percent": 50,
    "step": 10,
    "hold_minutes": 30,
    "is_offered": True,
}


@settings(deadline=None)
@given(
    st.integers(1, 10_000),
    st.integers(1, 100),
    st.integers(1, 500),
    st.integers(0, 50_000),
    st.integers(0, 90_000),
)
def test_what_she_can_use_is_hers_in_whole_steps_and_within_the_share(
    per_yuan: int, share: int, step: int, balance: int, order_fen: int
):
    terms = CashTerms(points_per_yuan=per_yuan, share_max_percent=share, step=step)
    most = terms.most(balance, order_fen)
    assert 0 <= most <= balance
    assert most % step == 0
    assert terms.worth_fen(most) * 100 <= order_fen * share
    more = most + step
    too_many = more > balance or more * 100 > order_fen * share // 100 * per_yuan
    assert too_many or terms.worth_fen(more) == 0


def offered(session: Session, **terms: Any) -> int:
    """It is offered, and somebody has a thousand points. Returns her id."""
    cash_terms.change(session, now=NOW, **(USUAL | terms))
    (member_id,) = rich_members(session, 1)
    return member_id


def reserve(session: Session, member_id: int, wanted: int | None = None, **how: Any) -> CashPayment:
    named = {"source": "till", "order_no": "T1", "order_fen": 3_000, "event_id": None, "now": NOW}
    return cash_points.reserve(session, member_id, wanted=wanted, **(named | how))


END: dict[str, Any] = {"event_id": None, "now": NOW}


def has(session: Session, member_id: int) -> int:
    return points.balance_of(session, member_id).points


def test_as_many_as_may_be_unless_the_shop_says_how_many(session: Session):
    member_id = offered(session)
    payment = reserve(session, member_id, order_fen=1_000)
    assert (payment.points, payment.amount_fen) == (500, 500)
    payment = reserve(session, member_id, 120, order_no="T2")
    assert (payment.points, payment.amount_fen) == (120, 120)
    assert has(session, member_id) == 380


@pytest.mark.parametrize(
    ("terms", "wanted", "how", "why"),
    [
        ({"is_offered": False}, None, {}, Why.NOT_ON_OFFER),
        ({}, 505, {}, Why.TOO_MANY_POINTS),
        ({}, 510, {"order_fen": 1_000}, Why.TOO_MANY_POINTS),
        ({"step": 2_000}, None, {}, Why.TOO_FEW_POINTS),
        ({}, None, {"order_fen": 1}, Why.TOO_FEW_POINTS),
    ],
)
def test_what_may_not_be_moves_nothing(
    session: Session, terms: dict[str, Any], wanted: int | None, how: dict[str, Any], why: Why
):
    member_id = offered(session, **terms)
    with pytest.raises(NotPossible, match=why):
        reserve(session, member_id, wanted, **how)
    assert has(session, member_id) == 1_000
    assert session.query(CashPayment).count() == 0


def test_one_order_has_points_reserved_once(session: Session):
    member_id = offered(session)
    reserve(session, member_id, 100)
    with pytest.raises(NotPossible, match=Why.ALREADY_RESERVED):
        reserve(session, member_id, 100)
    assert has(session, member_id) == 900


def test_posted_or_voided_once_and_not_both_ways(session: Session):
    member_id = offered(session)
    for number in ("T1", "T2"):
        reserve(session, member_id, 100, order_no=number)
    for _ in range(2):
        cash_points.post(session, "till", "T1", **END)
        cash_points.void(session, "till", "T2", **END)
    assert has(session, member_id) == 900
    with pytest.raises(NotPossible, match=Why.NOT_HELD):
        cash_points.post(session, "till", "T2", **END)
    for _ in range(2):
        cash_points.void(session, "till", "T1", **END)
    assert has(session, member_id) == 1_000
    with pytest.raises(NotPossible, match=Why.NOT_HELD):
        cash_points.post(session, "till", "T3", **END)
    assert list(ledger.discrepancies(session)) == []


def test_what_is_not_posted_in_time_comes_back_by_itself(session: Session):
    member_id = offered(session)
    reserve(session, member_id, 100)
    late = NOW + timedelta(minutes=30)
    expiry.expire_due(session, late)
    assert has(session, member_id) == 1_000
    for ending in (cash_points.post, cash_points.void):
        with pytest.raises(NotPossible, match=Why.NOT_HELD):
            ending(session, "till", "T1", event_id=None, now=late)


@pytest.mark.parametrize("parts", [(2_500,), (1, 1_000, 1_499), (833, 833, 834), (1,) * 7])
def test_in_however_many_parts_an_order_is_paid_back_the_points_come_to_the_same(
    session: Session, parts: tuple[int, ...]
):
    member_id = offered(session)
    payment = reserve(session, member_id, 500)
    cash_points.post(session, "till", "T1", **END)
    order = an_order(session, member_id)
    for part in parts:
        order.refunded_fen += part
        for _ in range(2):
            cash_points.give_back(session, order, **END)
        assert payment.given_back == 500 * order.refunded_fen // 2_500
    assert has(session, member_id) == 500 + 500 * sum(parts) // 2_500
    assert list(ledger.discrepancies(session)) == []


def an_order(session: Session, member_id: int) -> Order:
    order_id = orders.pay(
        session,
        source="till",
        order_no="T1",
        named=Buyer(member_id=member_id),
        member_id=member_id,
        amount_fen=2_500,
        lines=[],
        event_id=None,
        paid_at=NOW,
        now=NOW,
    )
    assert order_id is not None
    return session.get_one(Order, order_id)


@pytest.mark.parametrize("wrong", ["points_per_yuan", "share_max_percent", "step", "hold_minutes"])
def test_terms_that_make_no_sense_are_refused(session: Session, wrong: str):
    with pytest.raises(BadTerms, match=wrong):
        cash_terms.change(session, now=NOW, **(USUAL | {wrong: 0}))
