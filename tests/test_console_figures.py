"""The figures in the console: of all members, of one with the reasons, of products; and what
operators decide about them."""

from app.domain.insight import figure_rules, figure_tags, products
from app.domain.people.operators import AuditEntry
from tests.console_desk import Desk
from tests.running_plans import arrive
from tests.test_story_figures import SHAMPOO, a_night_passes, buys
from tests.world import World

RULES = {
    "recency_days": "30, 60, 120, 240",
    "orders": "2，3，5，10",
    "spent_fen": "100, 300.5, 600, 1200",
    "patience": "1.5, 2.5, 4",
    "rhythm_days": "45",
    "clusters": "",
    "margin_percent": "40",
}


def test_before_the_first_night_the_page_says_so(world: World, desk: Desk) -> None:
    assert "还没有算过" in desk.read("/figures")
    assert "还没有商品" in desk.read("/products")


def test_what_could_not_be_worked_out_is_said_in_the_reader_s_language(
    world: World, desk: Desk
) -> None:
    a_night_passes(world)
    assert "RFM 的分档没有算出来：还没有人买过" in desk.read("/figures")
    desk.client.set_cookie("siyu_language", "en")
    assert "the limits of RFM, because: nobody has bought yet" in desk.read("/figures")


def test_a_member_s_page_says_why_she_is_churning(world: World, desk: Desk) -> None:
    arrive(world)
    for day, no in ((2, "E1"), (23, "E2"), (44, "E3")):
        world.at(day)
        buys(world, "小雨", no)
    world.at(44 + 60)
    a_night_passes(world)
    with world.siyu.database.reading() as session:
        member_id = world.member(session, "小雨").id
    page = desk.read(f"/members/{member_id}")
    assert "平时每 21 天买一次，已 60 天没有买，是 2.9 个周期" in page
    assert "流失中" in page
    assert "3 笔订单，共 ¥297.00，最近一次在 60 天前" in page
    whole = desk.read("/figures")
    assert "1 位买家，3 笔订单" in whole
    assert "购买的预测没有算出来：买家不到 100 位" in whole


def test_who_has_no_rhythm_is_judged_by_the_shop_s(world: World, desk: Desk) -> None:
    arrive(world)
    buys(world, "小雨", "E1")
    with world.siyu.database.reading() as session:
        member_id = world.member(session, "小雨").id
    assert "按全店 30 天的节奏看：已 0 天没有买" in desk.read(f"/members/{member_id}")


def test_operators_map_figures_to_tags_and_set_the_rules(world: World, desk: Desk) -> None:
    arrive(world)
    buys(world, "小雨", "E1")
    assert desk.post("/figures/tags", {"stage.new": "新客", "stage.lost": ""}).status_code == 303
    assert desk.post("/figures/rules", RULES).status_code == 303
    a_night_passes(world)
    assert world.tags("小雨") == ["新客"]
    with world.siyu.database.reading() as session:
        version, rules = figure_rules.in_force(session)
        assert (version, rules.rhythm_days, rules.margin_percent) == (1, 45, 40)
        assert rules.scale.spent_fen == (10_000, 30_050, 60_000, 120_000)
        (mapped,) = figure_tags.all_of(session)
        assert (mapped.figure, mapped.value, mapped.version) == ("stage", "new", 1)
    page = desk.read("/figures")
    assert 'value="100, 300.5, 600, 1200"' in page
    assert 'value="新客"' in page
    actions = {entry.action for entry in world.rows(AuditEntry)}
    assert {"figure.tags", "figure.rules"} <= actions


def test_rules_that_cannot_be_are_refused_and_named(world: World, desk: Desk) -> None:
    for field, wrong in (("recency_days", "9, 8, 7, 6"), ("orders", "x"), ("margin_percent", "0")):
        desk.post("/figures/rules", RULES | {field: wrong})
        with world.siyu.database.reading() as session:
            assert figure_rules.in_force(session)[0] is None
    assert "这一项写得不对" in desk.read("/figures")


def test_how_long_a_product_lasts_is_set_and_left_to_what_is_learned(
    world: World, desk: Desk
) -> None:
    arrive(world)
    buys(world, "小雨", "E1")
    a_night_passes(world)
    assert "洗发水 500 毫升" in desk.read("/products")
    for days, remind, expected in (("90", "", 60), ("90", "75", 75), ("", "", None)):
        assert desk.post("/products/1", {"days": days, "remind": remind}).status_code == 303
        with world.siyu.database.reading() as session:
            product = products.of_sku(session, SHAMPOO)
            assert product is not None
            assert product.interval.remind_after_days == expected
    assert desk.post("/products/1", {"days": "abc"}).status_code == 303
    assert "天数要是 1 到 3650" in desk.read("/products")
    assert desk.post("/products/99", {"days": "9"}).status_code == 404
