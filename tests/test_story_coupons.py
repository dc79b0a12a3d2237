"""Stories of coupons: given by an operator, seen by their holder, used once at a till."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from app.domain.loyalty.spending.coupons import Coupon, MemberCoupon
from app.domain.people import partner_keys
from app.domain.people.operators import AuditEntry
from tests import mini_world
from tests.console_desk import Desk
from tests.mini_world import MiniWorld

TEN_OFF = {"name": "满百减十", "kind": "threshold", "amount": "10", "threshold": "100"}


@pytest.fixture
def world(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[MiniWorld]:
    with mini_world.opened(tmp_path, database_url, redis_url) as opened:
        yield opened


@pytest.fixture
def key(world: MiniWorld) -> str:
    with world.siyu.database.writing() as session:
        return partner_keys.make(session, "收银台", world.now)[1]


def given(world: MiniWorld, desk: Desk, **terms: str) -> MemberCoupon:
    """She signs up, and an operator makes a coupon and gives it to her."""
    with world.at_work():
        world.token = world.sign_up("小雨")
    assert desk.post("/coupons/new", TEN_OFF | terms).status_code == 303
    member_id = world.member_id(mini_world.MINI_IDS["小雨"])
    form = {"coupon_id": "1", "once": "0" * 32}
    for _ in range(2):
        assert desk.post(f"/members/{member_id}/coupons", form).status_code == 303
    (held,) = world.rows(MemberCoupon)
    return held


def test_a_form_gone_back_to_with_another_coupon_chosen_gives_that_one_too(
    world: MiniWorld, desk: Desk
) -> None:
    first = given(world, desk)
    assert (
        desk.post("/coupons/new", TEN_OFF | {"name": "满百减二十", "amount": "20"}).status_code
        == 303
    )
    form = {"coupon_id": "2", "once": "0" * 32}
    for _ in range(2):
        desk.post(f"/members/{first.member_id}/coupons", form)
    assert [held.coupon_id for held in world.rows(MemberCoupon)] == [1, 2]


def test_she_sees_hers_in_the_mini_program_and_on_its_page(world: MiniWorld, desk: Desk):
    held = given(world, desk, valid_days="7")
    (mine,) = world.call("GET", "me/coupons", world.token).json["coupons"]
    assert (mine["name"], mine["amount_fen"], mine["threshold_fen"]) == ("满百减十", 1000, 10000)
    assert (mine["state"], mine["code"]) == ("usable", held.code)
    page = world.client.get(mine["url"][mine["url"].index("/h5/") :])
    assert "满 100 减 10 元" in page.text
    assert held.code in page.text
    assert "2026-11-09 12:00" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    world.now += timedelta(days=7)
    assert "已过期" in world.client.get(f"/h5/coupons/{held.code}").text
    with world.at_work():
        again = world.log_in("小雨")
    assert world.call("GET", "me/coupons", again).json["coupons"][0]["state"] == "expired"


def test_a_till_uses_it_for_one_order_and_asking_again_is_the_same(
    world: MiniWorld, desk: Desk, key: str
):
    held = given(world, desk)
    path, order = f"coupons/{held.code}/use", {"source": "till", "order_no": "T1"}
    with world.at_work():
        first = world.call("POST", path, key, json=order)
        assert (first.status_code, first.json["amount_fen"]) == (200, 1000)
        world.now += timedelta(minutes=1)
        again = world.call("POST", f"coupons/{held.code.lower()}/use", key, json=order)
        assert again.json == first.json
        other = world.call("POST", path, key, json=order | {"order_no": "T2"})
    assert (other.status_code, other.json["error"]["code"]) == (409, "coupon_used")
    assert "已使用" in world.client.get(f"/h5/coupons/{held.code}").text
    assert "T1" in desk.read(f"/members/{held.member_id}")


def test_ten_tills_at_once_use_it_once(world: MiniWorld, desk: Desk, key: str):
    held = given(world, desk)

    def ask(number: int) -> int:
        order = {"source": "till", "order_no": f"T{number}"}
        return world.call("POST", f"coupons/{held.code}/use", key, json=order).status_code

    with world.at_work(), ThreadPoolExecutor(10) as tills:
        answers = list(tills.map(ask, range(10)))
    assert len([status for status in answers if status in (200, 202)]) == 1
    assert set(answers) <= {200, 202, 409}
    (used,) = world.rows(MemberCoupon)
    assert used.used_order_no is not None


def test_what_has_expired_or_is_nobodys_is_refused(world: MiniWorld, desk: Desk, key: str):
    held = given(world, desk, valid_on="2026-11-03")
    order = {"source": "till", "order_no": "T1"}
    world.at(4, "00:00")
    answer = world.call("POST", f"coupons/{held.code}/use", key, json=order)
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "coupon_expired")
    for wrong in ("X" * 16, "0" * 16, "x", "%00", "券"):
        answer = world.call("POST", f"coupons/{wrong}/use", key, json=order)
        assert (answer.status_code, answer.json["error"]["code"]) == (404, "unknown_coupon")
        assert world.client.get(f"/h5/coupons/{wrong}").status_code == 404


def test_an_operator_changes_what_is_left_and_stops_it(world: MiniWorld, desk: Desk):
    held = given(world, desk, stock="2", per_member="1")
    form = {"coupon_id": "1", "once": "1" * 32}
    desk.post(f"/members/{held.member_id}/coupons", form)
    assert "已到上限" in desk.read(f"/members/{held.member_id}")
    assert "1 / 2" in desk.read("/coupons")
    changed = {"name": "改名", "stock": "1", "per_member": "", "valid_on": "2026-12-31"}
    assert desk.post("/coupons/1", changed).status_code == 303
    (coupon,) = world.rows(Coupon)
    assert (coupon.name, coupon.stock, coupon.per_member) == ("改名", 1, None)
    assert coupon.valid_until.isoformat() == "2026-12-31T16:00:00+00:00"
    assert 'value="2026-12-31"' in desk.read("/coupons/1")
    desk.post(f"/members/{held.member_id}/coupons", form)
    assert "已经发完" in desk.read(f"/members/{held.member_id}")
    desk.post("/coupons/1/close")
    assert "已停止发放" in desk.read("/coupons")
    actions = [entry.action for entry in world.rows(AuditEntry)]
    assert actions == ["coupon.make", "coupon.change", "coupon.close"]


def test_terms_that_make_no_sense_are_shown_where_they_stand(world: MiniWorld, desk: Desk):
    for wrong in ({"threshold": ""}, {"threshold": "9"}, {"percent": "20"}, {"kind": "percent"}):
        answer = desk.post("/coupons/new", TEN_OFF | wrong)
        assert answer.status_code == 200, wrong
        assert "种类不符" in answer.text
    assert world.rows(Coupon) == []


def test_in_her_timeline_stands_who_gave_it(world: MiniWorld, desk: Desk):
    held = given(world, desk)
    page = desk.read(f"/members/{held.member_id}")
    assert "获得优惠券" in page
    assert "运营 四月" in page


HALF = {"name": "第二件半价", "kind": "nth", "amount": "", "threshold": "", "nth": "2"}
HALF |= {"percent": "50", "times": "1", "categories": "咖啡\n茶", "sources": "till youzan"}
BASKET = {
    "source": "till",
    "lines": [
        {"sku": "latte", "category": "咖啡", "quantity": 2, "amount_fen": 5600},
        {"sku": "cake", "category": "点心", "quantity": 1, "amount_fen": 1999},
    ],
}


def test_a_till_asks_what_it_would_take_off_and_nothing_is_used(
    world: MiniWorld, desk: Desk, key: str
):
    held = given(world, desk, **HALF)
    path = f"coupons/{held.code}/price"
    for _ in range(2):
        priced = world.call("POST", path, key, json=BASKET).json
        assert (priced["discount_fen"], priced["payable_fen"]) == (1400, 6199)
        assert (priced["line_fen"], priced["why_not"]) == ([1400, 0], None)
    elsewhere = world.call("POST", path, key, json=BASKET | {"source": "taobao"}).json
    assert (elsewhere["discount_fen"], elsewhere["why_not"]) == (0, "other_shop")
    shown = desk.read("/coupons")
    assert "第 2 件减 50%" in shown
    assert "限类目 咖啡、茶 · 限店铺 till、youzan" in shown
    assert "第 2 件减 50%" in world.client.get(f"/h5/coupons/{held.code}").text
    assert world.rows(MemberCoupon)[0].used_at is None
    assert world.call("POST", path, json=BASKET).status_code == 401
    assert world.call("POST", path, key, json=BASKET | {"lines": []}).status_code == 422


def test_one_for_gold_is_of_no_use_to_her_yet(world: MiniWorld, desk: Desk, key: str):
    held = given(world, desk, tier_ids="3")
    order = {"source": "till", "order_no": "T1"}
    for path, asked in (("use", order), ("price", BASKET)):
        answer = world.call("POST", f"coupons/{held.code}/{path}", key, json=asked)
        assert (answer.status_code, answer.json["error"]["code"]) == (409, "coupon_not_hers")
    with world.siyu.database.writing() as session:
        world.member(session, "小雨", mini_world.MINI).tier_id = 3
    with world.at_work():
        used = world.call("POST", f"coupons/{held.code}/use", key, json=order)
    assert used.status_code == 200
