"""Stories of paid memberships: bought, renewed, reminded of, ended; and what shops and she see."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.loyalty.standing import benefits, membership_cards, tiers
from app.domain.loyalty.standing.benefit_terms import Benefits, MemberPrice
from app.domain.loyalty.standing.memberships import Membership
from app.domain.people import partner_keys
from app.domain.people.members import Member
from app.inbox import InboxEvent
from tests import mini_world
from tests import standing_world as at
from tests.mini_world import MINI_IDS, PHONES, MiniWorld
from tests.world import World

SKU = "VIP-12"


@pytest.fixture
def mini(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[MiniWorld]:
    with mini_world.opened(tmp_path, database_url, redis_url) as opened:
        yield opened


def card(world: World, months: int = 12, **terms: object) -> int:
    with world.siyu.database.writing() as session:
        made = membership_cards.add(
            session,
            sku=SKU,
            name="88 会员",
            name_en="Plus",
            price_fen=8800,
            unit="months",
            count=months,
            notice_days=7,
            now=world.now,
        )
        benefits.change(
            session, benefits.of_card(made.id), Benefits.model_validate(terms), None, world.now
        )
        return made.id


def times(world: World) -> list[tuple[str, str]]:
    zone = world.siyu.programme.zone
    return [
        tuple(f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" for moment in (it.begins_at, it.ends_at))
        for it in world.rows(Membership)
    ]


def told(world: World, kind: str) -> int:
    return len(world.rows(InboxEvent, InboxEvent.kind == kind))


def factor(world: World, name: str) -> int:
    with world.siyu.database.reading() as session:
        her = world.member(session, name)
        held = benefits.of_member(session, her.id, her.tier_id, world.now)
        return benefits.factor_of(held)


def test_the_line_of_an_order_begins_it_and_another_goes_on_from_its_end(world: World) -> None:
    at.come(world, "小雨")
    card(world, points_factor=200)
    assert factor(world, "小雨") == 100
    at.order(world, "小雨", "A1", 10_000, at.line(SKU, 8800), at.line("XF-500", 1200))
    assert times(world) == [("2026-11-02 12:00", "2027-11-03 00:00")]
    assert factor(world, "小雨") == 200
    world.at(9)
    at.order(world, "小雨", "A2", 8800, at.line(SKU, 8800))
    assert times(world)[1] == ("2027-11-03 00:00", "2028-11-03 00:00")
    assert (told(world, "membership_begun"), factor(world, "小雨")) == (2, 200)


def test_being_paid_back_ends_it_and_what_was_bought_after_it_moves_up(world: World) -> None:
    at.come(world, "小雨")
    card(world, points_factor=200)
    at.order(world, "小雨", "A1", 10_000, at.line(SKU, 8800), at.line("XF-500", 1200))
    at.order(world, "小雨", "A2", 8800, at.line(SKU, 8800))
    at.refund(world, "A1", 1200)
    assert told(world, "membership_ended") == 0, "the shampoo went back"
    world.at(9)
    at.refund(world, "A1", 8800)
    assert times(world)[1] == ("2026-11-09 12:00", "2027-11-10 00:00")
    assert (told(world, "membership_ended"), factor(world, "小雨")) == (1, 200)
    at.refund(world, "A2", 8800)
    assert factor(world, "小雨") == 100


def test_one_bought_on_the_stroke_of_midnight_lasts_as_long_as_one_of_that_noon(
    world: World,
) -> None:
    """A shop that tells the day alone has sold at midnight."""
    at.come(world, "小雨")
    card(world)
    world.now = at.on("2026-11-05", "00:00")
    at.order(world, "小雨", "A1", 8800, at.line(SKU, 8800))
    assert times(world) == [("2026-11-05 00:00", "2027-11-06 00:00")]
    world.now = at.on("2027-11-06", "00:00")
    at.order(world, "小雨", "A2", 8800, at.line(SKU, 8800))
    assert times(world)[1] == ("2027-11-06 00:00", "2028-11-06 00:00"), "it goes on from there"


def test_months_that_begin_on_the_31st_end_on_the_31st_where_there_is_one(world: World) -> None:
    at.come(world, "小雨")
    card(world, months=1)
    world.now = at.on("2027-01-31")
    for number in range(4):
        at.order(world, "小雨", f"A{number}", 8800, at.line(SKU, 8800))
    ends = ["2027-03-01 00:00", "2027-04-01 00:00", "2027-05-01 00:00", "2027-06-01 00:00"]
    assert [ends_at for _begins_at, ends_at in times(world)] == ends
    at.refund(world, "A1", 8800)
    assert [times(world)[number][1] for number in (0, 2, 3)] == ends[:3], "those after it move up"
    world.now = at.on("2027-02-10")
    at.refund(world, "A0", 8800)
    assert times(world)[2][1] == "2027-03-11 00:00", "from the day on which she gave it back"
    assert times(world)[3][1] == "2027-04-11 00:00"


def test_she_is_reminded_once_unless_she_has_renewed_and_then_it_lapses(world: World) -> None:
    at.come(world, "小雨", "阿诚")
    card(world, points_factor=200)
    world.plan(
        ({"kind": "after", "minutes": 0}, "会员快到期了"),
        trigger={"kind": "membership_ending", "card": SKU},
    )
    for name in ("小雨", "阿诚"):
        at.order(world, name, f"A-{name}", 8800, at.line(SKU, 8800))
    at.order(world, "阿诚", "A2", 8800, at.line(SKU, 8800))
    at.live_to(world, "2027-10-26", "23:00")
    assert told(world, "membership_ending") == 0
    for clock in ("01:00", "02:00"):
        at.live_to(world, "2027-10-27", clock)
    assert told(world, "membership_ending") == 1, "阿诚 has bought the next year"
    at.live_to(world, "2027-11-03", "00:00")
    at.live_to(world, "2027-11-04")
    assert told(world, "membership_ended") == 1
    assert (factor(world, "小雨"), factor(world, "阿诚")) == (100, 200)


def test_shops_ask_and_she_sees_what_she_has_a_right_to(mini: MiniWorld) -> None:
    world = mini
    with world.siyu.database.writing() as session:
        key = partner_keys.make(session, "有赞", world.now)[1]
        silver = tiers.by_key(session)["silver"]
        terms = Benefits(
            off_percent=5,
            points_factor=150,
            member_prices=(MemberPrice(sku="XF-500", price_fen=4900),),
        )
        benefits.change(session, benefits.of_tier(silver.id), terms, None, world.now)
    card(world, off_percent=12, member_prices=[{"sku": "XF-500", "price_fen": 4500}])
    asked = {"member": {"phone": PHONES["小雨"]}}
    with world.at_work():
        token = world.sign_up("小雨")
        nobody = world.call("POST", "benefits", key, json={"member": {"phone": "13911112222"}})
        assert nobody.json["member_known"] is False
        assert world.call("POST", "benefits", key, json=asked).json["off_percent"] == 0
        paid = {"source": "youzan", "order_no": "E1", "paid_at": world.now.isoformat()}
        paid |= {"amount_fen": 8800, "lines": [at.line(SKU, 8800)], "member": asked["member"]}
        assert world.call("POST", "orders", key, json=paid).status_code == 200
        with world.siyu.database.writing() as session:
            session.get_one(Member, world.member_id(MINI_IDS["小雨"])).tier_id = silver.id
        answer = world.call("POST", "benefits", key, json=asked).json
        mine = world.call("GET", "me", token).json
    assert (answer["off_percent"], answer["points_factor"]) == (12, 150)
    assert answer["member_prices"] == [{"sku": "XF-500", "price_fen": 4500}]
    assert (answer["cards"], answer["tier"]["key"]) == ([SKU], "silver")
    assert [it["card"] for it in mine["memberships"]] == [SKU]
    assert "1.5 倍积分" in {line["zh"] for line in mine["benefits"]}
