"""Lotteries: odds that add up, draws that follow one another, and all of it reckoned again."""

import hashlib
import hmac
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.domain.loyalty import ledger, points
from app.domain.loyalty.spending import (
    drawing,
    draws,
    lotteries,
    odds,
    prizes,
    redeeming,
    verifying,
)
from app.domain.loyalty.spending.drawing import NotDrawable
from app.domain.loyalty.spending.draws import Draw
from app.domain.loyalty.spending.lotteries import Lottery, NotADraft, Why
from app.domain.loyalty.spending.odds import WHOLE_PPM, BadOdds
from app.domain.loyalty.spending.prizes import BadPrizes, Offered
from app.domain.loyalty.spending.redemptions import Redemption
from app.domain.people import members
from tests.spending_shop import (
    CALM,
    NOW,
    PRIZES,
    THANKS,
    VAULT,
    ZONE,
    a_lottery,
    a_reward,
    rich_members,
)

seeds = st.binary(min_size=32, max_size=32)


@settings(deadline=None)
@given(seeds, st.integers(1, 10**9))
def test_a_ticket_is_the_hmac_of_its_number(seed: bytes, number: int):
    digest = hmac.new(seed, str(number).encode(), hashlib.sha256).digest()
    assert odds.ticket(seed, number) == int.from_bytes(digest, "big") % WHOLE_PPM
    assert odds.ticket(seed, number) == odds.ticket(seed, number)


