"""Nobody reads as somebody else, tells of a page that was not shown to her, or leads us astray."""

import itertools
import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from itsdangerous import URLSafeSerializer

from app.domain.insight.radar import RadarLink
from app.domain.insight.radar_readers import RadarReader
from app.domain.insight.radar_tokens import Opener, RadarSigner, Showing, Through
from app.domain.insight.radar_views import RadarView
from app.inbox import InboxEvent
from tests import mini_world
from tests.mini_world import MiniWorld
from tests.reading import IN_WECHAT, Browser, an_article, own_path
from tests.test_h5_logins import agrees
from tests.world import World

OTHER = RadarSigner("of another house, which has its own secret")
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
EVIL = "evil.example"
_STARTS = (
    *("https://{}", "http://{}", "//{}", "///{}", "////{}", "\\\\{}", "/\\{}", "\\/{}", "https:{}"),
    *("https:/{}", "https:///{}", "/%2f{}", "/%5c{}", "%2f%2f{}", "/.//{}", "/..//{}", "./{}"),
    *("https://demo@{}", "https://example.com@{}", "https://example.com%40{}", "//example.com@{}"),
    *("https://{}#example.com", "https://{}?example.com", "https://{}\\@example.com", "@{}"),
    *("javascript://{}/%0aalert(1)", "data:text/html,{}", "vbscript:{}", "ftp://{}", "{}", "/{}"),
    *("/h5/..//{}", "/h5/%2e%2e//{}", "/h5//{}", "/h5/\\{}", "/h5/@{}", "/r/../..//{}", "/r//{}"),
    *("/r/x@{}", "/r/x\\{}", "/r/%2f%2f{}"),
)
_WRAPPED = ("{}", " {}", "\t{}", "{}\r\nLocation: https://evil.example", "{}%00", "{}/r/x")
REDIRECTS = [
    wrap.format(start.format(EVIL)) for start, wrap in itertools.product(_STARTS, _WRAPPED)
]


def nothing_is_known(house: World) -> bool:
    kinds = InboxEvent.kind.startswith("radar_")
    return not (house.rows(RadarReader) or house.rows(RadarView) or house.rows(InboxEvent, kinds))


def forgeries(token: str, payloads: list[object]) -> list[str]:
    """Every letter of the token another one, letters lost and added, and what others would sign."""
    chance = random.Random(5)
    changed = [
        token[:at] + chance.choice(ALPHABET.replace(token[at], "")) + token[at + 1 :]
        for at in range(len(token))
        for _ in range(3)
    ]
    cut = [token[:-1], token[1:], token + "A", token + "=", token.upper(), token.lower()]
    signed = [
        str(URLSafeSerializer(secret, salt=salt).dumps(payload))
        for secret in ("", "april", "another secret of the same length......")
        for salt in ("radar", "radar-onward", "radar-view", "form", "itsdangerous")
        for payload in payloads
    ]
    return [one for one in [*changed, *cut, *signed] if one not in ("", token)]


def test_two_hundred_addresses_and_more_lead_nowhere_but_where_the_database_says(house: World):
    assert len(REDIRECTS) >= 200
    ours = house.rows(RadarLink)[0]
    path = own_path(house, ours)
    for address in REDIRECTS:
        for name in ("url", "next", "redirect", "link"):
            led = house.client.get(path, query_string={name: address})
            assert (led.status_code, led.location) == (302, "https://example.com/haircare"), address
        for header in ("Host", "X-Forwarded-Host", "X-Original-URL", "Referer"):
            if address.isprintable():
                led = house.client.get(path, headers={header: address.strip()})
                assert led.location in (None, "https://example.com/haircare"), address
        led = house.client.get(f"{path}/{quote(address, safe='/')}")
        assert EVIL not in (urlsplit(led.headers.get("Location", "")).hostname or ""), address


def test_a_login_comes_back_to_no_address_but_our_own(house: World):
    for address in REDIRECTS:
        browser = Browser(house)
        begun = browser.client.get("/h5/login", query_string={"next": address})
        assert urlsplit(begun.location).hostname == urlsplit(house.sandbox_url).hostname
        with browser.client.application.test_request_context(
            "/h5/oauth", headers={"Cookie": begun.headers["Set-Cookie"].partition(";")[0]}
        ):
            from app.h5 import sessions

            way = sessions.way(house.now)
        assert way is not None
        assert way.next_path.startswith(("/h5/", "/r/")), address
        assert "\\" not in way.next_path, address
        assert way.next_path.isprintable()
        assert not urlsplit(way.next_path).netloc


def test_an_operator_cannot_write_an_address_that_is_no_web_address(house: World):
    from app.domain.insight import radar

    for address in ("javascript:alert(1)", "//evil.example", "https://", "http:evil", "https:///x"):
        assert not radar.is_web_address(address), address
    for address in ("https://a.example\\@b.example", "https://[::1", "https://a b", "ftp://a", ""):
        assert not radar.is_web_address(address), address


def test_a_forged_link_is_nobodys_and_leaves_no_trace(house: World, link: RadarLink):
    own = own_path(house, link).removeprefix("/r/")
    reader = house.siyu.programme.radar_signer.onward(link.id, 1)
    forged = forgeries(own, [[link.id, 1], [link.id, 2]]) + forgeries(reader, [[link.id, 1]])
    for token in [*forged, OTHER.token(link.id, 1), OTHER.onward(link.id, 1), reader]:
        answer = house.client.get(f"/r/{quote(token, safe='')}")
        assert answer.status_code == 404, token
    assert nothing_is_known(house)


