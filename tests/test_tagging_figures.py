"""The figures of one member and of all at once are the same; and what they are made of."""

import math
import statistics
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagging import cluster_fit, clusters, figure_columns, figures, order_columns, order_sums
from tagging.affinity import Pair
from tagging.buying import Buying
from tagging.figures import Fitted, Rules
from tagging.life_cycle import Patience, Stage
from tagging.order_columns import Calendar, OrderSums
from tagging.replenishment import Interval
from tagging.rfm import Limits
from tagging.spending import Spending
from tests import cdnow

RULES = Rules(
    Limits((30, 60, 120, 240), (2, 3, 5, 10), (10_000, 30_000, 60_000, 100_000)), Patience()
)
FITTED = Fitted(
    Limits((20, 50, 90, 200), (1, 1, 2, 4), (5_000, 9_900, 20_000, 60_000)),
    25.0,
    Buying(0.243, 4.414, 0.793, 2.426),
    Spending(6.25, 3.74, 1544.0),
    clusters.Clusters(
        (-3.0, 1.0, 5.0),
        (1.0, 0.6, 1.2),
        ((1.1, 0.9, 1.0), (-0.8, -0.7, -0.9)),
        ("r_high.f_high.m_high", "r_low.f_low.m_low"),
    ),
)
TODAY = date(2026, 11, 2).toordinal()
ORDERS = st.lists(
    st.tuples(st.integers(TODAY - 700, TODAY), st.integers(0, 10**6)), min_size=1, max_size=12
)


@given(st.dictionaries(st.integers(1, 10**9), ORDERS, min_size=1, max_size=8))
def test_the_sums_of_one_member_and_of_a_column_are_the_same(orders_of):
    columns = columns_of({member: sorted(orders) for member, orders in orders_of.items()})
    assert columns.member_ids.tolist() == sorted(orders_of)
    for place, member in enumerate(sorted(orders_of)):
        alone = order_sums.of(sorted(orders_of[member]), 0, None)
        assert row(columns, place) == alone


@given(st.dictionaries(st.integers(1, 10**9), ORDERS, min_size=1, max_size=8))
def test_the_figures_of_one_member_and_of_a_column_are_the_same(orders_of):
    columns = columns_of({member: sorted(orders) for member, orders in orders_of.items()})
    found = figure_columns.of(columns, RULES, FITTED, TODAY)
    for place, member in enumerate(sorted(orders_of)):
        alone = figures.of(order_sums.of(sorted(orders_of[member]), 0, None), RULES, FITTED, TODAY)
        assert alone.scores is not None
        assert alone.bands is not None
        assert found.recency_days[place] == alone.recency_days
        assert found.stages[place] == alone.stage
        assert found.clusters[place] == alone.cluster
        assert found.segments[place] == alone.scores.segment
        for column, scale in ((found.scores, alone.scores), (found.bands, alone.bands)):
            assert [c[place] for c in column] == [scale.recency, scale.frequency, scale.money]
        assert found.expected_orders_year[place] == pytest.approx(
            alone.expected_orders_year, abs=1.01e-4
        )
        assert found.alive_chances[place] == pytest.approx(alone.alive_chance, abs=1.01e-4)
        assert found.expected_value_fen_year[place] == pytest.approx(
            alone.expected_value_fen_year, abs=1.01
        )


def test_who_has_never_bought_is_judged_by_when_she_was_heard_of():
    stages = [
        figures.of(order_sums.of([], TODAY - known, TODAY - seen), RULES, FITTED, TODAY).stage
        for known, seen in ((3, 0), (300, 5), (300, 50), (300, 90), (300, 290))
    ]
    assert stages == [Stage.NEW, Stage.ACTIVE, Stage.SILENT, Stage.CHURNING, Stage.LOST]


def test_without_a_night_nothing_is_forecast_and_the_usual_rhythm_stands_in():
    alone = figures.of(order_sums.of([(TODAY - 50, 100)], 0, None), RULES, Fitted(), TODAY)
    assert (alone.scores, alone.cluster, alone.expected_orders_year) == (None, None, None)
    assert alone.stage == Stage.SILENT
    assert alone.bands is not None


def test_what_is_more_than_a_number_holds_is_not_forecast():
    odd = Fitted(buying=Buying(50_000, 0.5, 1.5, 0.03), spending=FITTED.spending)
    bought = [(TODAY - 50 + day, 100) for day in range(51)]
    alone = figures.of(order_sums.of(bought, 0, None), RULES, odd, TODAY)
    assert (alone.expected_orders_year, alone.expected_value_fen_year) == (None, None)
    found = figure_columns.of(columns_of({1: bought}), RULES, odd, TODAY)
    assert np.isnan([found.expected_orders_year[0], found.expected_value_fen_year[0]]).all()


def test_what_is_fitted_is_kept_as_it_is():
    assert figures.fitted_from(figures.as_written(FITTED)) == FITTED
    assert figures.fitted_from(figures.as_written(Fitted())) == Fitted()


