"""Stories of reading: whose it is by the server's own knowledge, for how long by its own clock."""

from datetime import timedelta

import pytest

from app.domain.insight.radar import RadarLink, RadarOpening
from app.domain.insight.radar_readers import RadarReader
from app.domain.insight.radar_views import RadarView
from app.inbox import InboxEvent
from tests.reading import Browser, an_article, own_path
from tests.running_plans import after, running
from tests.shop import OA
from tests.world import World

HIDING = ("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[a](javascript:alert(1))")


def events(house: World, kind: str) -> list[InboxEvent]:
    return list(house.rows(InboxEvent, InboxEvent.kind == kind))


def named(house: World, name: str) -> Browser:
    with house.siyu.database.reading() as session:
        channel_id = house.channel(session, OA).id
    return Browser(house).is_named(house, channel_id, name)


def depths(house: World) -> list[tuple[str, int, int]]:
    return [
        (who.partition(":")[0], one.depth, one.times)
        for one in house.rows(RadarReader)
        if (who := one.who)
    ]


def test_an_article_is_shown_without_anything_that_runs(house: World):
    body = "# 标题\n\n**先洗**后护\n\n" + "\n\n".join(HIDING) + "\n\n| a | b |\n|-|-|\n| 1 | 2 |"
    body += f"\n\n![我们的](/h5/pictures/{'a' * 64}) ![别人的](https://evil.example/x.png)"
    answer = Browser(house).opens(own_path(house, an_article(house, body)))
    assert "<strong>先洗</strong>" in answer.text
    assert "<table>" in answer.text
    assert f'src="/h5/pictures/{"a" * 64}"' in answer.text
    for hidden in ("<script>alert", "onerror", 'href="javascript:', "evil.example"):
        assert hidden not in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'; script-src 'self'" in policy
    assert "unsafe" not in policy


def test_an_article_counts_as_opened_when_its_page_says_so(house: World, link: RadarLink):
    browser = Browser(house)
    browser.opens(own_path(house, link))
    house.work()
    assert (events(house, "radar_opened"), house.rows(RadarView)) == ([], [])
    browser.says()
    house.work()
    assert [one.times for one in house.rows(RadarOpening)] == [1]
    assert depths(house) == [("member", 0, 1)]


def test_the_clock_of_the_server_bounds_what_a_page_says(house: World, link: RadarLink):
    browser = Browser(house)
    browser.reads(own_path(house, link))
    for passed, said, kept in ((10, 9.5, 9.5), (10, 3600, 20), (0, 7200, 20), (600, 700, 65)):
        house.now += timedelta(seconds=passed)
        browser.says(said, 40)
        (view,) = house.rows(RadarView)
        assert view.visible_ms == round(kept * 1000), said
    house.now += timedelta(seconds=5)
    browser.says(1, 10)
    (view,) = house.rows(RadarView)
    assert (view.visible_ms, view.scroll_percent) == (65_000, 40), "it only grows"


def test_reports_told_again_or_too_late_change_nothing(house: World, link: RadarLink):
    browser = Browser(house)
    browser.reads(own_path(house, link))
    house.now += timedelta(seconds=30)
    browser.says(25, 60)
    house.work()
    before = [(one.visible_ms, one.scroll_percent, one.reports) for one in house.rows(RadarView)]
    assert before == [(25_000, 60, 2)]
    house.now += timedelta(seconds=30)
    for number in (0, 1, 2, 2, 1):
        browser.says(55, 100, number=number)
    browser.says(55, 100, number=10**9)
    house.now += timedelta(hours=2)
    browser.says(7200, 100, number=3)
    assert [(v.visible_ms, v.scroll_percent, v.reports) for v in house.rows(RadarView)] == before
    assert len(events(house, "radar_opened")) == 1
    fresh = Browser(house)
    fresh.opens(own_path(house, link))
    house.now += timedelta(hours=2, seconds=1)
    assert fresh.says().status_code == 204
    assert len(house.rows(RadarView)) == 1, "a page that waited too long is not opened"