def test_a_forged_report_is_of_no_page_and_leaves_no_trace(house: World, link: RadarLink):
    browser = Browser(house)
    browser.opens(own_path(house, link))
    token = browser.report_path.removeprefix("/r/views/")
    showing = Showing("k" * 16, Through(link.id, member_id=1), Opener("b"), house.now)
    others = [OTHER.view(showing), own_path(house, link).removeprefix("/r/")]
    ours = house.siyu.programme.radar_signer
    gone = [
        ours.view(Showing("k" * 16, through, Opener("b"), house.now))
        for through in (Through(link.id, member_id=999), Through(link.id, reader_id=999))
    ]
    told = {"number": 1, "visible_ms": 0, "scroll_percent": 0}
    for forged in [*forgeries(token, [["k", [1, 1, None], ["b"], 0]]), *others, *gone]:
        answer = browser.client.post(f"/r/views/{quote(forged, safe='')}", json=told)
        assert answer.status_code == 404, forged
    assert nothing_is_known(house)


def test_a_report_is_of_her_to_whom_the_page_was_shown_whoever_tells_it(
    house: World, link: RadarLink
):
    hers = Browser(house).reads(own_path(house, link))
    thief = Browser(house).reads(own_path(house, link, "阿诚"))
    thief.report_path = hers.report_path
    house.now += timedelta(seconds=20)
    thief.says(20, 100)
    house.work()
    with house.siyu.database.reading() as session:
        ids = [house.member(session, name).id for name in ("小雨", "阿诚")]
    seen = {
        one.member_id: view.visible_ms
        for view in house.rows(RadarView)
        for one in house.rows(RadarReader, RadarReader.id == view.reader_id)
    }
    assert seen == {ids[0]: 20_000, ids[1]: 0}


def test_replayed_reports_change_nothing_however_often(house: World, link: RadarLink):
    browser = Browser(house).reads(own_path(house, link))
    house.now += timedelta(seconds=10)
    browser.says(10, 50)
    house.work()
    rows = [vars(one).copy() for one in house.rows(RadarView)]
    events = len(house.rows(InboxEvent))
    for _ in range(200):
        house.now += timedelta(seconds=1)
        browser.says(300, 100, number=2)
    again = [vars(one).copy() for one in house.rows(RadarView)]
    for row in rows + again:
        row.pop("_sa_instance_state")
    assert again == rows
    assert len(house.rows(InboxEvent)) == events


def test_a_link_of_another_page_passes_on_that_page_alone(house: World, link: RadarLink):
    other = an_article(house, key="other")
    hers = Browser(house).reads(own_path(house, link))
    (reader,) = house.rows(RadarReader)
    swapped = house.siyu.programme.radar_signer.onward(other.id, reader.id)
    assert house.client.get(f"/r/{swapped}").status_code == 404
    assert house.client.get(hers.onward).status_code == 200


# in WeChat's browser


@pytest.fixture
def wechat(sqlite_url: str, redis_url: str, tmp_path: Path) -> Iterator[MiniWorld]:
    with mini_world.opened(tmp_path, sqlite_url, redis_url) as found:
        for name in ("小雨", "阿诚"):
            found.event(name, "subscribe", EventKey="")
        found.work()
        yield found


def logged_in(world: MiniWorld, name: str) -> None:
    browser = Browser(world)
    begun = browser.client.get("/h5/login")
    assert browser.client.get(agrees(world, name, begun)).status_code == 302
    world.work()


def test_in_wechat_whoever_opens_is_asked_and_reads_as_herself(wechat: MiniWorld):
    link = an_article(wechat)
    path = own_path(wechat, link)
    assert Browser(wechat, IN_WECHAT).opens(path).status_code == 200, "nobody could be asked yet"
    logged_in(wechat, "小雨")
    friend = Browser(wechat, IN_WECHAT)
    asked = friend.opens(path)
    assert "/connect/oauth2/authorize" in asked.location
    back = friend.client.get(agrees(wechat, "阿诚", asked))
    assert (back.status_code, back.location) == (302, path)
    friend.reads(path)
    wechat.work()
    (opened,) = wechat.rows(InboxEvent, InboxEvent.kind == "radar_opened")
    with wechat.siyu.database.reading() as session:
        assert opened.member_id == wechat.member(session, "阿诚").id
    hers, his = wechat.rows(RadarReader)
    assert (hers.times, his.times, his.parent_id) == (0, 1, hers.id)
    assert Browser(wechat, f"{IN_WECHAT} wxwork/4.1").opens(path).status_code == 200


def test_whom_wechat_does_not_name_may_read_and_is_nobody(wechat: MiniWorld):
    link = an_article(wechat)
    path = own_path(wechat, link)
    logged_in(wechat, "小雨")
    preview = Browser(wechat, IN_WECHAT)
    asked = preview.opens(path)
    back = preview.client.get(agrees(wechat, "小雨", asked, snapshot="1"))
    assert back.location == f"{path}?unnamed=1"
    preview.reads(back.location)
    assert [one.who.partition(":")[0] for one in wechat.rows(RadarReader)] == ["member", "browser"]
    assert wechat.rows(InboxEvent, InboxEvent.kind == "radar_opened") == []
