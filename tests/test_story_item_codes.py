"""Stories of codes on pieces: a stranger looks, a member claims, a copy is noticed."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.domain.loyalty.entries import PointsEntry
from app.domain.loyalty.item_codes import batches, codes
from app.domain.loyalty.item_codes.batches import ItemCodeBatch, Terms
from app.domain.loyalty.item_codes.pieces import ItemPiece, ItemScan
from app.domain.loyalty.spending import coupons
from app.domain.loyalty.spending.coupons import MemberCoupon
from app.domain.people import operators
from app.domain.people.operators import AuditEntry
from tests import mini_world
from tests.console_desk import EMAIL, PASSWORD, Desk
from tests.mini_world import MiniWorld
from tests.reading import Browser

HANGZHOU, URUMQI = {"lat": "30.27", "lon": "120.16"}, {"lat": "43.83", "lon": "87.62"}


@pytest.fixture
def house(sqlite_url: str, redis_url: str, tmp_path: Path) -> Iterator[MiniWorld]:
    with mini_world.opened(tmp_path, sqlite_url, redis_url) as found:
        yield found


def printed(house: MiniWorld, number: int = 1, **terms: Any) -> str:
    """The code of a piece of a new batch."""
    with house.siyu.database.writing() as session:
        made = Terms(**({"name": "双十一", "product": "洗发水", "points": 30} | terms))
        batch = batches.make(session, made, 1_000, house.siyu.vault, house.now)
        return batches.maker(batch, house.siyu.vault).code(number)


def came(house: MiniWorld, *names: str) -> None:
    for name in names:
        house.event(name, "subscribe", EventKey="")
    house.work()


def looks(house: MiniWorld, code: str, *, by: Browser | None = None, **where: str) -> str:
    """She opens the page, which asks for the answer."""
    browser = by or Browser(house)
    assert browser.opens(f"/h5/c/{code}").status_code == 200
    with house.at_work():
        answer = browser.client.post(f"/h5/c/{code}", data=where)
    assert answer.status_code == 200, answer.text
    return answer.text


def named(house: MiniWorld, name: str) -> Browser:
    with house.siyu.database.reading() as session:
        channel_id = house.channel(session).id
    return Browser(house).is_named(house, channel_id, name)


def test_the_first_who_looks_is_told_so_and_the_next_when_and_where_that_was(house: MiniWorld):
    code = printed(house)
    first = looks(house, code, **HANGZHOU)
    assert 'id="genuine"' in first
    assert "您是第一位查询的人" in first
    house.now += timedelta(hours=1)
    second = looks(house, codes.in_fours(code).lower())
    assert "2026-" in second
    assert '<span id="place">杭州</span>' in second
    assert "共 2 台设备查过" in second


def test_opening_the_page_or_drawing_its_card_is_no_look(house: MiniWorld):
    code = printed(house)
    for agent in ("Mozilla/5.0 MicroMessenger/8.0", "mpcrawler"):
        assert Browser(house, agent).opens(f"/h5/c/{code}").status_code == 200
    house.work()
    assert house.rows(ItemPiece) == []


def test_a_browser_that_looks_again_is_the_same_one(house: MiniWorld):
    code, browser = printed(house), Browser(house)
    for _ in range(7):
        page = looks(house, code, by=browser)
        house.now += timedelta(minutes=11)
    assert "您是第一位查询的人" in page
    (piece,) = house.rows(ItemPiece)
    assert (piece.looks, piece.flag) == (7, None)


def test_a_code_that_nobody_printed_is_called_that_and_guessing_is_slowed_down(house: MiniWorld):
    browser = Browser(house)
    answer = browser.opens("/h5/c/0001-2222-3333-4444-5555")
    assert answer.status_code == 404
    assert "当心假货" in answer.text
    answers = [browser.opens(f"/h5/c/{number:020}").status_code for number in range(25)]
    assert 429 in answers
    assert house.rows(ItemPiece) == []


def test_what_a_piece_is_worth_goes_to_the_first_who_claims_it(house: MiniWorld):
    code = printed(house)
    came(house, "小雨", "阿诚")
    began = {name: house.balance(name).points for name in ("小雨", "阿诚")}
    rain, cheng = named(house, "小雨"), named(house, "阿诚")
    assert "领取 30 积分" in looks(house, code, by=rain)
    with house.at_work():
        for _ in range(2):
            mine = rain.client.post(f"/h5/c/{code}/claim")
        late = cheng.client.post(f"/h5/c/{code}/claim")
    assert 'id="claim-hers"' in mine.text
    assert 'id="claim-taken"' in late.text
    assert house.balance("小雨").points == began["小雨"] + 30
    assert house.balance("阿诚").points == began["阿诚"]
    (entry,) = house.rows(PointsEntry, PointsEntry.key.like("item_code:%"))
    (batch,) = house.rows(ItemCodeBatch)
    assert (entry.rule, entry.rule_version) == (f"item_code:{batch.id}", 1)


def test_whoever_is_not_logged_in_is_led_to_wechat_and_back_to_the_piece(house: MiniWorld):
    code, login = printed(house), "/h5/login?next=%2Fh5%2Fc%2F"
    looked = looks(house, code)
    assert f'href="{login}{code}"' in looked, "a browser lets no form lead to another house"
    assert "<form" not in looked
    answer = Browser(house).client.post(f"/h5/c/{code}/claim")
    assert answer.status_code == 302
    assert answer.location == f"/h5/login?channel=&next=%2Fh5%2Fc%2F{code}"


def test_a_code_that_is_written_to_us_is_claimed(house: MiniWorld):
    with house.siyu.database.writing() as session:
        coupon = coupons.draft(session, kind="fixed", amount_fen=500, name="五元", now=house.now)
    code = printed(house, coupon_id=coupon.id)
    for name in ("小雨", "小雨", "阿诚"):
        house.says(name, f" {codes.in_fours(code).lower()} ")
        house.work()
    assert "30 积分已到账" in house.heard("小雨")[0]
    assert "已经领过" in house.heard("小雨")[1]
    assert "已被别人领取" in house.heard("阿诚")[0]
    house.says("小雨", "0001-2222-3333-4444-5555")
    house.work()
    assert "查不到这个码" in house.heard("小雨")[2]
    (held,) = house.rows(MemberCoupon)
    assert held.rule.startswith("item_code:")


def test_a_code_is_claimed_in_the_mini_program(house: MiniWorld):
    code = printed(house)
    with house.at_work():
        token = house.sign_up("小雨")
        answer = house.call("POST", "item-codes/claims", token, json={"code": code})
        again = house.call("POST", "item-codes/claims", token, json={"code": code})
        unknown = house.call("POST", "item-codes/claims", token, json={"code": "0" * 20})
    assert (answer.status_code, answer.json["state"], answer.json["points"]) == (200, "hers", 30)
    assert again.json == answer.json
    assert (unknown.status_code, unknown.json["error"]["code"]) == (404, "unknown_item_code")


def test_too_many_devices_and_two_places_far_apart_are_noticed(house: MiniWorld):
    often, far = printed(house, looks_max=2), printed(house)
    for _ in range(3):
        page = looks(house, often)
    assert 'id="flagged"' in page
    looks(house, far, **HANGZHOU)
    assert 'id="flagged"' in looks(house, far, **URUMQI)
    assert {piece.flag for piece in house.rows(ItemPiece)} == {"repeated", "far_apart"}
    for nowhere in ({"lat": "abc", "lon": "1"}, {"lat": "1e999", "lon": "0"}, {"lat": "999"}):
        looks(house, printed(house), **nowhere)
    assert {scan.place for scan in house.rows(ItemScan)} == {None, "杭州", "乌鲁木齐"}


def test_after_its_day_or_withdrawn_it_is_worth_nothing(house: MiniWorld):
    came(house, "小雨")
    late = printed(house, claim_until=house.now + timedelta(days=1))
    withdrawn = printed(house)
    with house.siyu.database.writing() as session:
        batches.withdraw(session, codes.batch_of(withdrawn), house.now)
    house.now += timedelta(days=1)
    house.says("小雨", late)
    house.says("小雨", withdrawn)
    house.work()
    said = house.heard("小雨")
    assert "时间已过" in said[-2]
    assert "已作废" in said[-1]
    assert 'id="withdrawn"' in looks(house, withdrawn)
    assert house.rows(PointsEntry, PointsEntry.key.like("item_code:%")) == []


def test_many_who_claim_one_piece_at_once(database_url: str, redis_url: str, tmp_path: Path):
    with mini_world.opened(tmp_path, database_url, redis_url) as house:
        names = ("小雨", "阿诚")
        code = printed(house)
        came(house, *names)
        readers = [named(house, name) for name in names for _ in range(4)]
        with house.at_work(), ThreadPoolExecutor(8) as pool:
            path = f"/h5/c/{code}/claim"
            answers = list(pool.map(lambda reader: reader.client.post(path), readers))
        house.work()
        assert {answer.status_code for answer in answers} <= {200, 202}  # 202: too many wait
        (entry,) = house.rows(PointsEntry, PointsEntry.key.like("item_code:%"))
        assert entry.amount == 30


def test_an_operator_makes_prints_and_withdraws_codes(house: MiniWorld, translations: None):
    with house.siyu.database.writing() as session:
        operators.add(session, EMAIL, "四月", PASSWORD, house.now)
    desk = Desk(house.client.application)
    assert desk.log_in().status_code == 303
    filled = {
        "name": "双十一",
        "product": "洗发水",
        "points": "30",
        "size": "1000000",
        "coupon": "0",
    }
    filled |= {"looks_max": "5", "far_km": "300", "claim_on": "2027-12-31"}
    assert desk.post("/item-codes/new", filled).status_code == 303
    (batch,) = house.rows(ItemCodeBatch)
    code = batches.maker(batch, house.siyu.vault).code(1_000_000)
    table = desk.post(f"/item-codes/{batch.id}/export", {"first": "999999", "last": "1000000"})
    assert codes.in_fours(code) in table.text
    refused = desk.post(f"/item-codes/{batch.id}/export", {"first": "0"})
    assert "要是 1 到 1000000 的整数" in refused.text
    looks(house, code, **HANGZHOU)
    page = desk.get(f"/item-codes/{batch.id}?code={code}").text
    assert "杭州" in page
    assert desk.post(f"/item-codes/{batch.id}/edit", filled | {"points": "50"}).status_code == 303
    for no_number in ("", "x", "1000001", "99999999999999999999"):
        answer = desk.post(f"/item-codes/{batch.id}/withdraw", {"number": no_number})
        assert answer.status_code == 404, "what is no piece is not the whole batch"
    assert desk.post(f"/item-codes/{batch.id}/withdraw", {"number": "1000000"}).status_code == 303
    assert 'id="withdrawn"' in looks(house, code)
    assert "洗发水" in desk.get("/item-codes").text
    (batch,) = house.rows(ItemCodeBatch)
    assert (batch.points, batch.version, batch.withdrawn_at) == (50, 2, None)
    actions = {entry.action for entry in house.rows(AuditEntry)}
    made = {f"item_codes.{what}" for what in ("make", "export", "change", "withdraw")}
    assert made <= actions
