"""Operators write articles and links, see what became of them, and say from when on it counts."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.domain.insight import radar_figures
from app.domain.insight.articles import Article
from app.domain.insight.radar import RadarLink
from app.domain.insight.radar_readers import RadarReader
from app.domain.insight.radar_thresholds import RadarThreshold
from app.domain.people.channels import Kind
from app.outbox import OutboxMessage
from tests.console_desk import EMAIL, PASSWORD, Desk
from tests.reading import Browser, an_article, own_path
from tests.shop import OA
from tests.world import World
from tests.world import opened as opened_world

THRESHOLD = {"read_min_s": "20", "scrolled_min_percent": "50", "tag": "爱护发", "points": "6"}


@pytest.fixture
def house(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[World]:
    with opened_world(tmp_path, database_url, redis_url) as found:
        for name in ("小雨", "阿诚"):
            found.event(name, "subscribe", EventKey="")
        found.work()
        yield found


@pytest.fixture
def at_desk(house: World, translations: None) -> Desk:
    from app.domain.people import operators

    with house.siyu.database.writing() as session:
        operators.add(session, EMAIL, "四月", PASSWORD, house.now)
    desk = Desk(house.client.application)
    assert desk.log_in().status_code == 303
    return desk


def read_for(house: World, browser: Browser, seconds: int, percent: int) -> None:
    house.now += timedelta(seconds=seconds)
    browser.says(seconds, percent)
    house.work()


def test_an_article_is_written_seen_beforehand_and_led_to(house: World, at_desk: Desk):
    written = {"title": "洗护三步", "cover": "", "body": "**先洗** <script>x</script>"}
    preview = at_desk.post("/articles/preview", written, page="/articles/new").text
    assert "<strong>先洗</strong>" in preview
    assert "<script>x" not in preview
    assert at_desk.post("/articles/new", written).status_code == 303
    changed = written | {"body": "**先润**"}
    assert at_desk.post("/articles/1", changed).status_code == 303
    (article,) = house.rows(Article)
    assert (article.version, article.body) == (2, "**先润**")
    link: dict[str, Any] = {"key": "steps", "title": "三步", "article": "1", "points": "0"}
    assert at_desk.post("/radar/new", link | {"article": "0"}).status_code == 200, "no address"
    assert at_desk.post("/radar/new", link).status_code == 303
    (made,) = house.rows(RadarLink, RadarLink.key == "steps")
    assert "<strong>先润</strong>" in Browser(house).opens(own_path(house, made)).text
    assert "三步" in at_desk.read("/articles")


def test_what_became_of_a_link_is_seen(house: World, at_desk: Desk):
    link = an_article(house)
    hers = Browser(house).reads(own_path(house, link))
    read_for(house, hers, 40, 80)
    Browser(house).reads(hers.onward)
    with house.siyu.database.reading() as session:
        hers_id = house.member(session, "小雨").id
    onward = hers.onward
    for _ in range(7):
        onward = Browser(house).reads(onward).onward
    shown = at_desk.read(f"/radar/{link.id}")
    assert "第 7 手 ·" in shown, "so deep no indent tells it"
    for said in (f"#{hers_id}", "不知是谁", "第 1 手：2", "读 40 秒", "经她 8 位"):
        assert said in shown, said
    assert "tree-1" in shown
    assert "1 / 8" in at_desk.read("/radar")
    assert "一号店" in at_desk.read("/radar/1"), "the welcome that leads to it"


def test_who_has_read_it_as_two_records_has_read_it_as_one_member(house: World):
    link = an_article(house)
    Browser(house).reads(own_path(house, link))
    with house.siyu.database.writing() as session:
        hers_id = house.member(session, "小雨").id
        told = {"link_id": link.id, "member_id": hers_id, "times": 1, "made_at": house.now}
        session.add(RadarReader(who="member:999999", **told))
    with house.siyu.database.reading() as session:
        reading = radar_figures.of_links(session)[link.id]
    assert (reading.named, reading.times) == (1, 2)


def test_a_threshold_gives_a_tag_and_points_once(house: World, at_desk: Desk):
    link = an_article(house)
    at_desk.post(f"/radar/{link.id}/thresholds", THRESHOLD)
    browser = Browser(house).reads(own_path(house, link))
    read_for(house, browser, 15, 100)
    assert "爱护发" not in house.tags("小雨")
    again = Browser(house).is_named(house, 1, "小雨").reads(own_path(house, link))
    before = house.balance("小雨").points
    for _ in range(3):
        read_for(house, again, 6, 20)
    read_for(house, again, 30, 100)
    assert "爱护发" in house.tags("小雨")
    assert house.balance("小雨").points == before + 6
    at_desk.post(f"/radar/{link.id}/thresholds", {"tag": "x"})
    assert len(house.rows(RadarThreshold)) == 1, "it asks for nothing"
    at_desk.post(f"/radar/{link.id}/thresholds/1/end")
    his = Browser(house).reads(own_path(house, link, "阿诚"))
    read_for(house, his, 30, 100)
    assert "爱护发" not in house.tags("阿诚")


def test_a_category_adds_up_and_shares_are_those_whom_wechat_names(house: World, at_desk: Desk):
    first = an_article(house, category="护发")
    second = an_article(house, key="second", category="护发")
    told = {"opened_min": "2", "shared_min": "1", "tag": "爱分享", "category": "on"}
    at_desk.post(f"/radar/{first.id}/thresholds", told)
    hers = Browser(house).reads(own_path(house, first))
    hers.reads(own_path(house, second))
    Browser(house).reads(hers.onward)
    house.work()
    assert "爱分享" not in house.tags("小雨"), "a browser may be her own second one"
    with house.siyu.database.reading() as session:
        channel_id = house.channel(session, OA).id
    Browser(house).is_named(house, channel_id, "阿诚").reads(hers.onward)
    house.work()
    assert "爱分享" in house.tags("小雨")


def test_staff_hear_of_it_once_a_day_for_each_link(house: World, at_desk: Desk):
    from app.domain.people import channels

    with house.siyu.database.writing() as session:
        channels.add(
            session,
            key="corp",
            kind=Kind.WECOM,
            name="corp",
            appid="ww1",
            api_base_url=house.sandbox_url,
            secrets={"token": "t" * 8, "encoding_aes_key": "A" * 43, "secret": "s" * 16},
            settings={"agent_id": "1000002"},
            vault=house.siyu.vault,
            now=house.now,
        )
    link = an_article(house)
    at_desk.post(f"/radar/{link.id}/thresholds", {"opened_min": "1", "notify_userid": "limei"})
    browser = Browser(house)
    for _ in range(3):
        browser.reads(own_path(house, link))
        read_for(house, browser, 61, 90)
    notices = house.rows(OutboxMessage, OutboxMessage.key.startswith("notice:radar"))
    assert [(one.recipient, one.way) for one in notices] == [("limei", "app")]
    house.now += timedelta(days=1)
    browser.reads(own_path(house, link))
    house.work()
    latest = house.rows(OutboxMessage, OutboxMessage.key.startswith("notice:radar"))[-1]
    assert "看了「洗护三步」：打开 4 次，读了 " in latest.content["text"]
