"""Stories of campaigns that are for a segment 人群: who is in it as she acts has more for it."""

from typing import Any

from app.domain.insight.segments import Segment
from app.domain.loyalty.earning import kinds
from app.domain.loyalty.earning.earnings import Earning
from app.domain.loyalty.earning.rules import EarningRule
from tests.console_desk import Desk
from tests.test_story_late_orders import claims, rule, sold
from tests.test_story_segments import BUYERS, pays, segment
from tests.world import World

DAYS = {"from": "2026-11-01", "until": "2026-12-31"}
OILY = {"kind": "tag", "tag": "油性发质"}
FORM: dict[str, Any] = {"factor": "200", "stacks": "adds", "segments": ["oily"]}
FORM |= {"from_on": "2026-11-01", "until_on": "2026-11-30"}


def given(world: World, name: str) -> dict[str, int]:
    with world.siyu.database.reading() as session:
        hers = world.member(session, name).id
    return {one.rule: one.amount for one in world.rows(Earning, Earning.member_id == hers)}


def come(world: World) -> None:
    for name in ("小雨", "阿诚"):
        world.event(name, "subscribe", EventKey="")
    world.says("小雨", "头发总是很油")
    world.work()


def test_who_is_in_the_segment_as_she_acts_has_more_for_it(world: World) -> None:
    segment(world, "oily", OILY)
    come(world)
    rule(world, kinds.CAMPAIGN, factor=200, segments=["oily"], kinds=["sign_in"], **DAYS)
    for name in ("小雨", "阿诚"):
        world.says(name, "签到")
    world.work()
    assert given(world, "小雨") == {"join": 10, "sign_in": 5, "campaign": 5}
    assert given(world, "阿诚") == {"join": 10, "sign_in": 5}


def test_for_an_order_it_is_asked_as_of_the_moment_at_which_it_was_paid(world: World) -> None:
    segment(world, "buyers", BUYERS)
    come(world)
    rule(world, kinds.ORDER, 1)
    rule(world, kinds.CLAIM, window_days=60)
    rule(world, kinds.CAMPAIGN, factor=200, segments=["buyers", "gone"], **DAYS)
    world.at(3)
    pays(world, "小雨", 9_900, "small")
    assert given(world, "小雨")["order"] == 99
    assert "campaign" not in given(world, "小雨")
    world.at(10)
    pays(world, "小雨", 10_000, "large")
    assert given(world, "小雨")["campaign"] == 100, "the order itself makes her a buyer"
    world.at(45)
    sold(world, "WITHIN", 5_000, 12)
    sold(world, "AFTER", 5_000, 42)
    assert claims(world, "小雨", "WITHIN") == {"order": 50, "campaign": 50}, "she is none any more"
    assert claims(world, "小雨", "AFTER") == {"order": 50}, "more than 30 days later"


def test_what_a_segment_asks_beside_periods_is_what_we_know_now(world: World) -> None:
    """As the form says: a campaign that has to be exact about the past names tags instead."""
    segment(world, "oily", OILY)
    world.event("小雨", "subscribe", EventKey="")
    world.work()
    rule(world, kinds.ORDER, 1)
    rule(world, kinds.CLAIM, window_days=60)
    rule(world, kinds.CAMPAIGN, factor=200, segments=["oily"], **DAYS)
    world.at(10)
    world.says("小雨", "头发总是很油")
    world.work()
    sold(world, "EARLIER", 5_000, 5)
    assert claims(world, "小雨", "EARLIER") == {"order": 50, "campaign": 50}


def test_an_operator_names_segments_which_cannot_be_deleted_then(world: World, desk: Desk) -> None:
    segment(world, "oily", OILY)
    page = "/earning/new/campaign"
    assert "其余按现在" in desk.read(page)
    assert desk.post(page, FORM, page=page).status_code == 303
    (made,) = world.rows(EarningRule, EarningRule.kind == kinds.CAMPAIGN)
    assert made.terms["segments"] == ["oily"]
    assert "限人群：oily" in desk.read("/earning")
    (kept,) = world.rows(Segment)
    assert "积分规则" in desk.read(f"/segments/{kept.id}")
    desk.post(f"/segments/{kept.id}/delete")
    assert len(world.rows(Segment)) == 1, "it is in use"
    shown = desk.read("/earning/campaign")
    assert '<option selected value="oily">' in shown
    desk.post("/earning/campaign", FORM | {"segments": []}, page="/earning/campaign")
    desk.post(f"/segments/{kept.id}/delete")
    assert world.rows(Segment) == []
