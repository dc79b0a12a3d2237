"""BG/NBD and Gamma-Gamma: the published figures, and what holds for any member."""

import statistics
from collections import defaultdict
from datetime import date

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import special

from tagging import buying, buying_fit, spending, spending_fit
from tagging.buying import Buying, History
from tagging.buying_fit import Histories
from tagging.fitting import CannotFit
from tagging.spending import Spending
from tests import cdnow

PUBLISHED = Buying(0.243, 4.414, 0.793, 2.426)
SPENT = Spending(6.25, 3.74, 15.44)
SHAPES = st.floats(0.05, 20)
FITTED = st.builds(Buying, SHAPES, st.floats(0.5, 60), SHAPES, SHAPES)
WEEKS = st.floats(0, 200)
PAST = st.builds(
    lambda repeats, last, more: History(repeats, last if repeats else 0.0, last + more),
    st.integers(0, 60),
    WEEKS,
    WEEKS,
)


def published_sample() -> tuple[Histories, np.ndarray]:
    """Repeats, weeks to the last, weeks in all; and dollars a repeat, of 2,357 customers."""
    spent: dict[int, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    for customer, on, fen in cdnow.sample():
        if on <= cdnow.CALIBRATED_TO:
            spent[customer][on] += fen
    past, dollars = [], []
    for days in spent.values():
        first, last = min(days), max(days)
        weeks = ((last - first).days / 7, (cdnow.CALIBRATED_TO - first).days / 7)
        past.append((len(days) - 1, *weeks))
        repeats = [fen / 100 for on, fen in days.items() if on != first]
        dollars.append(statistics.mean(repeats) if repeats else 0)
    columns = (np.array(column, dtype=float) for column in zip(*past, strict=True))
    return Histories(*columns), np.array(dollars)


def test_the_sample_of_cdnow_gives_the_published_parameters():
    past, dollars = published_sample()
    fitted = buying_fit.fit(past)
    assert len(past.repeats) == 2357
    found = [round(value, 3) for value in (fitted.r, fitted.alpha, fitted.a, fitted.b)]
    assert found == [0.243, 4.414, 0.793, 2.426]
    assert round(buying_fit.log_likelihood(fitted, past), 1) == -9582.4
    spent = spending_fit.fit(past.repeats, dollars)
    assert np.count_nonzero(past.repeats) == 946
    assert [round(value, 2) for value in (spent.p, spent.q, spent.v)] == [6.25, 3.74, 15.44]


def test_a_published_member_is_expected_to_buy_as_published():
    """Fader, Hardie and Lee's spreadsheet: 2 repeats, the last at 30.43 of 38.86 weeks."""
    her = History(2, 30.43, 38.86)
    assert round(buying.expected_orders(PUBLISHED, her, 39 * 7), 3) == 1.226


def test_the_population_spends_what_is_published_for_an_order():
    assert round(spending.mean(SPENT), 1) == 35.2
    assert spending.expected_amount(SPENT, 0, 0) == spending.mean(SPENT)


@given(st.floats(0.1, 5), st.floats(-0.9, 5), st.floats(1, 30), st.floats(0, 0.97))
def test_the_series_is_gauss_s_function(a: float, b: float, c: float, z: float):
    assert buying.hypergeometric(a, b, c, z) == pytest.approx(special.hyp2f1(a, b, c, z), rel=1e-9)


@given(FITTED, PAST)
def test_one_member_and_a_column_of_members_get_the_same_forecast(fitted: Buying, her: History):
    column = Histories(*(np.array([float(it)]) for it in (her.repeats, her.last_weeks, her.weeks)))
    alone = buying.expected_orders(fitted, her, 365)
    assert buying_fit.expected_orders(fitted, column, 365)[0] == pytest.approx(
        alone, rel=1e-7, abs=1e-9
    )
    assert buying_fit.alive_chance(fitted, column)[0] == pytest.approx(
        buying.alive_chance(fitted, her), rel=1e-12
    )


@pytest.mark.parametrize("her", [History(0, 0, 20), History(2, 30.43, 38.86), History(9, 5, 39)])
@pytest.mark.parametrize("fitted", [PUBLISHED, Buying(1.3, 9, 1.0, 2), Buying(0.6, 3, 4, 5)])
def test_the_forecast_is_what_integrating_over_her_rate_and_chance_gives(
    fitted: Buying, her: History
):
    assert buying.expected_orders(fitted, her, 365) == pytest.approx(
        integrated_orders(fitted, her, 365 / 7), rel=1e-4
    )


ALIKE = [  # members who hardly differ in when they stop, or in how often they buy
    (Buying(1.0753, 0.3437, 405.16, 3528.3), History(0, 0, 0), 9.2542922),
    (Buying(1.0753, 0.3437, 405.16, 3528.3), History(3, 0.5, 1), 5.5098339),
    (Buying(3000, 3000, 3, 60), History(0, 0, 3), 21.936303),
]


@pytest.mark.parametrize(("fitted", "her", "expected"), ALIKE)
def test_members_who_are_much_alike_have_a_forecast_too(
    fitted: Buying, her: History, expected: float
):
    """Expected is equation 10 to sixty digits."""
    column = Histories(*(np.array([float(it)]) for it in (her.repeats, her.last_weeks, her.weeks)))
    assert buying.expected_orders(fitted, her, 365) == pytest.approx(expected, rel=1e-4)
    assert buying_fit.expected_orders(fitted, column, 365)[0] == pytest.approx(expected, rel=1e-4)


def integrated_orders(fitted: Buying, her: History, ahead: float) -> float:
    """By Bayes' theorem, over her rate and her chance to stop (Gauss's quadratures, whose weights
    are the two densities): how likely her past is under them, and how many orders they bring. With
    a rate and a chance she orders (1 - e^(-rate*chance*t)) / chance times in a time t."""
    x, since = her.repeats, fitted.alpha + her.last_weeks
    scaled, of_rates = special.roots_genlaguerre(60, fitted.r + x - 1)
    places, of_chances = special.roots_jacobi(60, fitted.b - 1, fitted.a - 1)
    rate, chance = (scaled / since)[:, None], ((places + 1) / 2)[None, :]
    stays = (1 - chance) ** x * np.exp(-rate * (her.weeks - her.last_weeks))
    stops = chance * (1 - chance) ** (x - 1) if x else 0.0
    orders = -np.expm1(-rate * chance * ahead) / chance
    weights = of_rates[:, None] * of_chances[None, :]
    return float(np.sum(weights * stays * orders) / np.sum(weights * (stays + stops)))


@given(FITTED, PAST)
def test_chances_are_chances_and_nobody_orders_less_than_never(fitted: Buying, her: History):
    assert 0 <= buying.alive_chance(fitted, her) <= 1
    assert buying.expected_orders(fitted, her, 365) >= -1e-9


@given(FITTED, PAST, st.floats(0, 100))
def test_the_longer_she_is_silent_the_less_is_expected_of_her(fitted, her, more):
    later = History(her.repeats, her.last_weeks, her.weeks + more)
    assert buying.alive_chance(fitted, later) <= buying.alive_chance(fitted, her) + 1e-12
    now, then = (buying.expected_orders(fitted, it, 365) for it in (her, later))
    assert then <= now * (1 + 1e-9) + 1e-9


@example(Buying(1.05, 7.0, 0.95, 0.05), History(0, 0.0, 0.0), 7, 7)
@given(FITTED, PAST, st.integers(1, 400), st.integers(0, 400))
def test_more_time_brings_no_fewer_orders(fitted, her, days, more):
    sooner, later = (buying.expected_orders(fitted, her, it) for it in (days, days + more))
    assert later >= sooner * (1 - 1e-9) - 1e-9


@given(st.integers(1, 100), st.floats(0.01, 1e5))
def test_her_next_order_lies_between_her_own_mean_and_everybody_s(repeats, amount):
    expected = spending.expected_amount(SPENT, repeats, amount)
    low, high = sorted((amount, spending.mean(SPENT)))
    assert low * (1 - 1e-9) <= expected <= high * (1 + 1e-9)


def test_parameters_that_made_the_past_are_found_again():
    random = np.random.default_rng(7)
    true, members = Buying(0.8, 6.0, 0.6, 3.0), 20_000
    past = [lived(random, true, 104) for _ in range(members)]
    fitted = buying_fit.fit(Histories(*(np.array(c, dtype=float) for c in zip(*past, strict=True))))
    assert fitted.r == pytest.approx(true.r, rel=0.1)
    assert fitted.alpha == pytest.approx(true.alpha, rel=0.1)
    assert fitted.a / (fitted.a + fitted.b) == pytest.approx(true.a / (true.a + true.b), rel=0.1)


def lived(random: np.random.Generator, true: Buying, weeks: float) -> tuple[int, float, float]:
    rate, chance = random.gamma(true.r, 1 / true.alpha), random.beta(true.a, true.b)
    repeats, last = 0, 0.0
    while (at := last + random.exponential(1 / max(rate, 1e-12))) < weeks:
        repeats, last = repeats + 1, at
        if random.random() < chance:
            break
    return repeats, last, weeks


def test_too_few_buyers_teach_nothing_and_that_is_said():
    few = Histories(*(np.ones(20) for _ in range(3)))
    with pytest.raises(CannotFit, match="fewer than 100"):
        buying_fit.fit(few)
    with pytest.raises(CannotFit, match="fewer than 30"):
        spending_fit.fit(np.ones(20), np.ones(20))
