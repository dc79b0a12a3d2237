"""What tiers ask for, in words, as (中文, English)."""

from app.domain.english import counted
from app.domain.loyalty.standing.periods import Period
from app.domain.loyalty.standing.tier_terms import Condition, Level, Measure

Wording = tuple[str, str]


def condition(it: Condition) -> Wording:
    """近 12 个月消费满 2000 元 / at least ¥2,000 spent in the last 12 months."""
    over_zh, over_en = _over(it.over)
    amount = it.at_least
    match it.measure:
        case Measure.GROWTH:
            zh, en = f"成长值达到 {amount}", f"a growth value of {amount:,}"
        case Measure.SPEND_FEN:
            yuan = amount / 100
            zh, en = f"消费满 {yuan:g} 元", f"¥{yuan:,.10g} spent"
        case Measure.ORDERS:
            zh, en = f"下单满 {amount} 笔", counted(amount, "order")
        case Measure.INTERACTION_DAYS:
            zh, en = f"互动满 {amount} 天", f"{counted(amount, 'day')} with an interaction"
    return f"{over_zh}{zh}", f"{en}{over_en}"


def level(it: Level) -> Wording:
    """All of its ways; the lowest asks for nothing."""
    if not it.ways:
        return "无条件", "nothing"
    ways = [[condition(each) for each in way] for way in it.ways]
    zh = "，或".join("且".join(each for each, _ in way) for way in ways)
    en = ", or ".join(" and ".join(each for _, each in way) for way in ways)
    return zh, en


def period(it: Period) -> Wording:
    """How long something is kept."""
    match it.kind:
        case "days":
            return f"{it.count} 天", counted(it.count, "day")
        case "months":
            return f"{it.count} 个月", counted(it.count, "month")
        case "year":
            return "到当年年底", "to the end of the year"
    return "长期", "for ever"


def _over(it: Period) -> Wording:
    match it.kind:
        case "days":
            return f"近 {it.count} 天", f" in the last {counted(it.count, 'day')}"
        case "months":
            return f"近 {it.count} 个月", f" in the last {counted(it.count, 'month')}"
        case "year":
            return "当年", " this calendar year"
    return "累计", " altogether"
