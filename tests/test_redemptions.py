"""Redemptions: points, stock and record move together or not at all; on both databases."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.loyalty import ledger, lots, points
from app.domain.loyalty.spending import (
    coupon_uses,
    coupons,
    redeeming,
    redemptions,
    reward_codes,
    rewards,
)
from app.domain.loyalty.spending.coupons import NoneLeft
from app.domain.loyalty.spending.draws import Draw
from app.domain.loyalty.spending.prizes import Offered
from app.domain.loyalty.spending.redeeming import NotCancellable, NotPayable, NotRedeemable
from app.domain.loyalty.spending.redemptions import Redemption
from app.domain.loyalty.spending.rewards import BadReward, Reward, Why
from app.domain.loyalty.standing.tiers import Tier
from app.domain.people import members
from app.domain.people.members import Member
from tests.spending_shop import CAUSE, NOW, PLAIN, VAULT, ZONE, a_lottery, a_reward, rich_members

SEALED = b"sealed"


def redeem(
    session: Session, member_id: int, reward_id: int, key: str = "redeem:a", **how: Any
) -> Redemption | None:
    made = redeeming.redeem(
        session,
        members.hold(session, member_id),
        reward_id,
        key=key,
        event_id=None,
        zone=ZONE,
        vault=VAULT,
        **({"sealed_delivery": SEALED, "now": NOW} | how),
    )
    session.flush()
    return made


def has(session: Session, member_id: int) -> int:
    return points.balance_of(session, member_id).points


def test_two_hundred_at_once_want_the_last_one_and_one_gets_it(engine: sa.Engine, session: Session):
    reward, hers = a_reward(session, stock=1), rich_members(session, 200)
    got = _at_once(engine, hers, lambda member_id: f"redeem:{member_id}", reward.id)
    assert (got.count("redeemed"), got.count(Why.NONE_LEFT)) == (1, 199)
    session.expire_all()
    assert session.query(Redemption).count() == session.get_one(Reward, reward.id).taken == 1
    assert sorted(has(session, member_id) for member_id in hers)[:2] == [900, 1_000]
    assert list(ledger.discrepancies(session)) == []


def test_twenty_at_once_for_one_member_keep_to_her_limit_and_her_points(
    engine: sa.Engine, session: Session
):
    limited = a_reward(session, points=1, per_member=3)
    dear = a_reward(session, points=300)
    (member_id,) = rich_members(session, 1)
    numbers = iter(range(100))
    for reward, expected in ((limited, 3), (dear, 3)):
        got = _at_once(engine, [member_id] * 20, lambda _: f"redeem:{next(numbers)}", reward.id)
        assert got.count("redeemed") == expected
    session.expire_all()
    assert has(session, member_id) == 1_000 - 3 - 900


def test_one_word_asked_ten_times_at_once_is_one_redemption(engine: sa.Engine, session: Session):
    reward, (member_id,) = a_reward(session), rich_members(session, 1)
    got = _at_once(engine, [member_id] * 10, lambda _: "redeem:same", reward.id)
    assert (got.count("redeemed"), got.count("known")) == (1, 9)
    session.expire_all()
    assert has(session, member_id) == 900


def _at_once(
    engine: sa.Engine, member_ids: list[int], key_of: Callable[[int], str], reward_id: int
) -> list[str]:
    """Everybody asks at the same time, each in a transaction of her own."""

    def ask(member_id: int) -> str:
        with Session(engine) as own, own.begin():
            try:
                made = redeem(own, member_id, reward_id, key_of(member_id))
            except NotRedeemable as refused:
                return refused.why
            return "redeemed" if made else "known"

    with ThreadPoolExecutor(10) as crowd:
        return list(crowd.map(ask, member_ids))


SOON, BEFORE = NOW + timedelta(days=1), NOW - timedelta(days=1)
DECEMBER = {"months": [12]}


@pytest.mark.parametrize(
    ("terms", "how", "why"),
    [
        ({"closed_at": NOW}, {}, Why.NOT_ON_OFFER),
        ({"points": 0}, {}, Why.NOT_ON_OFFER),
        ({"opens_at": SOON}, {}, Why.NOT_OPEN),
        ({"closes_at": NOW}, {}, Why.NOT_OPEN),
        ({"windows": [DECEMBER]}, {}, Why.NOT_OPEN),
        ({"tier_ids": [9]}, {}, Why.OTHER_TIER),
        ({"stock": 0}, {}, Why.NONE_LEFT),
        ({"points": 1_001}, {}, Why.TOO_FEW_POINTS),
        ({}, {"sealed_delivery": None}, Why.NO_ADDRESS),
    ],
)
def test_what_she_cannot_have_leaves_no_trace(
    session: Session, terms: dict[str, Any], how: dict[str, Any], why: Why
):
    reward, (member_id,) = a_reward(session, **terms), rich_members(session, 1)
    with pytest.raises(NotRedeemable) as refused:
        redeem(session, member_id, reward.id, **how)
    assert refused.value.why is why
    assert session.query(Redemption).count() == session.get_one(Reward, reward.id).taken == 0
    assert has(session, member_id) == 1_000


def test_a_tier_has_what_is_its_own(session: Session):
    gold = Tier(key="gold", name="黄金", name_en="Gold", growth_min=0)
    session.add(gold)
    session.flush()
    reward, (member_id,) = a_reward(session, tier_ids=[gold.id]), rich_members(session, 1)
    session.get_one(Member, member_id).tier_id = gold.id
    assert redeem(session, member_id, reward.id) is not None


def test_a_months_limit_begins_anew_on_the_shops_first_of_the_month(session: Session):
    reward, (member_id,) = a_reward(session, per_month=1), rich_members(session, 1)
    last = datetime.fromisoformat("2026-11-30T23:59:59+08:00")
    assert redeem(session, member_id, reward.id, "redeem:1", now=last) is not None
    for key, now, gets_it in (("2", last, False), ("3", last + timedelta(seconds=1), True)):
        if gets_it:
            assert redeem(session, member_id, reward.id, f"redeem:{key}", now=now) is not None
        else:
            with pytest.raises(NotRedeemable, match=Why.HAD_ENOUGH_THIS_MONTH):
                redeem(session, member_id, reward.id, f"redeem:{key}", now=now)


def test_cancelling_gives_back_the_very_lots_and_the_stock_once(session: Session):
    reward, (member_id,) = a_reward(session, points=1_050, stock=1), rich_members(session, 1)
    ends_at = NOW + timedelta(days=3)
    points.award(session, member_id, 200, key="test:soon", cause=CAUSE, expires_at=ends_at, now=NOW)
    before = {lot.id: lot.remaining for lot in lots.of(session, member_id)}
    made = redeem(session, member_id, reward.id)
    assert made is not None
    assert has(session, member_id) == 150
    for times in range(3):
        done = redeeming.cancel(session, made.id, by="operator:1", event_id=None, now=NOW)
        assert done == (times == 0)
    assert {lot.id: lot.remaining for lot in lots.of(session, member_id)} == before
    assert (has(session, member_id), session.get_one(Reward, reward.id).taken) == (1_200, 0)
    assert redeem(session, member_id, reward.id, "redeem:b") is not None
    assert list(ledger.discrepancies(session)) == []


def test_a_coupon_is_issued_and_taken_back_unless_it_was_used(session: Session):
    coupon = coupons.draft(session, kind="fixed", name="五元", amount_fen=500, stock=2, now=NOW)
    reward, (member_id,) = (
        a_reward(session, "coupon", coupon_id=coupon.id),
        rich_members(session, 1),
    )
    first, second = (redeem(session, member_id, reward.id, f"redeem:{n}") for n in range(2))
    assert first is not None
    assert first.coupon_code is not None
    assert second is not None
    assert second.coupon_code is not None
    with pytest.raises(NotRedeemable, match=Why.NONE_LEFT):
        redeem(session, member_id, reward.id, "redeem:3")
    assert redeeming.cancel(session, first.id, by="operator:1", event_id=None, now=NOW)
    assert redeem(session, member_id, reward.id, "redeem:4") is not None
    coupon_uses.use(session, second.coupon_code, source="till", order_no="T1", used_at=NOW)
    with pytest.raises(NotCancellable):
        redeeming.cancel(session, second.id, by="operator:1", event_id=None, now=NOW)


def test_codes_are_given_in_turn_each_once(session: Session):
    reward, (member_id,) = a_reward(session, "code"), rich_members(session, 1)
    assert reward_codes.upload(session, reward.id, ["C1", "C2", "C1"], NOW) == 2
    assert reward_codes.upload(session, reward.id, ["C2"], NOW) == 0
    for number in (1, 2):
        made = redeem(session, member_id, reward.id, f"redeem:{number}")
        assert made is not None
        assert reward_codes.of_redemption(session, made.id) == f"C{number}"
        with pytest.raises(NotCancellable):
            redeeming.cancel(session, made.id, by="operator:1", event_id=None, now=NOW)
    with pytest.raises(NotRedeemable, match=Why.NONE_LEFT):
        redeem(session, member_id, reward.id, "redeem:3")
    assert (has(session, member_id), session.get_one(Reward, reward.id).taken) == (800, 2)


def test_what_was_won_while_codes_were_out_is_handed_over_later(session: Session):
    gift = a_reward(session, "code", points=0)
    prizes = [
        Offered("礼品卡", 999_999, reward_id=gift.id),
        Offered("谢谢参与", 1, is_consolation=True),
    ]
    lottery = a_lottery(session, prizes)
    box = a_reward(session, "blind_box", lottery_id=lottery.id)
    (member_id,) = rich_members(session, 1)
    opened = redeem(session, member_id, box.id)
    assert opened is not None
    assert opened.state == "fulfilled"
    (drawn,) = session.query(Draw)
    won = redemptions.by_key(session, f"won:{lottery.id}:{drawn.number}")
    assert won is not None
    assert (won.state, won.points) == ("waiting", 0)
    how: dict[str, Any] = {"by": "operator:1", "note": "", "vault": VAULT, "now": NOW}
    with pytest.raises(NoneLeft):
        redeeming.fulfil(session, won.id, **how)
    reward_codes.upload(session, gift.id, ["C1"], NOW)
    assert redeeming.fulfil(session, won.id, **how)
    assert not redeeming.fulfil(session, won.id, **how)
    assert reward_codes.of_redemption(session, won.id) == "C1"
    assert has(session, member_id) == 900


def test_what_costs_money_waits_to_be_paid_with_one_order(session: Session):
    coupon = coupons.draft(session, kind="fixed", name="五元", amount_fen=500, now=NOW)
    reward = a_reward(session, "coupon", coupon_id=coupon.id, money_fen=990)
    (member_id,) = rich_members(session, 1)
    made = redeem(session, member_id, reward.id)
    assert made is not None
    assert (made.state, made.coupon_code) == ("unpaid", None)
    assert redemptions.unpaid(session, 9, NOW) == []
    assert redemptions.unpaid(session, 9, NOW + rewards.PAY_WITHIN) == [made]
    how: dict[str, Any] = {"source": "till", "vault": VAULT, "now": NOW}
    for _ in range(2):
        redeeming.pay(session, made.code, order_no="T1", **how)
        assert (made.state, made.paid_order_no) == ("fulfilled", "T1")
    with pytest.raises(NotPayable):
        redeeming.pay(session, made.code, order_no="T2", **how)
    assert redemptions.unpaid(session, 9, NOW + rewards.PAY_WITHIN) == []
    assert list(redemptions.of_order(session, "till", "T1")) == [made]


@pytest.mark.parametrize(
    ("kind", "terms", "wrong"),
    [
        ("coupon", {}, "coupon_id"),
        ("blind_box", {}, "lottery_id"),
        ("goods", {"points": -1}, "points"),
        ("goods", {"money_fen": -1}, "money_fen"),
        ("goods", {"stock": -1}, "stock"),
        ("goods", {"per_member": 0}, "per_member"),
        ("goods", {"opens_at": SOON, "closes_at": BEFORE}, "closes_at"),
    ],
)
def test_terms_that_contradict_each_other_are_refused(
    session: Session, kind: str, terms: dict[str, Any], wrong: str
):
    with pytest.raises(BadReward, match=wrong):
        rewards.draft(session, kind=kind, now=NOW, **(PLAIN | {"name": "x"} | terms))


def test_a_change_is_a_new_version_and_what_was_redeemed_keeps_its_price(session: Session):
    reward, (member_id,) = a_reward(session), rich_members(session, 1)
    made = redeem(session, member_id, reward.id)
    rewards.change(session, reward, points=500)
    rewards.change(session, reward, points=500)
    assert made is not None
    assert (reward.version, made.points, made.reward_version) == (2, 100, 1)
    assert redeeming.cancel(session, made.id, by="operator:1", event_id=None, now=NOW)
    assert has(session, member_id) == 1_000