def test_marks_of_reading_are_told_once_each(house: World, link: RadarLink):
    browser = Browser(house)
    browser.reads(own_path(house, link))
    for second in range(1, 41):
        house.now += timedelta(seconds=1)
        browser.says(second, min(100, second * 2))
    house.work()
    told = [(one.fields["Seconds"], one.fields["Percent"]) for one in events(house, "radar_read")]
    assert told == [("5", "0"), ("10", "0"), ("10", "25"), ("20", "25"), ("20", "50")] + [
        ("30", "50"),
        ("30", "75"),
    ]


def test_what_is_no_report_is_refused(house: World, link: RadarLink):
    browser = Browser(house)
    browser.opens(own_path(house, link))
    for body in (b"", b"[]", b"{}", b'{"number":"1"}', b"\xff", b'{"number":-1,"visible_ms":0}'):
        assert browser.client.post(browser.report_path, data=body).status_code == 400
    assert browser.client.post(browser.report_path, data=b"x" * 600).status_code == 413
    assert browser.client.get(browser.report_path).status_code == 405
    assert house.rows(RadarView) == []


def test_a_link_that_travels_on_is_not_hers_in_another_browser(house: World, link: RadarLink):
    path = own_path(house, link)
    hers, friend = Browser(house), Browser(house)
    hers.reads(path)
    friend.reads(path)
    house.work()
    assert depths(house) == [("member", 0, 1), ("browser", 1, 1)]
    assert len(events(house, "radar_opened")) == 1
    house.now += timedelta(minutes=1)
    hers.reads(path)
    friend.reads(path)
    assert depths(house) == [("member", 0, 2), ("browser", 1, 2)]


def test_a_browser_known_as_another_members_does_not_open_as_her(house: World, link: RadarLink):
    his = Browser(house)
    his.reads(own_path(house, link, "阿诚"))
    his.reads(own_path(house, link, "小雨"))
    assert depths(house) == [("member", 0, 1), ("member", 0, 0), ("browser", 1, 1)]


def test_every_reader_passes_on_a_link_of_her_own(house: World, link: RadarLink):
    hers = Browser(house).reads(own_path(house, link))
    assert hers.onward != own_path(house, link)
    hers.reads(hers.onward)
    friend = Browser(house).reads(hers.onward)
    friends_friend = Browser(house).reads(friend.onward)
    assert len({hers.onward, friend.onward, friends_friend.onward}) == 3
    assert depths(house) == [("member", 0, 1), ("browser", 1, 1), ("browser", 2, 1)]
    first, second, third = house.rows(RadarReader)
    assert (second.parent_id, third.parent_id) == (first.id, second.id)


def test_whom_wechat_has_named_is_she_herself_through_whatever_link(house: World, link: RadarLink):
    hers = Browser(house).reads(own_path(house, link))
    named(house, "阿诚").reads(hers.onward)
    named(house, "小雨").reads(own_path(house, link, "阿诚"))
    house.work()
    opened = events(house, "radar_opened")
    with house.siyu.database.reading() as session:
        ids = [house.member(session, name).id for name in ("小雨", "阿诚")]
    assert [one.member_id for one in opened] == ids
    (shared,) = events(house, "radar_shared")
    assert shared.member_id == ids[0]
    assert depths(house) == [("member", 0, 1), ("member", 1, 1)]


def test_somebody_whom_only_wechat_knows_becomes_a_member_who_has_read(
    house: World, link: RadarLink
):
    hers = Browser(house).reads(own_path(house, link))
    stranger = named(house, "林夏").reads(hers.onward)
    house.work()
    with house.siyu.database.reading() as session:
        ids = [house.member(session, name).id for name in ("小雨", "林夏")]
    assert [one.member_id for one in house.rows(RadarReader)] == ids
    house.now += timedelta(seconds=12)
    stranger.says(12, 30)
    house.work()
    assert [one.member_id for one in events(house, "radar_read")] == ids[1:]


def test_whom_we_have_met_by_her_reading_is_the_same_reader_ever_after(
    house: World, link: RadarLink
):
    hers = Browser(house).reads(own_path(house, link))
    met = named(house, "林夏").reads(hers.onward)
    house.work()
    for path in (met.onward, hers.onward, own_path(house, link, "林夏")):
        named(house, "林夏").reads(path)
        house.work()
    assert len(house.rows(RadarReader)) == 2
    with house.siyu.database.reading() as session:
        brought_by = house.member(session, "小雨").id
    assert [one.member_id for one in events(house, "radar_shared")] == [brought_by]