@given(
    st.lists(st.integers(0, 2 * 10**15), min_size=1, max_size=20),
    st.sampled_from(["Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]),
)
def test_days_and_hours_are_those_of_the_clock_on_the_wall(moments, name):
    zone, epoch = ZoneInfo(name), datetime(1970, 1, 1, tzinfo=UTC)
    column = np.array(moments)
    local = [(epoch + timedelta(microseconds=us)).astimezone(zone) for us in moments]
    assert Calendar(zone).days(column).tolist() == [at.date().toordinal() for at in local]
    assert Calendar(zone).hours(column).tolist() == [at.hour for at in local]


def test_clusters_are_found_again_and_named_by_their_centres():
    random = np.random.default_rng(3)

    def around(recency: float, orders: float, fen: float, many: int) -> np.ndarray:
        centre = np.array([recency, orders, fen])
        return np.rint(centre * np.exp(random.normal(0, 0.1, (many, 3))))

    buyers = np.concatenate([around(5, 12, 90_000, 200), around(300, 2, 4_000, 200)])
    columns = (buyers[:, 0], buyers[:, 1], buyers[:, 2])
    fitted = cluster_fit.fit(*columns, 2)
    assert fitted.names == ("r_high.f_high.m_high", "r_low.f_low.m_low")
    assert fitted == cluster_fit.fit(*columns, 2)
    assert clusters.nearest(fitted, 4, 13, 100_000) == "r_high.f_high.m_high"
    assert clusters.nearest(fitted, 280, 2, 3_000) == "r_low.f_low.m_low"


def test_clusters_of_one_name_are_numbered():
    centres = [(1, 1, 2), (1, 1, 1), (0, 0, 0)]
    assert clusters.names_of(centres) == (
        "r_high.f_high.m_high",
        "r_high.f_high.m_high#2",
        "r_mid.f_mid.m_mid",
    )


def test_pairs_are_told_from_chance_by_their_lift():
    pair = Pair(baskets=1000, first=100, second=50, together=20)
    assert (pair.support, pair.confidence, pair.confidence_back) == (0.02, 0.2, 0.4)
    assert pair.lift == 4.0
    assert Pair(baskets=100, first=10, second=10, together=1).lift == 1.0


def test_of_ninety_days_she_is_reminded_at_sixty():
    assert Interval(90, None).remind_after_days == 60
    assert Interval(None, 30.4).remind_after_days == 20
    assert Interval(90, 30.0, 75).remind_after_days == 75
    assert Interval(None, None).remind_after_days is None


def test_rfm_of_everybody_at_cdnow_is_what_is_reckoned_apart():
    """Reckoned without arrays, ranks by comparing everybody with everybody's sorted values."""
    orders_of: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for customer, on, fen in cdnow.everybody():
        orders_of[customer].append((on.toordinal(), fen))
    today = date(1998, 6, 30).toordinal()
    columns = columns_of({member: sorted(orders) for member, orders in orders_of.items()})
    fitted = Fitted(figure_columns.limits(columns, today))
    found = figure_columns.of(columns, RULES, fitted, today)
    assert len(found.stages) == len(orders_of) == 23_570
    mine = {
        member: (today - max(d for d, _ in o), len(o), sum(f for _, f in o))
        for member, o in orders_of.items()
    }
    assert found.scores is not None
    for axis in range(3):
        fifths = fifths_of([values[axis] for values in mine.values()])
        for place, member in enumerate(columns.member_ids.tolist()):
            fifth = fifths[mine[member][axis]]
            assert found.scores[axis][place] == (6 - fifth if axis == 0 else fifth)
    assert columns.spent_fen.sum() == sum(fen for _, _, fen in cdnow.everybody())
    for place, member in list(enumerate(columns.member_ids.tolist()))[::97]:
        days = sorted({day for day, _ in orders_of[member]})
        gaps = [b - a for a, b in zip(days, days[1:], strict=False)]
        rhythm = columns.rhythm_days[place]
        assert math.isnan(rhythm) if len(gaps) < 2 else rhythm == statistics.median(gaps)


def fifths_of(values: list[int]) -> dict[int, int]:
    """Each value's fifth: whoever has fewer than a fifth of all below him is in the first. So that
    equal values share one, the lowest place among them decides."""
    below: dict[int, int] = {}
    for place, value in enumerate(sorted(values)):
        below.setdefault(value, place)
    return {value: 1 + place * 5 // len(values) for value, place in below.items()}


def columns_of(orders_of: dict[int, list[tuple[int, int]]]) -> OrderSums:
    rows = [(m, day, fen) for m in sorted(orders_of) for day, fen in orders_of[m]]
    members, days, fens = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    return order_columns.sums_of(members, days * order_columns.DAY_US, fens, days)


def row(columns: OrderSums, place: int) -> figures.Sums:
    rhythm = float(columns.rhythm_days[place])
    return figures.Sums(
        int(columns.orders[place]),
        int(columns.spent_fen[place]),
        int(columns.bought_days[place]),
        int(columns.first_day[place]),
        int(columns.last_day[place]),
        int(columns.repeat_fen[place]),
        None if math.isnan(rhythm) else rhythm,
    )
