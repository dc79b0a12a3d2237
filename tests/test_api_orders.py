"""Stories of shops whose systems post orders and refunds, each once, whosever they are."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.domain.loyalty.orders import Order, OrderLine, OrderRefund
from app.domain.people import partner_keys
from app.domain.people.partner_keys import PartnerKey
from app.inbox import InboxConflict, InboxEvent
from tests import mini_world
from tests.console_desk import Desk
from tests.mini_world import PHONES, MiniWorld
from tests.shop import OA, OPENIDS

SHAMPOO = {"sku": "XF-500", "name": "洗发水 500 毫升", "quantity": 2, "amount_fen": 9800}


@pytest.fixture
def world(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[MiniWorld]:
    with mini_world.opened(tmp_path, database_url, redis_url) as opened:
        yield opened


@pytest.fixture
def key(world: MiniWorld) -> str:
    with world.siyu.database.writing() as session:
        return partner_keys.make(session, "有赞", world.now)[1]


def an_order(order_no: str = "E1001", **fields: Any) -> dict[str, Any]:
    paid = {"source": "youzan", "order_no": order_no, "paid_at": "2026-11-02T11:30:00+08:00"}
    return paid | {"amount_fen": 9800, "lines": [SHAMPOO]} | fields


def refused(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.json["error"]["code"]


def test_an_order_becomes_hers_by_whatever_names_her(world: MiniWorld, key: str):
    with world.at_work():
        world.sign_up("小雨")
        member_id = world.member_id(mini_world.MINI_IDS["小雨"])
        world.event("阿诚", "subscribe", EventKey="")
        names = (
            {"phone": f"+86{PHONES['小雨']}"},
            {"phone": PHONES["小雨"]},
            {"unionid": mini_world.UNIONIDS["小雨"]},
            {"member_id": member_id},
            {"openid": mini_world.MINI_IDS["小雨"], "channel": "demo-mini"},
        )
        for number, named in enumerate(names):
            answer = world.call("POST", "orders", key, json=an_order(f"E{number}", member=named))
            assert (answer.status_code, answer.json["member_known"]) == (200, True), named
    assert {order.member_id for order in world.rows(Order)} == {member_id}
    (first, *_) = world.rows(OrderLine)
    assert (first.sku, first.quantity, first.amount_fen) == ("XF-500", 2, 9800)
    kept = str([event.fields for event in world.rows(InboxEvent)])
    assert PHONES["小雨"] not in kept, "of a phone number only its blind index is kept"


def test_an_order_of_nobody_known_is_kept_with_what_names_her(world: MiniWorld, key: str):
    with world.at_work():
        named = {"phone": "13911112222", "openid": OPENIDS["林夏"], "channel": OA}
        answer = world.call("POST", "orders", key, json=an_order(member=named))
        assert world.call("POST", "orders", key, json=an_order("E2")).status_code == 200
    assert answer.json["member_known"] is False
    (order, anonymous) = world.rows(Order)
    assert order.phone_index == world.siyu.vault.blind_index("13911112222")
    assert (order.member_id, order.openid) == (None, OPENIDS["林夏"])
    assert (anonymous.phone_index, anonymous.unionid, anonymous.openid) == (None, None, None)


def test_who_appeared_between_the_door_and_the_worker_gets_her_order(world: MiniWorld, key: str):
    named = {"openid": OPENIDS["林夏"], "channel": OA}
    world.event("林夏", "subscribe", EventKey="")
    waiting = world.call("POST", "orders", key, json=an_order(member=named))
    assert waiting.status_code == 202
    world.work()
    (order,) = world.rows(Order)
    assert order.member_id == world.member_id(OPENIDS["林夏"], OA)


def test_the_same_order_again_changes_nothing_and_another_content_is_refused(
    world: MiniWorld, key: str
):
    with world.at_work():
        first = world.call("POST", "orders", key, json=an_order())
        elsewhere = an_order(paid_at="2026-11-02T03:30:00Z")
        assert world.call("POST", "orders", key, json=elsewhere).json == first.json
        other = world.call("POST", "orders", key, json=an_order(amount_fen=1))
    assert refused(other) == (409, "other_content")
    assert [order.amount_fen for order in world.rows(Order)] == [9800]
    assert len(world.rows(InboxConflict)) == 1


def test_posted_ten_times_at_once_it_is_one_order(world: MiniWorld, key: str):
    with world.at_work(), ThreadPoolExecutor(10) as crowd:
        answers = list(
            crowd.map(lambda _: world.call("POST", "orders", key, json=an_order()), range(10))
        )
    assert {answer.status_code for answer in answers} <= {200, 202}
    assert len(world.rows(Order)) == len(world.rows(OrderLine)) == 1


def test_refunds_add_up_to_what_was_paid_and_no_further(world: MiniWorld, key: str):
    refund = {"refund_no": "R1", "amount_fen": 9000, "at": "2026-11-02T11:40:00+08:00"}
    path = "orders/youzan/E1001/refunds"
    with world.at_work():
        assert refused(world.call("POST", path, key, json=refund)) == (404, "unknown_order")
        world.call("POST", "orders", key, json=an_order())
        for _ in range(2):
            answer = world.call("POST", path, key, json=refund)
            assert (answer.status_code, answer.json["refunded_fen"]) == (200, 9000)
        larger = world.call("POST", path, key, json=refund | {"amount_fen": 9001})
        assert refused(larger) == (409, "other_content")
        more = world.call("POST", path, key, json=refund | {"refund_no": "R2", "amount_fen": 801})
        assert refused(more) == (409, "refund_too_large")
        rest = world.call("POST", path, key, json=refund | {"refund_no": "R3", "amount_fen": 800})
        assert rest.json["refunded_fen"] == 9800
    assert [one.refund_no for one in world.rows(OrderRefund)] == ["R1", "R3"]


def test_a_refund_is_handled_after_its_order(world: MiniWorld, key: str):
    world.call("POST", "orders", key, json=an_order())
    refund = {"refund_no": "R1", "amount_fen": 9800, "at": "2026-11-02T11:40:00+08:00"}
    assert world.call("POST", "orders/youzan/E1001/refunds", key, json=refund).status_code == 202
    world.work()
    assert world.rows(Order)[0].refunded_fen == 9800


@pytest.mark.parametrize(
    ("fields", "mistake"),
    [
        ({"amount_fen": -1}, "amount_fen"),
        ({"amount_fen": "98"}, "amount_fen"),
        ({"paid_at": "2026-11-02T11:30:00"}, "paid_at"),
        ({"paid_at": "2026-11-03T11:30:00+08:00"}, "paid_at"),
        ({"paid_at": "0001-01-01T00:00:00+14:00"}, "paid_at"),
        ({"paid_at": 1}, "paid_at"),
        ({"order_no": "E:1"}, "order_no"),
        ({"source": "有赞"}, "source"),
        ({"member": {"openid": "o1"}}, "member"),
        ({"member": {"openid": "o1", "channel": "nowhere"}}, "member.channel"),
        ({"member": {"member_id": 999}}, "member.member_id"),
        ({"member": {"phone": "not a number"}}, "member.phone"),
        ({"lines": [SHAMPOO | {"name": "a\x00b"}]}, "lines.0.name"),
        ({"lines": [SHAMPOO] * 201}, "lines"),
        ({"discount": 1}, "discount"),
    ],
)
def test_what_cannot_be_is_refused_by_name(
    world: MiniWorld, key: str, fields: dict[str, Any], mistake: str
):
    answer = world.call("POST", "orders", key, json=an_order(**fields))
    assert refused(answer) == (422, "fields")
    assert list(answer.json["error"]["fields"]) == [mistake]
    assert world.rows(InboxEvent, InboxEvent.kind == "order_paid") == []


def test_only_a_key_in_force_opens_the_door(world: MiniWorld, key: str):
    for wrong in ("", "siyu_made-up", key + "x"):
        assert refused(world.call("POST", "orders", wrong, json=an_order()))[0] == 401
    with world.at_work():
        hers = world.log_in("小雨")
    assert refused(world.call("POST", "orders", hers, json=an_order()))[0] == 401
    assert refused(world.call("GET", "me", key))[0] == 401
    with world.siyu.database.writing() as session:
        partner_keys.revoke(session.get_one(PartnerKey, 1), world.now)
    assert refused(world.call("POST", "orders", key, json=an_order()))[0] == 401


def test_an_operator_makes_a_key_sees_it_once_and_revokes_it(world: MiniWorld, desk: Desk):
    made = desk.post("/partner-keys", {"name": "收银台"}, page="/partner-keys")
    text = re.search(r'id="made-key">([^<]+)<', made.text)
    assert text is not None
    assert text[1] not in desk.read("/partner-keys")
    assert desk.post("/partner-keys", {"name": " "}, page="/partner-keys").status_code == 200
    assert len(world.rows(PartnerKey)) == 1
    with world.at_work():
        assert world.call("POST", "orders", text[1], json=an_order()).status_code == 200
    assert world.rows(PartnerKey)[0].last_used_at == world.now
    world.now += timedelta(seconds=30)
    world.call("POST", "orders", text[1], json=an_order())
    assert world.rows(PartnerKey)[0].last_used_at < world.now, "right to the minute is enough"
    desk.post("/partner-keys/1/revoke", page="/partner-keys")
    assert world.call("POST", "orders", text[1], json=an_order()).status_code == 401


def test_the_console_shows_the_orders_and_whose_they_are(world: MiniWorld, key: str, desk: Desk):
    with world.at_work():
        world.event("小雨", "subscribe", EventKey="")
        world.work()
        named = {"openid": OPENIDS["小雨"], "channel": OA}
        for number in range(51):
            at = f"2026-11-02T10:{number:02}:00+08:00"
            order = an_order(f"E{number}", member=named, paid_at=at)
            assert world.call("POST", "orders", key, json=order).status_code == 200
    listed = desk.read("/orders")
    assert ("E50" in listed, ">E0<" in listed) == (True, False)
    older = re.search(r'href="/console(/orders\?before=[^"]+)"', listed)
    assert older is not None
    assert ">E0<" in desk.read(older[1].replace("&amp;", "&"))
    assert "洗发水 500 毫升" in desk.read("/orders/1")
    hers = desk.read(f"/members/{world.member_id(OPENIDS['小雨'], OA)}")
    assert "¥98.00" in hers
    assert "付款" in hers, "it stands in her timeline"
    assert desk.get("/orders/999").status_code == 404
    for made_up in ("made-up", f"2026-11-02T10:00:00+00:00~{10**20}"):
        assert desk.get("/orders", query_string={"before": made_up}).status_code == 200


def test_when_two_records_become_one_her_orders_go_with_her(world: MiniWorld, key: str):
    with world.at_work():
        world.event("小雨", "subscribe", EventKey="")
        world.work()
        named = {"openid": OPENIDS["小雨"], "channel": OA}
        world.call("POST", "orders", key, json=an_order("OLD", member=named))
        world.sign_up("小雨")  # the unionid makes both records one
        named = {"phone": PHONES["小雨"]}
        world.call("POST", "orders", key, json=an_order("NEW", member=named))
    (hers,) = world.members()
    assert [order.member_id for order in world.rows(Order)] == [hers.id, hers.id]