def test_who_was_two_records_brings_nobody_by_reading_as_the_other(house: World, link: RadarLink):
    his = named(house, "阿诚").reads(own_path(house, link, "阿诚"))
    house.work()
    with house.siyu.database.writing() as session:
        kept, absorbed = house.member(session, "小雨"), house.member(session, "阿诚")
        absorbed.same_as_id = kept.id
    for name in ("小雨", "阿诚"):
        named(house, name).reads(his.onward)
        house.work()
    assert len(house.rows(RadarReader)) == 1
    assert events(house, "radar_shared") == []


def test_previews_and_programs_open_nothing(house: World, link: RadarLink):
    outside = own_path(house, house.rows(RadarLink)[0])
    for agent in (
        "",
        "Mozilla/5.0 (compatible; Googlebot/2.1)",
        "Mozilla/5.0 (iPhone) mpcrawler",
        "WeChatShareExtensionProcess/8.0 CFNetwork",
        "Mozilla/5.0 HeadlessChrome/140.0",
        "python-requests/2.34",
        "facebookexternalhit/1.1",
        "Mozilla/5.0 (compatible; Google-Site-Verification/1.0)",
        "Mozilla/5.0 (Linux; Android 6.0.1) Chrome/41.0 (compatible; Google-InspectionTool/1.0;)",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/120.0 Safari/537.36 Google-Read-Aloud",
        "Mozilla/5.0 Chrome/78 Mobile Safari/537.36; Asker/1.0; +https://asker.example",
        "Mozilla/5.0 (Windows NT 6.1; WOW64) Chrome/30 Safari/537.36 URL-Checker",
    ):
        page = Browser(house, agent).opens(own_path(house, link))
        assert (page.status_code, "data-report" in page.text) == (200, False), agent
        assert Browser(house, agent).opens(outside).status_code == 302
    for ahead in (
        {"Purpose": "prefetch"},
        {"Sec-Purpose": "prefetch;prerender"},
        {"X-Moz": "prefetch"},
        {"Sec-Fetch-Mode": "no-cors"},
    ):
        assert Browser(house).opens(outside, **ahead).status_code == 302
        assert "data-report" not in Browser(house).opens(own_path(house, link), **ahead).text
    assert (house.rows(RadarReader), house.rows(RadarView)) == ([], [])
    assert Browser(house).client.head(own_path(house, link)).status_code == 200
    assert events(house, "radar_opened") == []


@pytest.mark.parametrize(
    "agent",
    [
        "Mozilla/5.0 (Linux; Android 14; CUBOT KINGKONG) Chrome/120 MicroMessenger/8.0.49",
        "Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2)",
    ],
)
def test_nobody_is_taken_for_a_program_for_the_name_of_her_phone(
    house: World, link: RadarLink, agent: str
):
    assert "data-report" in Browser(house, agent).opens(own_path(house, link)).text


def test_a_page_of_ours_can_stand_before_an_outside_page(house: World):
    url = "https://example.com/nuts?a=1&b=2"
    link = an_article(house, key="nuts", article_id=None, url=url, page_first=True)
    browser = Browser(house)
    page = browser.opens(own_path(house, link))
    assert 'href="https://example.com/nuts?a=1&amp;b=2"' in page.text
    assert events(house, "radar_opened") == []
    browser.says(1)
    assert len(events(house, "radar_opened")) == 1


def test_a_plan_begins_when_somebody_has_read_long_enough(house: World, link: RadarLink):
    trigger = {"kind": "read", "link": "story", "at_least_s": 30}
    running(house, after(1, says="读得真仔细"), trigger=trigger)
    browser = Browser(house)
    house.says("小雨", "你好")
    browser.reads(own_path(house, link))
    for second in (10, 20, 30):
        assert "读得真仔细" not in house.heard("小雨")
        house.now += timedelta(seconds=10)
        browser.says(second, 50)
        house.work()
    house.now += timedelta(minutes=2)
    house.work()
    assert house.heard("小雨")[-1] == "读得真仔细"