@settings(deadline=None)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.integers(0, WHOLE_PPM - 1))
def test_each_prize_has_exactly_its_share_of_tickets(parts: list[int], drawn: int):
    shares = [WHOLE_PPM * part // sum(parts) for part in parts]
    shares[0] += WHOLE_PPM - sum(shares)
    odds.check(shares)
    place = odds.chosen(shares, drawn)
    assert sum(shares[:place]) <= drawn < sum(shares[: place + 1])


def test_many_draws_come_close_to_the_odds():
    shares = [10_000, 190_000, 800_000]
    fell = Counter(odds.chosen(shares, odds.ticket(b"april" * 8, n)) for n in range(20_000))
    for place, share in enumerate(shares):
        expected = 20_000 * share / WHOLE_PPM
        assert abs(fell[place] - expected) < 5 * expected**0.5


@pytest.mark.parametrize("shares", [[], [999_999], [1_000_001], [1_000_000, 0], [1_000_001, -1]])
def test_odds_that_do_not_add_up_are_refused(shares: list[int]):
    with pytest.raises(BadOdds):
        odds.check(shares)


def try_luck(
    session: Session, member_id: int, lottery_id: int, key: str, **how: Any
) -> Draw | None:
    return drawing.try_luck(
        session,
        members.hold(session, member_id),
        lottery_id,
        key=key,
        event_id=None,
        zone=ZONE,
        vault=VAULT,
        **({"now": NOW} | how),
    )


def test_forty_draw_at_once_and_numbers_follow_without_a_gap(engine: sa.Engine, session: Session):
    lottery, hers = a_lottery(session), rich_members(session, 40)

    def ask(member_id: int) -> None:
        with Session(engine) as own, own.begin():
            assert try_luck(own, member_id, lottery.id, f"draw:{member_id}") is not None

    with ThreadPoolExecutor(10) as crowd:
        list(crowd.map(ask, hers))
    session.expire_all()
    numbers = [one.number for one in draws.of_lottery(session, lottery.id, 0, 99)]
    assert numbers == list(range(1, 41))
    given = Counter(one.prize_id for one in draws.of_lottery(session, lottery.id, 0, 99))
    first, ten_points, _thanks = prizes.of(session, lottery.id)
    assert given[first.id] <= 2
    assert first.won == given[first.id]
    total = sum(points.balance_of(session, one).points for one in hers)
    assert total == 40 * 990 + 10 * given[ten_points.id]
    assert list(verifying.discrepancies(session, lottery, VAULT)) == []
    assert list(ledger.discrepancies(session)) == []


def test_the_same_word_is_one_draw(session: Session):
    lottery, (member_id,) = a_lottery(session), rich_members(session, 1)
    assert try_luck(session, member_id, lottery.id, "draw:a") is not None
    assert try_luck(session, member_id, lottery.id, "draw:a") is None
    assert lottery.drawn == 1


def test_a_prize_that_is_out_falls_to_the_consolation(session: Session):
    offered = [Offered("大奖", 999_999, stock=1), Offered("安慰奖", 1, is_consolation=True)]
    lottery, (member_id,) = a_lottery(session, offered), rich_members(session, 1)
    for number in range(3):
        try_luck(session, member_id, lottery.id, f"draw:{number}")
    big, small = prizes.of(session, lottery.id)
    given = [one.prize_id for one in draws.of_lottery(session, lottery.id, 0, 9)]
    assert given == [big.id, small.id, small.id]
    assert list(verifying.discrepancies(session, lottery, VAULT)) == []


def test_a_box_that_leads_back_into_its_lottery_is_no_prize_of_it(session: Session):
    first = lotteries.draft(session, PRIZES, now=NOW, **(CALM | {"name": "一"}))
    second = lotteries.draft(session, PRIZES, now=NOW, **(CALM | {"name": "二"}))
    own, other = (a_reward(session, "blind_box", lottery_id=one.id) for one in (first, second))
    boxes = {one.id: [Offered("盒", 500_000, reward_id=one.id), THANKS] for one in (own, other)}
    with pytest.raises(BadPrizes, match="own_box"):
        lotteries.change(session, first, boxes[own.id])
    lotteries.change(session, first, boxes[other.id])
    with pytest.raises(BadPrizes, match="own_box"):
        lotteries.change(session, second, boxes[own.id])


def test_a_draw_does_not_bring_another_of_its_lottery_without_end(session: Session):
    """One that was opened before such prizes were refused."""
    offered = [Offered("盒", 999_999), Offered("安慰奖", 1, is_consolation=True)]
    lottery, (member_id,) = a_lottery(session, offered), rich_members(session, 1)
    box = a_reward(session, "blind_box", lottery_id=lottery.id)
    prizes.of(session, lottery.id)[0].reward_id = box.id
    session.flush()
    assert try_luck(session, member_id, lottery.id, "draw:1") is not None
    assert lottery.drawn == 1
    (won,) = session.scalars(sa.select(Redemption))
    assert won.state == "waiting"
    about: dict[str, Any] = {"by": "运营", "note": "", "vault": VAULT, "now": NOW}
    assert redeeming.fulfil(session, won.id, **about)
    assert (won.state, lottery.drawn) == ("fulfilled", 2)
    assert list(verifying.discrepancies(session, lottery, VAULT)) == []


def test_free_draws_come_first_and_anew_each_day(session: Session):
    lottery = a_lottery(session, free_per_day=2, per_day=3, per_member=5)
    (member_id,) = rich_members(session, 1)
    paid = []
    for number in range(3):
        drawn = try_luck(session, member_id, lottery.id, f"draw:{number}")
        assert drawn is not None
        paid.append(drawn.points)
    assert paid == [0, 0, 10]
    with pytest.raises(NotDrawable, match=Why.HAD_ENOUGH_TODAY):
        try_luck(session, member_id, lottery.id, "draw:4")
    tomorrow = NOW + timedelta(days=1)
    for key in ("draw:5", "draw:6"):
        drawn = try_luck(session, member_id, lottery.id, key, now=tomorrow)
        assert drawn is not None
        assert drawn.points == 0
    with pytest.raises(NotDrawable, match=Why.HAD_ENOUGH):
        try_luck(session, member_id, lottery.id, "draw:7", now=tomorrow)


@pytest.mark.parametrize(
    ("terms", "has", "why"),
    [
        ({"begins_at": NOW + timedelta(days=1)}, 100, Why.NOT_OPEN),
        ({"ends_at": NOW}, 100, Why.NOT_OPEN),
        ({"windows": [{"months": [12]}]}, 100, Why.NOT_OPEN),
        ({"tier_ids": [9]}, 100, Why.OTHER_TIER),
        ({}, 9, Why.TOO_FEW_POINTS),
        ({"points": None}, 100, Why.NOT_ON_OFFER),
    ],
)
def test_what_she_cannot_draw_leaves_no_trace(
    session: Session, terms: dict[str, Any], has: int, why: Why
):
    lottery, (member_id,) = a_lottery(session, **terms), rich_members(session, 1, has)
    with pytest.raises(NotDrawable) as refused:
        try_luck(session, member_id, lottery.id, "draw:a")
    assert refused.value.why is why
    assert (lottery.drawn, session.query(Draw).count()) == (0, 0)
    assert points.balance_of(session, member_id).points == has


def test_the_seed_is_committed_to_at_the_opening_and_told_at_the_closing(session: Session):
    lottery, (member_id,) = a_lottery(session), rich_members(session, 1)
    assert lottery.seed is None
    assert lottery.commitment is not None
    try_luck(session, member_id, lottery.id, "draw:a")
    for _ in range(2):
        lotteries.close(lottery, VAULT, NOW)
    assert hashlib.sha256(bytes.fromhex(lottery.seed or "")).hexdigest() == lottery.commitment
    with pytest.raises(NotDrawable, match=Why.NOT_ON_OFFER):
        try_luck(session, member_id, lottery.id, "draw:b")
    with pytest.raises(NotADraft):
        lotteries.change(session, lottery, PRIZES, points=1)


@pytest.mark.parametrize(
    ("tampered", "told"),
    [
        ("UPDATE draws SET ticket = (ticket + 1) % 1000000 WHERE number = 2", "ticket"),
        ("UPDATE draws SET prize_id = (SELECT min(id) FROM prizes) WHERE number = 3", "another"),
        ("UPDATE draws SET number = 9 WHERE number = 4", "missing"),
        ("UPDATE lotteries SET drawn = 7", "counted"),
        ("UPDATE prizes SET won = won + 1 WHERE place = 1", "times"),
        ("UPDATE lotteries SET commitment = 'x'", "committed"),
        ("UPDATE lotteries SET seed = '00'", "told"),
    ],
)
def test_whatever_is_changed_afterwards_is_found(session: Session, tampered: str, told: str):
    lottery, (member_id,) = a_lottery(session, _two_thanks()), rich_members(session, 1)
    for number in range(4):
        try_luck(session, member_id, lottery.id, f"draw:{number}")
    session.commit()
    assert list(verifying.discrepancies(session, lottery, VAULT)) == []
    session.execute(sa.text(tampered))
    session.expire_all()
    found = list(verifying.discrepancies(session, session.get_one(Lottery, lottery.id), VAULT))
    assert any(told in one for one in found), found


def _two_thanks() -> list[Offered]:
    """With a grand prize that nobody draws."""
    return [Offered("大奖", 1, stock=5), Offered("谢谢参与", 999_999, is_consolation=True)]


@pytest.mark.parametrize(
    ("offered", "wrong"),
    [
        ([THANKS], "odds_ppm"),
        ([Offered("a", 500_000), Offered("b", 500_000)], "consolation"),
        ([Offered("a", 500_000, is_consolation=True), THANKS], "consolation"),
        ([Offered("a", 1_000_000, stock=5, is_consolation=True)], "consolation"),
        ([Offered("a", 500_000, points=-1), THANKS], "prizes"),
        ([Offered("a", 500_000, points=1, reward_id=1), THANKS], "prizes"),
    ],
)
def test_prizes_that_contradict_each_other_are_refused(
    session: Session, offered: list[Offered], wrong: str
):
    with pytest.raises(BadPrizes, match=wrong):
        lotteries.draft(session, offered, now=NOW, **(CALM | {"name": "x"}))
