"""What a coupon takes off a basket: whole fen, line by line, and never more than there is."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.loyalty.spending import baskets
from app.domain.loyalty.spending.baskets import Line, Why
from app.domain.loyalty.spending.coupon_terms import BadTerms, CouponKind, Scope, Terms, check

FIXED, PERCENT, THRESHOLD, NTH, GIFT = CouponKind
SKUS, CATEGORIES, SHOPS = ("bar", "nut", "tea"), ("", "food", "care"), ("taobao", "till")

lines = st.lists(
    st.builds(
        Line,
        sku=st.sampled_from(SKUS),
        quantity=st.integers(1, 9),
        amount_fen=st.integers(0, 5_000),
        category=st.sampled_from(CATEGORIES),
    ),
    max_size=6,
)
amounts, percents = st.integers(1, 9_000), st.integers(1, 99)
scopes = st.builds(
    Scope,
    st.frozensets(st.sampled_from(SKUS), max_size=2),
    st.frozensets(st.sampled_from(CATEGORIES[1:]), max_size=1),
    st.frozensets(st.sampled_from(SHOPS), max_size=1),
)
kinds = st.one_of(
    st.builds(Terms, st.just(FIXED), amount_fen=amounts),
    st.builds(Terms, st.just(PERCENT), percent=percents),
    amounts.flatmap(
        lambda off: st.builds(
            Terms,
            st.just(THRESHOLD),
            amount_fen=st.just(off),
            threshold_fen=st.integers(off, 9_000),
        )
    ),
    st.builds(
        Terms,
        st.just(NTH),
        nth=st.integers(2, 4),
        percent=st.integers(1, 100),
        times=st.none() | st.integers(1, 3),
    ),
    st.builds(
        Terms, st.just(GIFT), gift_sku=st.sampled_from(SKUS), threshold_fen=st.integers(0, 9_000)
    ),
)
terms = st.builds(lambda kind, scope: replace(kind, scope=scope), kinds, scopes)


@settings(deadline=None)
@given(terms, lines, st.sampled_from(SHOPS))
def test_the_parts_add_up_and_no_line_falls_below_zero(
    coupon: Terms, basket: list[Line], shop: str
):
    check(coupon)
    off = baskets.price(coupon, basket, shop)
    assert len(off.line_fen) == len(basket)
    assert sum(off.line_fen) == off.total_fen
    for line, part in zip(basket, off.line_fen, strict=True):
        assert 0 <= part <= line.amount_fen
    if off.why_not is not None:
        assert off.total_fen == 0


@settings(deadline=None)
@given(terms, lines, st.sampled_from(SHOPS))
def test_nothing_is_taken_off_what_is_out_of_scope(coupon: Terms, basket: list[Line], shop: str):
    off = baskets.price(coupon, basket, shop)
    if coupon.scope.sources and shop not in coupon.scope.sources:
        assert off == baskets.Discount(0, (0,) * len(basket), Why.OTHER_SHOP)
    for line, part in zip(basket, off.line_fen, strict=True):
        is_gift = coupon.kind is GIFT and line.sku == coupon.gift_sku
        assert part == 0 or is_gift or coupon.scope.covers(line.sku, line.category)


@settings(deadline=None)
@given(terms, lines, st.permutations(range(6)))
def test_the_order_of_lines_changes_nothing_in_all(
    coupon: Terms, basket: list[Line], order: list[int]
):
    shuffled = [basket[place] for place in order if place < len(basket)]
    mine, other = (baskets.price(coupon, one) for one in (basket, shuffled))
    assert mine.total_fen == other.total_fen


@settings(deadline=None)
@given(st.integers(0, 10_000), st.lists(st.integers(0, 3_000), min_size=1, max_size=8))
def test_a_split_is_whole_and_less_than_one_off_the_exact_share(total: int, weights: list[int]):
    whole = sum(weights)
    total = min(total, whole)
    parts = baskets.split(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert part <= weight
        assert abs(part * whole - total * weight) < max(whole, 1)


@settings(deadline=None)
@given(lines, st.integers(2, 4), st.integers(1, 100), st.none() | st.integers(1, 3))
def test_every_nth_item_counts_as_if_items_lay_one_by_one(
    basket: list[Line], nth: int, percent: int, times: int | None
):
    one_by_one = sorted((fen for line in basket for fen in _items(line)), reverse=True)
    chosen = one_by_one[nth - 1 :: nth][:times]
    off = baskets.price(Terms(NTH, nth=nth, percent=percent, times=times), basket)
    assert off.total_fen == sum(chosen) * percent // 100


def _items(line: Line) -> list[int]:
    item, over = divmod(line.amount_fen, line.quantity)
    return [item + 1] * over + [item] * (line.quantity - over)


COFFEE = [Line("latte", 2, 5_600, "coffee"), Line("cake", 1, 1_999, "food")]


@pytest.mark.parametrize(
    ("coupon", "off", "why"),
    [
        (Terms(FIXED, amount_fen=500), (368, 132), None),
        (Terms(FIXED, amount_fen=9_999_999), (5_600, 1_999), None),
        (Terms(PERCENT, percent=20), (1_119, 400), None),
        (Terms(THRESHOLD, amount_fen=1_000, threshold_fen=7_600), (0, 0), Why.TOO_LITTLE),
        (Terms(THRESHOLD, amount_fen=1_000, threshold_fen=7_599), (737, 263), None),
        (Terms(NTH, nth=2, percent=50), (1_400, 0), None),
        (Terms(NTH, nth=3, percent=50), (0, 999), None),
        (Terms(NTH, nth=4, percent=50), (0, 0), Why.TOO_FEW),
        (Terms(GIFT, gift_sku="cake", threshold_fen=5_600), (0, 1_999), None),
        (Terms(GIFT, gift_sku="cake", threshold_fen=5_601), (0, 0), Why.TOO_LITTLE),
        (Terms(GIFT, gift_sku="cup"), (0, 0), Why.GIFT_MISSING),
    ],
)
def test_in_a_cafe(coupon: Terms, off: tuple[int, int], why: Why | None):
    check(coupon)
    priced = baskets.price(coupon, COFFEE)
    assert (priced.line_fen, priced.why_not) == (off, why)


def test_the_second_half_price_only_for_coffee():
    only = Scope(categories=frozenset({"coffee"}))
    coupon = Terms(NTH, nth=2, percent=50, times=1, scope=only)
    assert baskets.price(coupon, [Line("cake", 2, 4_000, "food")]).why_not is Why.OTHER_GOODS
    assert baskets.price(coupon, COFFEE).line_fen == (1_400, 0)


@pytest.mark.parametrize(
    ("coupon", "wrong"),
    [
        (Terms(NTH, nth=1, percent=50), "nth"),
        (Terms(NTH, percent=50), "nth"),
        (Terms(NTH, nth=2), "percent"),
        (Terms(NTH, nth=2, percent=101), "percent"),
        (Terms(NTH, nth=2, percent=50, times=0), "times"),
        (Terms(GIFT), "gift_sku"),
        (Terms(GIFT, gift_sku="cup", amount_fen=5), "amount_fen"),
        (Terms(FIXED, amount_fen=5, gift_sku="cup"), "gift_sku"),
        (Terms(PERCENT, percent=5, times=1), "times"),
    ],
)
def test_terms_say_no_more_and_no_less_than_their_kind_needs(coupon: Terms, wrong: str):
    with pytest.raises(BadTerms, match=wrong):
        check(coupon)
