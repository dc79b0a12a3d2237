"""Whatever members, platforms and operators write, a page shows it and runs nothing of it."""

import re
from html.parser import HTMLParser

import pytest
import sqlalchemy as sa

from app.domain.insight import articles, tags
from app.domain.insight.articles import Article
from app.domain.insight.keywords import KeywordRule
from app.domain.insight.radar import RadarLink
from app.domain.loyalty.quizzes import Quiz
from app.domain.outreach.journeys.plans import Plan
from app.domain.people import operators
from app.domain.people.channels import Channel
from app.domain.people.groups import Group
from app.domain.people.live_codes import LiveCode
from app.domain.people.members import Member
from app.domain.people.operators import Operator
from app.inbox import InboxEvent
from app.outbox import OutboxMessage
from tests.console_desk import Desk
from tests.world import World

HOSTILE = "<img src=x onerror=alert(1)>'\"{{7*7}}"
PAGES = (
    *("/", "/members", "/members?q=%3Cimg", "/members/1", "/members/1/timeline"),
    *("/rules", "/rules/1", "/rules/new", "/plans", "/plans/1", "/plans/new", "/plans/1/edit"),
    *(
        "/quizzes",
        "/quizzes/1",
        "/quizzes/new",
        "/channels",
        "/channels/new",
        "/channels/new/wecom",
        "/channels/new/official_account",
        "/groups",
    ),
    *(
        "/live-codes",
        "/live-codes/1",
        "/live-codes/new",
        "/radar",
        "/radar/1",
        "/radar/1/edit",
        "/radar/new",
        "/articles",
        "/articles/1",
        "/earning",
    ),
    *("/pipeline", "/plans/1/audience", "/channels/1", "/audit", "/operators", "/operators/new"),
    "/operators/1/password",
)
SHOWS_NOTHING_FOREIGN = (
    *("/channels/new/official_account", "/earning", "/", "/plans/1/audience", "/members?q=%3Cimg"),
    "/operators/new",
)


@pytest.fixture
def hostile(world: World, desk: Desk) -> Desk:
    """A house in which everything that somebody writes is an attack."""
    world.event("小雨", "subscribe", EventKey="qrscene_store_001")
    world.says("小雨", f"头发总是很油 {HOSTILE} 发货")
    world.event("小雨", HOSTILE)
    world.says_in_group("小雨", HOSTILE, room_name=HOSTILE, sender_name=HOSTILE)
    world.quiz()
    world.plan(({"kind": "daily", "at": "09:00"}, "早上好"), trigger="manual")
    world.work()
    with world.siyu.database.writing() as session:
        articles.write(session, title="文章", cover="", body=HOSTILE, now=world.now)
        operators.record(session, 1, HOSTILE, HOSTILE, {HOSTILE: [HOSTILE]}, world.now)
        tags.named(session, f"标签{HOSTILE}", HOSTILE, world.now)
        for model, names in {
            Member: ("nickname",),
            Channel: ("name", "appid"),
            Operator: ("name",),
            Group: ("name",),
            KeywordRule: ("name", "reply"),
            LiveCode: ("name", "welcome"),
            RadarLink: ("title", "url"),
            Article: ("title",),
            Quiz: ("question",),
            Plan: ("name",),
            OutboxMessage: ("reason", "recipient"),
        }.items():
            session.execute(sa.update(model).values(dict.fromkeys(names, HOSTILE)))
        session.execute(sa.update(OutboxMessage).values(state="failed", content={"text": HOSTILE}))
        session.execute(sa.update(KeywordRule).values(words=[HOSTILE], unless=[HOSTILE]))
        session.execute(
            sa.update(InboxEvent).values(
                error=HOSTILE,
                quarantined_at=world.now,
                fields={HOSTILE: HOSTILE, "Content": HOSTILE},
            )
        )
    return desk


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_others_write_is_shown_and_never_run(hostile: Desk, language: str) -> None:
    hostile.post("/language", {"language": language, "next": "/console/"})
    for path in PAGES:
        page = hostile.read(path)
        assert "<img src=x" not in page, path
        assert "49" not in re.findall(r"&#34;(\d+)", page), path
        if path not in SHOWS_NOTHING_FOREIGN:
            assert "&lt;img src=x" in page or "\\u003cimg" in page, path


class Tags(HTMLParser):
    """All tags of a page, read as a browser does."""

    def __init__(self, page: str):
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_no_page_brings_scripts_or_styles_of_its_own(hostile: Desk) -> None:
    for path in PAGES:
        for tag, attributes in Tags(hostile.read(path)).found:
            assert tag != "style", path
            assert not [name for name in attributes if name.startswith("on") or name == "style"]
            assert tag != "script" or "src" in attributes or "nonce" in attributes, path
            assert not (attributes.get("href") or "").strip().startswith("javascript"), path


def test_every_form_carries_a_token(hostile: Desk) -> None:
    for path in PAGES:
        for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", hostile.read(path), re.S):
            assert 'name="csrf_token"' in form, path


def test_todays_figures_are_those_of_the_business_day(world: World, desk: Desk) -> None:
    world.at(3, "00:10")  # the day before still, in Greenwich
    world.event("小雨", "subscribe")
    world.says("小雨", "签到")
    world.work()
    page = desk.read("/")
    assert figure(page, "收到的事件") == 2
    assert figure(page, "新会员") == figure(page, "签到") == 1
    assert figure(page, "发放积分") == 15
    assert figure(page, "平台已接收的消息") == 2
    world.at(4, "00:10")
    page = desk.read("/")
    assert figure(page, "收到的事件") == figure(page, "新会员") == figure(page, "签到") == 0
    values = re.search(r'"name": "[^"]*", "values": (\[[\d, ]+\])', page)
    assert values is not None
    assert values[1] == str([0] * 12 + [1, 0]), "one member joined, a day ago"


def figure(page: str, label: str) -> int:
    found = re.search(rf"{label}</div>\s*<div class=\"figure-value[^>]*>(?:<a[^>]*>)?(\d+)", page)
    assert found is not None, label
    return int(found[1])
