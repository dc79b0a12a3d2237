"""Member pages in a real browser: what an article's page says of itself, and questions that come
and go while a form is answered. Whatever the browser complains of fails the test."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from itsdangerous import URLSafeSerializer
from playwright.sync_api import Browser, Page, expect

from app.domain.insight import articles, forms, radar
from app.domain.insight.form_submissions import FormAnswer
from app.domain.insight.radar_views import RadarView
from app.domain.people.members import Member
from tests.reading import IN_WECHAT
from tests.running_house import RunningHouse, running
from tests.world import BROWSER

PATIENCE_MS = 15_000
RECORD = """
  window.told = [];
  navigator.sendBeacon = (place, body) => { window.told.push(JSON.parse(body)); return true; };
"""
BRIDGE = """
  window.invoked = [];
  window.shared = {};
  window.WeixinJSBridge = {
    invoke: (name, told, answer) => {
      invoked.push([name, told]);
      answer?.({err_msg: `${name}:ok`});
    },
    on: (event, heard) => { shared[event] = heard; },
  };
"""  # what WeChat puts into its browser
HIDE = """hidden => {
  Object.defineProperty(document, "visibilityState", {value: hidden, configurable: true});
  document.dispatchEvent(new Event("visibilitychange"));
}"""
QUESTIONS = [
    {"key": "q1", "kind": "single", "label": "头皮？", "options": ["油", "干"], "required": True},
    {
        "key": "q2",
        "kind": "number",
        "label": "油了几个月？",
        "required": True,
        "shown_if": {"question": "q1", "operation": "is_any", "values": ["油"]},
    },
    {
        "key": "q3",
        "kind": "long_text",
        "label": "这么久，试过什么？",
        "shown_if": {"question": "q2", "operation": "at_least", "values": ["12"]},
    },
]


@pytest.fixture
def house(
    sqlite_url: str, redis_url: str, tmp_path: Path, translations: None
) -> Iterator[RunningHouse]:
    with running(tmp_path, sqlite_url, redis_url) as house:
        yield house


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 390, "height": 700}, user_agent=BROWSER)
    page.set_default_timeout(PATIENCE_MS)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    yield page
    page.close()
    assert complaints == []


def somebody(house: RunningHouse) -> int:
    now = house.siyu.clock()
    with house.siyu.database.writing() as session:
        member = Member(nickname="小雨", created_at=now)
        session.add(member)
        session.flush()
        return member.id


def an_article(house: RunningHouse) -> str:
    """The address of her own link to a long article."""
    siyu, member_id = house.siyu, somebody(house)
    with siyu.database.writing() as session:
        told = {"title": "洗护三步", "cover": "", "body": "一行。\n\n" * 200}
        article = articles.write(session, **told, now=siyu.clock())
        link: dict[str, Any] = {"key": "long", "title": "三步", "url": "", "tag_id": None}
        link |= {"points": 0, "article_id": article.id}
        made = radar.add(session, now=siyu.clock(), **link)
        return siyu.programme.radar_url(made.id, member_id)


def views(house: RunningHouse) -> list[RadarView]:
    with house.siyu.database.reading() as session:
        return list(session.scalars(sa.select(RadarView)))


def test_a_page_tells_for_how_long_it_was_seen_and_how_far_down(house: RunningHouse, page: Page):
    page.clock.install()
    page.add_init_script(RECORD)
    page.goto(an_article(house))
    page.clock.run_for(10_000)
    page.evaluate(HIDE, "hidden")
    page.clock.run_for(60_000)
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    page.evaluate(HIDE, "visible")
    page.clock.run_for(10_000)
    told = page.evaluate("told")
    assert [one["number"] for one in told] == list(range(2, len(told) + 2))
    first, last = told[0], told[-1]
    assert 9_000 <= first["visible_ms"] <= 11_000
    assert 18_000 <= last["visible_ms"] <= 22_000, "the minute it was hidden does not count"
    assert first["scroll_percent"] < 30
    assert last["scroll_percent"] == 100


def test_what_is_told_arrives_and_the_address_becomes_her_own(house: RunningHouse, page: Page):
    address = an_article(house)
    page.goto(address)
    page.wait_for_url(lambda url: url != address)
    page.evaluate(HIDE, "hidden")
    for _ in range(60):
        if any(one.reports >= 2 for one in views(house)):
            break
        page.wait_for_timeout(100)
    (view,) = views(house)
    assert view.reports == 2
    assert view.visible_ms <= (view.heard_at - view.began_at).total_seconds() * 1000
    page.reload()
    expect(page.get_by_role("heading", name="洗护三步")).to_be_visible()


def test_questions_come_and_go_as_they_are_answered(house: RunningHouse, page: Page):
    siyu, member_id = house.siyu, somebody(house)
    with siyu.database.writing() as session:
        form = forms.add(
            session,
            key="scalp",
            title="头皮小调查",
            intro="",
            asked=QUESTIONS,
            repeatable=False,
            now=siyu.clock(),
        )
        address = siyu.programme.form_url(form.key, form.id, member_id)
    page.goto(address)
    months, tried = page.get_by_label("油了几个月？"), page.get_by_label("这么久，试过什么？")
    expect(months).to_be_hidden()
    page.get_by_label("油", exact=True).check()
    expect(months).to_be_visible()
    expect(tried).to_be_hidden()
    months.fill("12")
    expect(tried).to_be_visible()
    tried.fill("都试过")
    page.get_by_label("干", exact=True).check()
    expect(months).to_be_hidden()
    expect(tried).to_be_hidden()
    page.get_by_role("button").click()
    expect(page.locator("#thanks")).to_be_visible()
    for _ in range(60):
        with siyu.database.reading() as session:
            kept = session.scalars(sa.select(FormAnswer)).all()
        if kept:
            break
        page.wait_for_timeout(250)
    assert [(one.question, one.value) for one in kept] == [("q1", "干")]


def test_that_she_chose_to_share_is_told_and_what_she_shares_is_her_own(
    house: RunningHouse, browser: Browser
):
    address = an_article(house)
    base = house.siyu.settings.public_base_url
    context = browser.new_context(user_agent=IN_WECHAT)
    who = {"channel_id": 1, "openid": "oSummer", "at": int(house.siyu.clock().timestamp())}
    signed = URLSafeSerializer(house.siyu.settings.secret(), salt="siyu_h5").dumps(who)
    context.add_cookies([{"name": "siyu_h5", "value": str(signed), "url": base}])
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.add_init_script(BRIDGE)
    page.goto(address)
    for _ in range(60):
        if page.evaluate("'menu:share:appmessage' in shared"):
            break
        page.wait_for_timeout(100)
    page.evaluate("shared['menu:share:appmessage']({})")
    for _ in range(60):
        if any(one.share_taps for one in views(house)):
            break
        page.wait_for_timeout(100)
    (view,) = views(house)
    assert view.share_taps == 1
    (sent,) = [one for one in page.evaluate("invoked") if one[0] == "sendAppMessage"]
    assert sent[1]["link"] == house.siyu.programme.onward_url(view.link_id, view.reader_id)
    context.close()
    assert complaints == []
