"""Presets of tiers: schemes that others run, to begin with and to change."""

from collections.abc import Mapping

from app.domain.loyalty.standing.periods import EVER, Period
from app.domain.loyalty.standing.tier_terms import Condition, Level, Measure, Terms

A_YEAR = Period(kind="months", count=12)
GROWTH, TAOBAO, SPEND = "growth", "taobao", "spend"


def _level(key: str, name: str, name_en: str, *way: Condition) -> Level:
    return Level(key=key, name=name, name_en=name_en, ways=(way,) if way else ())


def _asks(measure: Measure, at_least: int, over: Period = EVER) -> Condition:
    return Condition(measure=measure, at_least=at_least, over=over)


# 成长值: what was ever earned decides, and a tier is for good.
_BY_GROWTH = Terms(
    levels=(
        _level("basic", "普通", "Basic"),
        _level("silver", "白银", "Silver", _asks(Measure.GROWTH, 100)),
        _level("gold", "黄金", "Gold", _asks(Measure.GROWTH, 500)),
        _level("black", "黑金", "Black", _asks(Measure.GROWTH, 2000)),
    )
)

# 淘宝: 500 of growth; 2,000 yuan and 5 orders a year; 5,000 yuan a year and taking part.
_AS_TAOBAO = Terms(
    levels=(
        _level("basic", "普通", "Basic"),
        _level("silver", "白银", "Silver", _asks(Measure.GROWTH, 500)),
        _level(
            "gold",
            "黄金",
            "Gold",
            _asks(Measure.SPEND_FEN, 200_000, A_YEAR),
            _asks(Measure.ORDERS, 5, A_YEAR),
        ),
        _level(
            "black",
            "黑金",
            "Black",
            _asks(Measure.SPEND_FEN, 500_000, A_YEAR),
            _asks(Measure.INTERACTION_DAYS, 12, A_YEAR),
        ),
    ),
    kept=A_YEAR,
    grace_days=30,
    notice_days=14,
)

# 消费: what was spent in twelve months decides, and one level at most is lost at a time.
_BY_SPEND = Terms(
    levels=(
        _level("basic", "普通", "Basic"),
        _level("silver", "白银", "Silver", _asks(Measure.SPEND_FEN, 50_000, A_YEAR)),
        _level("gold", "黄金", "Gold", _asks(Measure.SPEND_FEN, 200_000, A_YEAR)),
        _level("black", "黑金", "Black", _asks(Measure.SPEND_FEN, 500_000, A_YEAR)),
    ),
    kept=A_YEAR,
    grace_days=30,
    notice_days=14,
    falls="one_level",
)

PRESETS: Mapping[str, Terms] = {GROWTH: _BY_GROWTH, TAOBAO: _AS_TAOBAO, SPEND: _BY_SPEND}
