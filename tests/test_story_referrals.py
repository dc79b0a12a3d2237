"""Stories of friends who were brought: both sides are rewarded once she has stayed, and never for
themselves."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.domain.loyalty.earning import kinds, rules
from app.domain.loyalty.earning.earnings import Earning
from app.domain.loyalty.entries import PointsEntry
from app.domain.loyalty.referrals import referrals, terms, trees
from app.domain.loyalty.referrals.referrals import Referral
from app.domain.loyalty.referrals.terms import BadTerms, ReferralTerms, Terms
from app.domain.people import invites, members, operators
from app.scheduler import Clock
from tests import mini_world
from tests.console_desk import EMAIL, PASSWORD, Desk
from tests.mini_world import MiniWorld
from tests.reading import Browser

A_WEEK = timedelta(days=7)


@pytest.fixture
def house(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[MiniWorld]:
    with mini_world.opened(tmp_path, database_url, redis_url) as found:
        yield found


@pytest.fixture
def sqlite_house(sqlite_url: str, redis_url: str, tmp_path: Path) -> Iterator[MiniWorld]:
    with mini_world.opened(tmp_path, sqlite_url, redis_url) as found:
        yield found


def promise(house: MiniWorld, **told: Any) -> None:
    made = Terms(**({"inviter_points": 50, "friend_points": 20} | told))
    with house.siyu.database.writing() as session:
        terms.change(session, made, None, house.now)


def code_of(house: MiniWorld, name: str) -> str:
    with house.siyu.database.reading() as session:
        return invites.code_of(house.member(session, name).id, house.siyu.vault)


def brings(house: MiniWorld, inviter: str, friend: str) -> None:
    """The inviter is a member; the friend follows the account and signs up with her code."""
    house.event(inviter, "subscribe", EventKey="")
    house.work()
    code = code_of(house, inviter)
    with house.at_work():
        house.sign_up(friend, inviter=code)
    house.event(friend, "subscribe", EventKey="")
    house.work()


def time_comes(house: MiniWorld, after: timedelta = A_WEEK) -> None:
    house.now += after
    Clock(house.siyu).tick()
    house.work()


def earned(house: MiniWorld) -> dict[str, int]:
    rows = house.rows(PointsEntry, PointsEntry.rule == "referral")
    return {row.key.rpartition(":")[2]: row.amount for row in rows}


def outcome(house: MiniWorld) -> list[tuple[str, str | None]]:
    return [(trees.state_of(row), row.refusal) for row in house.rows(Referral)]


def test_both_are_rewarded_once_the_friend_has_stayed(house: MiniWorld):
    promise(house)
    brings(house, "小雨", "阿诚")
    time_comes(house, A_WEEK - timedelta(hours=1))
    assert earned(house) == {}
    time_comes(house, timedelta(hours=2))
    assert earned(house) == {"friend": 20, "inviter": 50}
    time_comes(house)
    assert len(house.rows(PointsEntry, PointsEntry.rule == "referral")) == 2
    assert outcome(house) == [("stayed", None)]


def test_the_rule_for_referrals_says_how_what_the_terms_promise_is_given(house: MiniWorld):
    """A cap, the factor of her tier, a campaign, a time to wait: as for every act."""
    promise(house, inviter_points=50, friend_points=20)
    with house.siyu.database.writing() as session:
        about: dict[str, Any] = {"points": 0, "operator_id": None, "now": house.now}
        terms = {"caps": {"ever": 80}, "tier_factor": True}
        rules.add(session, key="referral", kind=kinds.REFERRAL, written=terms, **about)
        double = {"factor": 200, "kinds": ["referral"], "from": "2026-11-01", "until": "2026-12-31"}
        rules.add(session, key="bring", kind=kinds.CAMPAIGN, written=double, **about)
    brings(house, "小雨", "阿诚")
    brings(house, "小雨", "林夏")
    time_comes(house)
    given = house.rows(Earning, Earning.kind.in_(["referral", "campaign"]))
    with house.siyu.database.reading() as session:
        hers = house.member(session, "小雨").id
    mine = [(one.rule, one.amount) for one in given if one.member_id == hers]
    assert mine == [("referral", 50), ("bring", 50), ("referral", 30), ("bring", 30)]
    others = [(one.rule, one.amount) for one in given if one.member_id != hers]
    assert others == [("referral", 20), ("bring", 20)] * 2
    keys = {one.key for one in given}
    assert {"referral:1:inviter", "referral:1:friend", "referral:1:inviter:bonus:bring"} <= keys
    (entry,) = house.rows(PointsEntry, PointsEntry.key == "referral:1:inviter")
    assert (entry.rule, entry.rule_version) == ("referral", 1), "the terms that promised it"


def test_a_friend_who_leaves_before_her_time_brings_nobody_anything(house: MiniWorld):
    promise(house)
    brings(house, "小雨", "阿诚")
    house.event("阿诚", "unsubscribe")
    house.work()
    time_comes(house)
    assert earned(house) == {}
    assert outcome(house) == [("refused", "left")]


def test_the_terms_are_those_under_which_she_came(sqlite_house: MiniWorld):
    promise(sqlite_house)
    brings(sqlite_house, "小雨", "阿诚")
    promise(sqlite_house, inviter_points=1, friend_points=1)
    time_comes(sqlite_house)
    assert earned(sqlite_house) == {"friend": 20, "inviter": 50}
    versions = {e.rule_version for e in sqlite_house.rows(PointsEntry) if e.rule == "referral"}
    assert versions == {1}


def test_nobody_invites_herself(sqlite_house: MiniWorld):
    house = sqlite_house
    promise(house)
    house.event("小雨", "subscribe", EventKey="")
    house.work()
    code = code_of(house, "小雨")
    with house.at_work():
        house.sign_up("小雨", inviter=code)
    time_comes(house)
    assert house.rows(Referral) == []
    assert earned(house) == {}


def test_whoever_was_a_member_brings_nobody_anything(sqlite_house: MiniWorld):
    house = sqlite_house
    promise(house)
    house.event("阿诚", "subscribe", EventKey="")
    house.work()
    house.now += timedelta(days=2)
    brings(house, "小雨", "阿诚")
    time_comes(house)
    assert house.rows(Referral) == []


def test_she_is_not_brought_by_whom_she_brought(sqlite_house: MiniWorld):
    house = sqlite_house
    promise(house)
    brings(house, "小雨", "阿诚")
    with house.siyu.database.reading() as session:
        rain, cheng = (house.member(session, name) for name in ("小雨", "阿诚"))
        assert referrals.reason_against(session, cheng, rain) == "ring"
        assert referrals.reason_against(session, rain, cheng) == "invited_already"
        assert referrals.reason_against(session, rain, rain) == "herself"


def test_an_order_may_be_asked_of_her(sqlite_house: MiniWorld):
    promise(sqlite_house, needs_order=True)
    brings(sqlite_house, "小雨", "阿诚")
    time_comes(sqlite_house)
    assert outcome(sqlite_house) == [("refused", "no_order")]


def test_who_brings_enough_is_a_koc(sqlite_house: MiniWorld):
    promise(sqlite_house, koc_from=1, stays_days=1)
    brings(sqlite_house, "小雨", "阿诚")
    sqlite_house.says("小雨", "你好")  # so that we may write to her for two days
    time_comes(sqlite_house, timedelta(days=1))
    assert any("留下来了，50 积分已到账" in said for said in sqlite_house.heard("小雨"))
    assert "KOC" in sqlite_house.tags("小雨")
    assert "KOC" not in sqlite_house.tags("阿诚")


def test_a_poster_leads_a_friend_here(sqlite_house: MiniWorld):
    house = sqlite_house
    promise(house)
    house.event("小雨", "subscribe", EventKey="")
    house.work()
    with house.siyu.database.reading() as session:
        channel_id = house.channel(session).id
    rain, cheng = (Browser(house).is_named(house, channel_id, name) for name in ("小雨", "阿诚"))
    page = rain.client.get("/h5/me/invite").text
    assert "你得 50 积分" in page
    path = re.search(r"(/h5/i/[0-9A-Z]+)", page)
    assert path is not None
    assert rain.client.get("/h5/me/invite.svg").mimetype == "image/svg+xml"
    assert Browser(house).client.get(path[1]).location.startswith("/h5/login?")
    assert "邀请你加入" in cheng.client.get(path[1]).text
    assert rain.client.get("/h5/i/0000").status_code == 404
    house.work()
    (row,) = house.rows(Referral)
    with house.siyu.database.reading() as session:
        assert members.get(session, row.inviter_id).id == house.member(session, "小雨").id
    with house.at_work():
        house.sign_up("阿诚")
    house.event("阿诚", "subscribe", EventKey="")
    house.work()  # and WeChat says that both are one person
    time_comes(house)
    assert earned(house) == {"friend": 20, "inviter": 50}
    assert "已留下" in rain.client.get("/h5/me/invite").text


def test_the_mini_program_shows_whom_she_has_brought(sqlite_house: MiniWorld):
    house = sqlite_house
    promise(house)
    with house.at_work():
        token = house.sign_up("小雨")
        mine = house.call("GET", "me/invites", token).json
        house.sign_up("阿诚", inviter=mine["code"])
        mine = house.call("GET", "me/invites", token).json
    assert mine["promise"]["inviter_points"] == 50
    assert [(one["nickname"], one["state"]) for one in mine["friends"]] == [("阿诚", "waiting")]


def test_an_operator_sets_the_terms_and_sees_the_tree(sqlite_house: MiniWorld, translations: None):
    house = sqlite_house
    with house.siyu.database.writing() as session:
        operators.add(session, EMAIL, "四月", PASSWORD, house.now)
    desk = Desk(house.client.application)
    assert desk.log_in().status_code == 303
    filled = {"stays_days": "7", "inviter_points": "50", "friend_points": "20", "koc_tag": "KOC"}
    filled |= {"inviter_coupon": "0", "friend_coupon": "0"}
    assert desk.post("/referrals", filled).status_code == 303
    assert desk.post("/referrals", filled | {"stays_days": "-1"}).status_code == 200
    (held,) = house.rows(ReferralTerms)
    assert (held.version, held.inviter_points, held.needs_order) == (1, 50, False)
    brings(house, "小雨", "阿诚")
    time_comes(house)
    assert "阿诚" in desk.get("/referrals").text
    with house.siyu.database.reading() as session:
        rain = house.member(session, "小雨").id
    tree = desk.get(f"/members/{rain}/referrals").text
    assert "阿诚" in tree
    assert "已留下" in tree


@pytest.mark.parametrize(
    "wrong",
    [{"stays_days": -1}, {"friend_points": -1}, {"month_max": 0}, {"koc_from": 0}, {"koc_tag": ""}],
    ids=str,
)
def test_terms_that_make_no_sense_are_refused(sqlite_house: MiniWorld, wrong: dict[str, Any]):
    with pytest.raises(BadTerms):
        promise(sqlite_house, **wrong)
