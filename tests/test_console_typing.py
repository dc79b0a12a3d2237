"""Whatever is typed into a form of the console is kept or refused at its field, never half kept and
never a page that is broken."""

from typing import Any

import pytest

from app.domain.insight.articles import Article
from app.domain.loyalty.item_codes.batches import ItemCodeBatch
from app.domain.loyalty.spending.blind_boxes import BlindBoxRule
from app.domain.loyalty.spending.coupons import Coupon
from app.domain.loyalty.spending.lotteries import Lottery
from app.domain.loyalty.standing.membership_cards import MembershipCard
from app.domain.outreach.broadcasts import Broadcast
from app.domain.people.operators import AuditEntry
from tests.console_desk import Desk, told_at
from tests.world import World

CARD = {"name": "年卡", "name_en": "A year", "sku": "YEAR", "price": "99", "notice_days": "7"}
CARD |= {"count": "12", "unit": "months"}
BATCH = {"name": "秋", "product": "洗发水", "size": "5", "points": "10", "coupon": "0"}
BATCH |= {"looks_max": "5", "far_km": "300"}
WHEEL = {"name": "转盘", "free_per_day": "1", "p0-name": "谢谢", "p0-percent": "100"}
WHEEL |= {"consolation": "0"}
BOX = {"name": "盲盒", "lottery_id": "1", "source": "", "amount": "199"}
BOX |= {"begins_at": "2026-11-01T00:00", "ends_at": "2026-12-01T00:00"}
COUPON = {"name": "减十元", "kind": "fixed", "amount": "10", "days_valid": "30"}
FORMS: dict[str, tuple[dict[str, str], Any]] = {
    "/cards/new": (CARD, MembershipCard),
    "/item-codes/new": (BATCH, ItemCodeBatch),
    "/lotteries/new": (WHEEL, Lottery),
    "/blind-boxes": (BOX, BlindBoxRule),
    "/coupons/new": (COUPON, Coupon),
    "/articles/new": ({"title": "护发", "cover": "", "body": "洗"}, Article),
}
NO_NUMBERS = ("NaN", "sNaN", "Infinity", "1e400", "9e999999", "9" * 30, "²", "十", "-1", "1.555")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine: nothing of what is typed here gets as far as a database."""
    return sqlite_url


def test_what_is_typed_rightly_is_kept(world: World, desk: Desk) -> None:
    """So that the others are refused for what they claim."""
    for path, (form, kept) in FORMS.items():
        if path == "/blind-boxes":
            desk.post("/lotteries/1/open")
        assert desk.post(path, form).status_code == 303, path
        assert len(world.rows(kept)) == 1, path


def test_a_number_that_may_be_left_out_may_be_left_blank(world: World, desk: Desk) -> None:
    assert desk.post("/lotteries/new", WHEEL | {"points": " "}).status_code == 303
    assert len(world.rows(Lottery)) == 1


def test_a_number_that_is_wanted_and_left_blank_is_told_once(world: World, desk: Desk) -> None:
    told = told_at(desk.post("/item-codes/new", BATCH | {"size": ""}).text, "size")
    assert len(told) == 1


@pytest.mark.parametrize(
    ("path", "field"),
    [
        *(("/cards/new", "name"), ("/cards/new", "name_en"), ("/cards/new", "sku")),
        *(("/item-codes/new", "name"), ("/item-codes/new", "product"), ("/lotteries/new", "name")),
        *(("/blind-boxes", "name"), ("/coupons/new", "name"), ("/articles/new", "title")),
    ],
)
def test_a_name_of_blanks_is_no_name(world: World, desk: Desk, path: str, field: str) -> None:
    form, kept = FORMS[path]
    for blank in ("   ", "\u3000", "\t"):
        answer = desk.post(path, form | {field: blank})
        assert answer.status_code == 200
        assert told_at(answer.text, field)
    assert world.rows(kept) == []


@pytest.mark.parametrize(
    ("path", "field"),
    [("/blind-boxes", "amount"), ("/cards/new", "price"), ("/coupons/new", "amount")],
)
def test_what_is_no_amount_of_money_is_told_at_its_field(
    world: World, desk: Desk, path: str, field: str
) -> None:
    form, kept = FORMS[path]
    for typed in NO_NUMBERS:
        answer = desk.post(path, form | {field: typed})
        assert answer.status_code == 200, typed
        assert told_at(answer.text, field), typed
        assert f'value="{typed}"' in answer.text
    assert world.rows(kept) == []


def test_what_is_no_chance_is_told_at_its_field(world: World, desk: Desk) -> None:
    for typed in NO_NUMBERS[:-1]:
        answer = desk.post("/lotteries/new", WHEEL | {"p0-percent": typed})
        assert answer.status_code == 200, typed
        assert told_at(answer.text, "p0-percent"), typed
    assert world.rows(Lottery) == []


def test_what_is_no_amount_in_a_segment_is_told_at_its_field(desk: Desk) -> None:
    form = {"key": "big", "name": "多", "rule.is": "all", "rule.all[0].is": "figure"}
    form |= {"rule.all[0].figure": "spent_fen"}
    for typed in NO_NUMBERS:
        answer = desk.post("/segments/new", form | {"rule.all[0].least": typed})
        assert answer.status_code == 200, typed
        assert told_at(answer.text, "rule.all[0].least"), typed
        assert f'value="{typed}"' in answer.text


def test_a_title_that_cannot_be_shown_is_told(world: World, desk: Desk) -> None:
    answer = desk.post("/articles/new", FORMS["/articles/new"][0] | {"title": "一\u202e二"})
    assert answer.status_code == 200
    assert told_at(answer.text, "title")
    assert world.rows(Article) == []


def test_a_forged_audience_breaks_no_page_and_is_not_kept(world: World, desk: Desk) -> None:
    form = {"name": "群发", "channel_id": "1", "message.content.text": "早"}
    for audience in ("", "abc", "9" * 30):
        for path in ("/broadcasts/new", "/broadcasts/preview", "/broadcasts/form"):
            assert desk.post(path, form | {"audience": audience}).status_code == 200, path
    assert world.rows(Broadcast) == []


def test_a_forged_choice_among_several_is_told_in_the_operators_language(
    world: World, desk: Desk
) -> None:
    answer = desk.post("/lotteries/new", WHEEL | {"tier_ids": "99"})
    assert told_at(answer.text, "tier_ids") == ["有的选项这里没有，请重新选。"]
    assert world.rows(Lottery) == []


def test_a_range_of_item_codes_that_is_none_is_told_and_nothing_is_handed_out(
    world: World, desk: Desk
) -> None:
    desk.post("/item-codes/new", BATCH)
    for first, last in (("5", "3"), ("x", "5"), ("0", "5"), ("1", "6"), ("", "5"), ("1", "9" * 30)):
        wanted = {"first": first, "last": last, "format": "csv"}
        answer = desk.post("/item-codes/1/export", wanted)
        assert told_at(answer.text, "first") == ["要是 1 到 5 的整数，并且从小到大。"], wanted
        assert f'value="{last}"' in answer.text
    assert "item_codes.export" not in {entry.action for entry in world.rows(AuditEntry)}
    whole = desk.post("/item-codes/1/export", {"first": "2", "last": "5", "format": "csv"})
    assert whole.text.count("/h5/c/") == 4


def a_member(world: World) -> str:
    world.event("小雨", "subscribe")
    world.event("阿诚", "subscribe")
    world.work()
    with world.siyu.database.reading() as session:
        return f"/members/{world.member(session, '小雨').id}"


@pytest.mark.parametrize("typed", ["", "  ", "\u3000", "长" * 41])
def test_what_is_no_name_of_a_tag_is_told_at_its_field(
    world: World, desk: Desk, typed: str
) -> None:
    path = a_member(world)
    form = {"name": typed, "dimension": "preference"}
    answer = desk.post(f"{path}/tags", form, page=path)
    assert answer.status_code == 200
    assert told_at(answer.text, "name") == ["标签名要有 1 到 40 个字。"]
    assert f'value="{typed}"' in answer.text
    assert '<option value="preference" selected>' in answer.text
    assert world.tags("小雨") == []


def test_a_forged_dimension_of_a_tag_is_told_too(world: World, desk: Desk) -> None:
    path = a_member(world)
    answer = desk.post(f"{path}/tags", {"name": "老客", "dimension": "none"}, page=path)
    assert answer.status_code == 200
    assert told_at(answer.text, "dimension") == ["请选一个维度。"]
    assert 'value="老客"' in answer.text


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "请填另一条记录的会员编号。"),
        ("小雨", "请填另一条记录的会员编号。"),
        ("²", "请填另一条记录的会员编号。"),
        ("-1", "请填另一条记录的会员编号。"),
        ("999", "没有会员 #999。"),
        ("9" * 5000, f"没有会员 #{'9' * 5000}。"),
    ],
)
def test_a_record_that_cannot_be_made_one_with_hers_is_told_at_its_field(
    world: World, desk: Desk, typed: str, told: str
) -> None:
    path = a_member(world)
    answer = desk.post(f"{path}/merge", {"other": typed}, page=path)
    assert answer.status_code == 200
    assert told_at(answer.text, "other") == [told]
    assert f'value="{typed}"' in answer.text


def test_her_own_record_is_told_to_be_the_same(world: World, desk: Desk) -> None:
    path = a_member(world)
    own = path.rsplit("/", 1)[1]
    answer = desk.post(f"{path}/merge", {"other": f" #{own}"}, page=path)
    assert told_at(answer.text, "other") == ["这是同一条记录。"]


@pytest.mark.parametrize(
    ("path", "field"),
    [
        *(("/cards/new", "count"), ("/cards/new", "notice_days"), ("/cards/new", "price")),
        *(("/item-codes/new", "size"), ("/item-codes/new", "points"), ("/coupons/new", "amount")),
        ("/lotteries/new", "free_per_day"),
    ],
)
def test_of_a_number_with_letters_one_thing_is_told(desk: Desk, path: str, field: str) -> None:
    form, _kept = FORMS[path]
    for typed in ("abc", "12b", "NaN"):
        answer = desk.post(path, form | {field: typed})
        assert answer.status_code == 200
        assert len(told_at(answer.text, field)) == 1, typed
        assert f'value="{typed}"' in answer.text
