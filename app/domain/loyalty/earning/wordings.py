"""Rules and what they gave in words, in both languages: for operators, and for members who ask how
points are earned."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from app.domain.english import counted
from app.domain.loyalty import expiry_terms
from app.domain.loyalty.earning import kinds
from app.domain.loyalty.earning.terms import BEST_ONLY, OfBonus, OfOrders, Terms
from app.domain.loyalty.earning.worth import Grant, Ruling
from app.domain.loyalty.expiry_terms import AfterDays, AfterMonths
from app.domain.loyalty.standing.tiers import Tier


@dataclass(frozen=True, slots=True)
class Wording:
    zh: str
    en: str


Names = Mapping[str, Wording]
NAMES: Names = {
    kinds.JOIN: Wording("首次关注", "Following for the first time"),
    kinds.SIGN_UP: Wording("注册会员", "Signing up"),
    kinds.PROFILE: Wording("完善资料", "A complete profile"),
    kinds.SIGN_IN: Wording("每日签到", "Signing in, once a day"),
    kinds.STREAK: Wording("连续签到", "Signing in day after day"),
    kinds.GROUP_CHAT: Wording("每天在群里发言", "Speaking in a group, once a day"),
    kinds.QUIZ: Wording("答对问答", "A right answer to a quiz"),
    kinds.RADAR: Wording("阅读文章", "Reading an article"),
    kinds.FORM: Wording("填写表单", "Filling in a form"),
    kinds.SHARE: Wording("分享的链接被打开", "Somebody opens a link she passed on"),
    kinds.LIVE: Wording("观看直播", "Watching a live stream"),
    kinds.REFERRAL: Wording("邀请好友", "Bringing a friend"),
    kinds.ORDER: Wording("消费", "Buying"),
    kinds.CLAIM: Wording("用订单号领取订单", "Claiming an order by its number"),
    kinds.ITEM_CODE: Wording("扫商品上的码", "Scanning the code on an item"),
    kinds.TIER: Wording("等级加倍", "Her tier's factor"),
    kinds.BIRTHDAY: Wording("生日加倍", "Birthday"),
    kinds.MEMBER_DAY: Wording("会员日加倍", "Member day"),
    kinds.CAMPAIGN: Wording("活动加倍", "Campaign"),
}
_SPANS = {
    "day": Wording("当天", "day"),
    "week": Wording("当周", "week"),
    "month": Wording("当月", "month"),
}
_PERIODS = {
    "day": Wording("每天", "a day"),
    "week": Wording("每周", "a week"),
    "ever": Wording("累计", "in all"),
}
_WEEKDAYS_ZH = "一二三四五六日"
_WEEKDAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def names_of(tiers: Iterable[Tier]) -> Names:
    """What the tiers are called, by their keys."""
    return {tier.key: Wording(tier.name, tier.name_en) for tier in tiers}


def of_rule(ruling: Ruling, tiers: Names) -> Wording:
    """What a rule gives, and under which terms, as one line."""
    bonus = ruling.terms.bonus
    first = _of_bonus(ruling, bonus) if bonus else _of_act(ruling)
    parts = [first, *_terms(ruling.terms, tiers)]
    return Wording("；".join(part.zh for part in parts), "; ".join(part.en for part in parts))


def of_grant(grant: Grant, tiers: Names) -> Wording:
    """Why so much: from what, by which factor, and what a cap has cut."""
    parts = [_reason(grant, tiers)]
    if grant.amount < grant.wanted:
        cut = Wording(f"应得 {grant.wanted}，已到上限", f"{grant.wanted} before the cap")
        parts.append(cut)
    return Wording("；".join(part.zh for part in parts), "; ".join(part.en for part in parts))


def _reason(grant: Grant, tiers: Names) -> Wording:
    if grant.factor is not None:
        times, name = _times(grant.factor), NAMES[grant.kind]
        if not grant.tier:
            return Wording(f"{name.zh} {times} 倍", f"{name.en}, {times} times")
        tier = _called(grant.tier, tiers)
        return Wording(
            f"{name.zh}（{tier.zh}） {times} 倍", f"{name.en} ({tier.en}), {times} times"
        )
    if grant.counted_fen is not None:
        yuan = _yuan(grant.counted_fen)
        return Wording(f"计入消费 {yuan} 元", f"{yuan} yuan count")
    return NAMES[grant.kind]


def _of_act(ruling: Ruling) -> Wording:
    points, least, name = ruling.points, ruling.terms.least, NAMES[ruling.kind]
    window = ruling.terms.window_days
    if ruling.terms.order is not None:
        each = _yuan(ruling.terms.order.each_fen)
        return Wording(
            f"每消费 {each} 元得 {points} 积分",
            f"For every {each} yuan spent: {counted(points, 'point')}",
        )
    if ruling.kind in kinds.WITH_OWN_POINTS:
        return Wording(f"{name.zh}：得它自己标明的积分", f"{name.en}: the points it names itself")
    measured = {
        kinds.STREAK: Wording(
            f"连续签到 {least} 天", f"Signing in {counted(least, 'day')} in a row"
        ),
        kinds.GROUP_CHAT: Wording(
            f"每天在群里发言，不少于 {least} 个字",
            f"Speaking in a group, once a day, in {counted(least, 'character')} at least",
        ),
        kinds.LIVE: Wording(
            f"观看直播满 {least} 分钟", f"Watching a live stream for {counted(least, 'minute')}"
        ),
        kinds.CLAIM: Wording(
            f"付款后 {window} 天内用订单号领取订单",
            f"Claiming an order within {counted(window, 'day')} after it was paid",
        ),
    }
    done = measured.get(ruling.kind, name)
    if not points:
        return done
    return Wording(f"{done.zh}：得 {points} 积分", f"{done.en}: {counted(points, 'point')}")


def _of_bonus(ruling: Ruling, bonus: OfBonus) -> Wording:
    times = _times(bonus.factor)
    if ruling.kind == kinds.BIRTHDAY:
        span = _SPANS[bonus.span]
        when = Wording(f"生日{span.zh}", f"In the {span.en} of her birthday")
    elif ruling.kind == kinds.MEMBER_DAY:
        when = _days(bonus)
    else:
        when = NAMES[kinds.CAMPAIGN]
    return Wording(f"{when.zh}：积分 {times} 倍", f"{when.en}: {times} times the points")


def _days(bonus: OfBonus) -> Wording:
    weekdays = sorted(bonus.weekdays)
    zh, en = [], []
    if weekdays:
        zh.append("每周" + "、".join(_WEEKDAYS_ZH[day - 1] for day in weekdays))
        en.append("every " + ", ".join(_WEEKDAYS_EN[day - 1] for day in weekdays))
    if bonus.days:
        zh.append("每月 " + _listed(map(str, sorted(bonus.days))).zh + " 日")
        en.append("on day " + _listed(map(str, sorted(bonus.days))).en + " of the month")
    said = " and ".join(en)
    return Wording("和".join(zh), said[0].upper() + said[1:])


def _terms(terms: Terms, tiers: Names) -> Iterator[Wording]:
    if terms.from_on or terms.until_on:
        first, last = (_day(on) for on in (terms.from_on, terms.until_on))
        yield Wording(f"{first} 至 {last}", f"from {first} to {last}")
    if terms.order is not None:
        yield from _scope(terms.order)
    if terms.bonus is not None:
        yield from _bonus_scope(terms.bonus, tiers)
    if terms.tier_factor:
        yield Wording("按等级加倍", "times the factor of her tier")
    for period, most in terms.caps:
        said = _PERIODS[period]
        yield Wording(f"{said.zh}最多 {most}", f"at most {most} {said.en}")
    if terms.pending_days:
        days = terms.pending_days
        yield Wording(f"{days} 天后可用", f"to be spent after {counted(days, 'day')}")
    if terms.expires is not None:
        yield _expiry(terms.expires)


def _scope(order: OfOrders) -> Iterator[Wording]:
    if order.min_fen:
        yuan = _yuan(order.min_fen)
        yield Wording(f"订单满 {yuan} 元", f"orders from {yuan} yuan on")
    yield from _only("店铺", "shops", order.sources)
    yield from _only("渠道", "channels", order.channels)
    yield from _only("商品", "products", order.skus)
    yield from _only("分类", "categories", order.categories)


def _bonus_scope(bonus: OfBonus, tiers: Names) -> Iterator[Wording]:
    if bonus.kinds:
        named = [NAMES[kind] for kind in sorted(bonus.kinds, key=kinds.ACTS.index)]
        zh, en = "、".join(one.zh for one in named), ", ".join(one.en for one in named)
        yield Wording(f"只对：{zh}", f"only for: {en}")
    if bonus.tiers:
        called = [_called(key, tiers) for key in sorted(bonus.tiers)]
        zh, en = "、".join(one.zh for one in called), ", ".join(one.en for one in called)
        yield Wording(f"限等级：{zh}", f"only tiers: {en}")
    yield from _only("店铺", "shops", bonus.sources)
    yield from _only("渠道", "channels", bonus.channels)
    yield from _only("标签", "tags", bonus.tags)
    yield from _only("人群", "segments", bonus.segments)
    if bonus.stacks == BEST_ONLY:
        yield Wording("同类活动只取最高的一个", "only the best of such campaigns counts")


def _only(zh: str, en: str, names: Iterable[str]) -> Iterator[Wording]:
    listed = _listed(sorted(names))
    if listed.zh:
        yield Wording(f"限{zh}：{listed.zh}", f"only {en}: {listed.en}")


def _expiry(expires: expiry_terms.Terms) -> Wording:
    if isinstance(expires, AfterDays):
        days = expires.days
        return Wording(f"{days} 天后过期", f"they lapse after {counted(days, 'day')}")
    if isinstance(expires, AfterMonths):
        months = expires.months
        return Wording(f"{months} 个月后过期", f"they lapse after {counted(months, 'month')}")
    on, years = f"{expires.month:02}-{expires.day:02}", expires.years_later
    if not years:
        return Wording(f"到下一个 {on} 过期", f"they lapse on the next {on}")
    return Wording(
        f"到下一个 {on} 再过 {years} 年过期", f"they lapse {years} years after the next {on}"
    )


def _called(tier_key: str, tiers: Names) -> Wording:
    """A tier that is no more goes by its key."""
    return tiers.get(tier_key, Wording(tier_key, tier_key))


def _listed(names: Iterable[str]) -> Wording:
    known = list(names)
    return Wording("、".join(known), ", ".join(known))


def _day(on: object) -> str:
    return str(on) if on is not None else "…"


def _times(factor: int) -> str:
    return f"{factor / 100:g}"


def _yuan(fen: int) -> str:
    return f"{fen / 100:.2f}".removesuffix(".00")
