"""The way through the tiers: by examples, and against a walk day by day over every single row."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.loyalty.standing import histories, paths
from app.domain.loyalty.standing.histories import Gain
from app.domain.loyalty.standing.paths import Ending, Place
from app.domain.loyalty.standing.periods import EVER, Period
from app.domain.loyalty.standing.tier_terms import Condition, Level, Measure, Terms
from tests.watched_days import Naive

FIRST = date(2026, 4, 1)
DAY = timedelta(days=1)
YEAR = Period(kind="months", count=12)
GROWTH, SPEND, ORDERS = Measure.GROWTH, Measure.SPEND_FEN, Measure.ORDERS


def terms(*levels: tuple[tuple[Condition, ...], ...], **rest: object) -> Terms:
    keys = ("basic", "silver", "gold", "black", "diamond", "star")
    made = [
        Level(key=key, name=key, name_en=key, ways=ways)
        for key, ways in zip(keys, ((), *levels), strict=False)
    ]
    return Terms.model_validate({"levels": made, **rest})


def spent(fen: int, over: Period = YEAR) -> tuple[tuple[Condition, ...], ...]:
    return ((Condition(measure=SPEND, at_least=fen, over=over),),)


A_YEAR = terms(spent(500), spent(2000), kept=YEAR, grace_days=30, notice_days=14)


def test_she_goes_up_on_the_day_and_keeps_it_to_the_same_day_a_year_later() -> None:
    history = histories.of([(SPEND, FIRST, 2000)])
    place = paths.walk(A_YEAR, history, Place(), FIRST)
    assert place == Place(2, FIRST, date(2027, 4, 1))


def test_what_raised_her_does_not_keep_her_a_second_year() -> None:
    history = histories.of([(SPEND, FIRST, 2000), (SPEND, FIRST + DAY, 600)])
    in_grace = paths.walk(A_YEAR, history, Place(), date(2027, 4, 2))
    assert in_grace == Place(2, FIRST, date(2027, 4, 1), date(2027, 5, 2), met_at_end=1)
    fallen = paths.walk(A_YEAR, history, Place(), date(2027, 5, 2))
    assert fallen == Place(1, date(2027, 5, 2), date(2028, 5, 2))


def test_whoever_meets_it_in_the_grace_keeps_it() -> None:
    again = (SPEND, date(2027, 5, 1), 2000)
    history = histories.of([(SPEND, FIRST, 2000), again])
    place = paths.walk(A_YEAR, history, Place(), date(2027, 5, 2))
    assert place == Place(2, date(2027, 5, 1), date(2028, 5, 1))


def test_whoever_meets_it_on_the_last_day_keeps_it_for_another_period() -> None:
    history = histories.of([(SPEND, FIRST, 2000), (SPEND, FIRST + 100 * DAY, 2000)])
    place = paths.walk(A_YEAR, history, Place(), date(2027, 12, 1))
    assert (place.level, place.last_on) == (2, date(2028, 4, 1))
    kept = histories.of(
        [(SPEND, FIRST, 2000), (SPEND, FIRST + DAY, 1900), (SPEND, FIRST + DAY, 100)]
    )
    once = terms(spent(500), spent(2000), kept=Period(kind="days", count=30))
    assert paths.walk(once, kept, Place(), FIRST + 31 * DAY).last_on == FIRST + 60 * DAY


def test_one_level_at_a_time_where_the_terms_say_so() -> None:
    gently = A_YEAR.model_copy(update={"falls": "one_level", "grace_days": 0})
    history = histories.of([(SPEND, FIRST, 2000)])
    assert paths.walk(gently, history, Place(), date(2027, 4, 2)).level == 1
    assert paths.walk(gently, history, Place(), date(2028, 4, 3)).level == 0


def test_the_notice_says_when_she_falls_and_to_what() -> None:
    history = histories.of([(SPEND, FIRST, 2000), (SPEND, FIRST + DAY, 600)])
    place = paths.walk(A_YEAR, history, Place(), FIRST + DAY)
    assert paths.ending(A_YEAR, history, place) == Ending(1, date(2027, 5, 2))
    assert paths.next_look_on(A_YEAR, place, FIRST + DAY) == date(2027, 3, 18)
    assert paths.next_look_on(A_YEAR, place, date(2027, 3, 18)) == date(2027, 4, 2)
    safe = histories.of([(SPEND, FIRST, 2000), (SPEND, FIRST + DAY, 2000)])
    assert paths.ending(A_YEAR, safe, paths.walk(A_YEAR, safe, Place(), FIRST)) is None


def test_a_calendar_year_counts_from_january_and_is_kept_through_the_next() -> None:
    year = Period(kind="year")
    by_year = terms(spent(500, year), spent(2000, year), kept=year)
    history = histories.of([(SPEND, date(2026, 12, 31), 2000)])
    assert paths.walk(by_year, history, Place(), date(2027, 1, 1)).level == 2
    assert paths.walk(by_year, history, Place(), date(2027, 12, 31)).last_on == date(2027, 12, 31)
    assert paths.walk(by_year, history, Place(), date(2028, 1, 1)).level == 0


def test_all_conditions_of_a_way_or_any_other_way() -> None:
    both = (
        Condition(measure=SPEND, at_least=2000, over=YEAR),
        Condition(measure=ORDERS, at_least=5, over=YEAR),
    )
    either = terms((both, (Condition(measure=GROWTH, at_least=9000),)), spent(10**9))
    rich = histories.of([(SPEND, FIRST, 5000), (ORDERS, FIRST, 1)])
    busy = histories.of([(SPEND, FIRST, 5000), *((ORDERS, FIRST, 1),) * 5])
    grown = histories.of([(GROWTH, FIRST, 9000)])
    levels = [paths.walk(either, it, Place(), FIRST).level for it in (rich, busy, grown)]
    assert levels == [0, 1, 1]


PERIODS = st.sampled_from(
    [EVER, Period(kind="year"), Period(kind="months", count=2), Period(kind="days", count=40)]
)
CONDITIONS = st.builds(
    Condition, measure=st.sampled_from(list(Measure)), at_least=st.integers(1, 12), over=PERIODS
)
WAYS = st.lists(
    st.lists(CONDITIONS, min_size=1, max_size=2).map(tuple), min_size=1, max_size=2
).map(tuple)
SCHEMES = st.builds(
    lambda ways, **rest: terms(*ways, **rest),
    st.lists(WAYS, min_size=2, max_size=4),
    kept=PERIODS,
    grace_days=st.sampled_from([0, 5, 45]),
    notice_days=st.sampled_from([0, 7]),
    falls=st.sampled_from(["to_level", "one_level"]),
)
GAINS = st.lists(
    st.tuples(
        st.sampled_from(list(Measure)),
        st.integers(0, 500).map(lambda days: FIRST + days * DAY),
        st.integers(1, 9),
    ),
    max_size=12,
)


@given(SCHEMES, GAINS, st.integers(0, 900))
def test_the_walk_comes_to_what_looking_at_her_every_day_comes_to(
    scheme: Terms, gains: list[Gain], days: int
) -> None:
    """Where days make no difference, only the level is asked for: nobody keeps a day then."""
    naive = Naive(scheme, gains)
    naive.live_through(FIRST, FIRST + days * DAY)
    place = paths.walk(scheme, histories.of(gains), Place(), FIRST + days * DAY)
    assert place.level == naive.level
    assert (place.last_on, place.falls_on) == (naive.last_on, naive.falls_on)


@given(SCHEMES, GAINS, st.integers(0, 400), st.integers(0, 400))
def test_nothing_happens_before_the_day_of_the_next_look(
    scheme: Terms, gains: list[Gain], days: int, later: int
) -> None:
    """As long as she does nothing, the clock may leave her alone until then."""
    today, history = (
        FIRST + days * DAY,
        histories.of(g for g in gains if g[1] <= FIRST + days * DAY),
    )
    place = paths.walk(scheme, history, Place(), today)
    next_on = paths.next_look_on(scheme, place, today)
    until = today + later * DAY if next_on is None else min(today + later * DAY, next_on - DAY)
    if until > today:
        assert paths.walk(scheme, history, Place(), until) == place
