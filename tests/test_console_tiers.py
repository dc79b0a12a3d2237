"""Operators write schemes of tiers, benefits and membership cards, and see what they would do."""

import re

from app.domain.loyalty.standing import benefits, tiers
from app.domain.loyalty.standing.membership_cards import MembershipCard
from app.domain.loyalty.standing.standings import TierOverride
from app.domain.loyalty.standing.tier_schemes import TierScheme
from app.domain.loyalty.standing.tiers import Tier
from app.domain.people.operators import AuditEntry
from tests import standing_world as at
from tests.console_desk import Desk, told_at
from tests.world import World

NOTHING = "要写至少多少，否则这个条件不算"
NO_COUNT = "选了天或月才填；累计、当年、长期有效都不用填"

_INPUT = re.compile(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"')
_SELECT = re.compile(r'<select[^>]*name="([^"]+)".*?</select>', re.DOTALL)
_CHOSEN = re.compile(r'<option value="([^"]*)" selected')


def form_of(page: str) -> dict[str, str]:
    """What a browser would send back, as it stands on the page."""
    fields = {name: value for name, value in _INPUT.findall(page) if name != "csrf_token"}
    for found in _SELECT.finditer(page):
        chosen = _CHOSEN.search(found[0])
        if chosen:
            fields[found[1]] = chosen[1]
    fields.pop("may_lower", None)
    return fields


def member_path(world: World, name: str) -> str:
    with world.siyu.database.reading() as session:
        return f"/members/{world.member(session, name).id}"


def test_a_preset_is_counted_before_it_moves_anybody(world: World, desk: Desk) -> None:
    at.come(world, "小雨", "阿诚")
    at.order(world, "小雨", "A1", 600_000)
    form = form_of(desk.read("/tiers/scheme?preset=spend")) | {"may_lower": "yes"}
    assert form["level-2-0-0-at_least"] == "2000"
    assert desk.post("/tiers/scheme", form).status_code == 303
    page = desk.read("/tiers")
    assert "待启用的方案" in page
    assert "近 12 个月消费满 5000 元" in page
    (draft,) = world.rows(TierScheme)
    assert draft.counted == {"basic": {"black": 1, "basic": 1}}
    assert at.tier(world, "小雨") == "basic", "nobody has moved"
    desk.post(f"/tiers/scheme/{draft.id}/begin")
    at.tick(world)
    assert at.tier(world, "小雨") == "black"
    assert at.changes(world) == [("black", "up", "scheme")]
    assert "恭喜" not in str(world.heard("小雨")), "many move at once, quietly"
    assert {it.key for it in world.rows(Tier)} == {"basic", "silver", "gold", "black"}
    assert "黑金" in desk.read("/tiers")
    done = [it.action for it in world.rows(AuditEntry)]
    assert done[-2:] == ["tier.draft", "tier.begin"]


def test_what_is_wrong_with_a_scheme_is_said_where_it_stands(world: World, desk: Desk) -> None:
    good = form_of(desk.read("/tiers/scheme?preset=taobao"))
    for wrong, field, said in (
        ({"level-1-0-0-at_least": "0"}, "level-1-0-0-at_least", "条件里的数要是正整数"),
        ({"level-2-0-0-at_least": "NaN"}, "level-2-0-0-at_least", "条件里的数要是正整数"),
        ({"level-2-0-0-at_least": "1.555"}, "level-2-0-0-at_least", "条件里的数要是正整数"),
        ({"level-1-key": "gold"}, "level-2-key", "和第 2 级的标识相同"),
        ({"level-0-name": ""}, "level-1-name", "最低的一级不能有条件"),
        ({"level-3-0-0-count": "0"}, "level-3-0-0-count", "期间的天数或月数不对"),
        ({"level-1-name": "很" * 21}, "level-1-name", "名称要有 1 到 20 个字"),
        ({"grace_days": "999"}, "grace_days", "宽限期要是 0 到 365 天"),
        ({"kept-count": "x"}, "kept-count", "有效期的天数或月数不对"),
        ({"level-1-0-1-kind": "ever", "level-1-0-1-count": "3"}, "level-1-0-1-at_least", NOTHING),
        ({"level-1-0-0-kind": "ever", "level-1-0-0-count": "3"}, "level-1-0-0-count", NO_COUNT),
        ({"kept-kind": "ever", "kept-count": "3"}, "kept-count", NO_COUNT),
    ):
        answer = desk.post("/tiers/scheme", good | wrong)
        assert (answer.status_code, told_at(answer.text, field)) == (200, [said]), wrong
    two = desk.post("/tiers/scheme", good | {"level-1-key": "Silver!", "level-2-key": "Gold!"})
    assert "要有 3 到 6 个等级" not in two.text, "four are written"
    few = desk.post("/tiers/scheme", good | {"level-2-name": "", "level-3-name": ""})
    assert "要有 3 到 6 个等级" in few.text
    assert world.rows(TierScheme) == []


def test_a_draft_may_be_dropped_or_replaced_and_begins_once(world: World, desk: Desk) -> None:
    form = form_of(desk.read("/tiers/scheme?preset=growth"))
    for _ in range(2):
        desk.post("/tiers/scheme", form)
    first, second = world.rows(TierScheme)
    assert (first.dropped_at is None, second.dropped_at is None) == (False, True)
    desk.post(f"/tiers/scheme/{first.id}/begin")
    assert "alert-danger" in desk.read("/tiers")
    desk.post(f"/tiers/scheme/{second.id}/begin")
    desk.post(f"/tiers/scheme/{second.id}/drop")
    assert "alert-danger" in desk.read("/tiers")
    assert [it.begun_at is None for it in world.rows(TierScheme)] == [True, False]


def test_benefits_are_written_in_a_form_and_each_change_is_a_version(
    world: World, desk: Desk
) -> None:
    (gold,) = (it for it in world.rows(Tier) if it.key == "gold")
    path, page = f"/tiers/{gold.id}/benefits", desk.read
    form = {
        "off_percent": "5",
        "points_factor": "150",
        "birthday_points": "88",
        "birthday_coupon_id": "0",
        "agent_staff_id": "0",
        "priority_shipping": "y",
        "member_prices": "XF-500 49.9",
        "others": "免费停车 | free parking",
    }
    for wrong in ({"points_factor": "50"}, {"member_prices": "XF-500"}, {"others": "免费停车"}):
        assert "invalid-feedback" in desk.post(path, form | wrong).text, wrong
    for _ in range(2):
        assert desk.post(path, form).status_code == 303
    shown = page("/tiers")
    for line in ("全场 9.5 折", "1.5 倍积分", "生日礼 88 积分", "优先发货", "免费停车"):
        assert line in shown
    (version,) = world.rows(benefits.BenefitVersion)
    assert version.terms["member_prices"] == [{"sku": "XF-500", "price_fen": 4990}]
    assert form_of(page(path))["off_percent"] == "5"


def test_cards_are_made_changed_and_no_longer_sold(world: World, desk: Desk) -> None:
    at.come(world, "小雨")
    form = {"name": "88 会员", "name_en": "Plus", "price": "88", "notice_days": "7"}
    made = form | {"sku": "VIP-12", "count": "12", "unit": "months"}
    assert desk.post("/cards/new", made).status_code == 303
    assert "另一种卡已用这个货号" in desk.post("/cards/new", made).text
    assert "invalid-feedback" in desk.post("/cards/new", made | {"sku": "B", "count": "500"}).text
    (card,) = world.rows(MembershipCard)
    assert desk.post(f"/cards/{card.id}", form | {"price": "99"}).status_code == 303
    at.order(world, "小雨", "A1", 9900, at.line("VIP-12", 9900))
    assert "¥99.00" in desk.read("/cards")
    assert "2027-11-03 00:00" in desk.read(f"/cards/{card.id}")
    assert "88 会员" in desk.read(member_path(world, "小雨"))
    desk.post(f"/cards/{card.id}/close")
    assert "已停售" in desk.read("/cards")


def test_a_tier_is_given_by_hand_with_a_reason_and_a_last_day(world: World, desk: Desk) -> None:
    at.come(world, "小雨")
    path = member_path(world, "小雨")
    (gold,) = (it for it in world.rows(Tier) if it.key == "gold")
    given = {"tier_id": str(gold.id), "until_on": "2026-11-09", "reason": "投诉补偿"}
    for field, typed in (
        *(("reason", ""), ("reason", "  "), ("reason", "很" * 201), ("tier_id", "999")),
        *(
            ("tier_id", "x"),
            ("tier_id", "9" * 30),
            ("until_on", "2026-11-01"),
            ("until_on", "soon"),
        ),
        *(("until_on", "9999-12-31"), ("until_on", "")),
    ):
        answer = desk.post(f"{path}/tier", given | {field: typed})
        assert (answer.status_code, len(told_at(answer.text, field))) == (200, 1), typed
        for name in given.keys() - {field, "tier_id"}:
            assert f'value="{given[name]}"' in answer.text, "what was typed rightly stays"
    assert at.tier(world, "小雨") == "basic"
    desk.post(f"{path}/tier", given)
    assert at.tier(world, "小雨") == "gold"
    shown = desk.read(path)
    assert "手动给予，到 2026-11-09" in shown
    assert "投诉补偿" in shown
    desk.post(f"{path}/tier/end")
    assert at.tier(world, "小雨") == "basic"
    (override,) = world.rows(TierOverride)
    assert override.ended_at is not None
    actions = [it.action for it in world.rows(AuditEntry)]
    assert actions[-2:] == ["tier.give", "tier.give_end"]
    with world.siyu.database.reading() as session:
        assert [it.why for it in tiers.changes_of(session, override.member_id, 9)] == [
            "operator",
            "operator",
        ]
