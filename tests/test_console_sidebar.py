"""The menu beside every page: each page has its place in it, and it shows where one is."""

import re
from collections import Counter

import pytest
from flask import Flask

from app.console import sidebar
from app.console.frame import OPEN
from tests.console_desk import Desk
from tests.world import World

OUTSIDE = {"console.halt", "console.not_there"}  # the red button's page, and no page at all
GROUP = re.compile(r'<details class="nav-group" name="menu"( open)?>.*?</details>', re.S)
TITLE = re.compile(r'nav-link-title">([^<]+)<')
CURRENT = re.compile(
    r'aria-current="page">\s*(?:<span class="nav-link-icon">.*?</span>)?<[^>]+>([^<]+)', re.S
)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine: no database decides what is asked here."""
    return sqlite_url


def addresses(app: Flask) -> dict[str, str]:
    """Every address of the console that shows something, with a number in place of arguments."""
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    kept = [rule for rule in rules if rule.endpoint.startswith("console.")]
    wanted = [rule for rule in kept if rule.endpoint not in OPEN | OUTSIDE]
    return {rule.endpoint: re.sub(r"<[^>]+>", "1", rule.rule) for rule in wanted}


def test_every_page_belongs_to_an_entry(world: World) -> None:
    app = world.client.application
    for endpoint, address in addresses(app).items():
        with app.test_request_context(address):
            assert sidebar.here() is not None, f"{endpoint}: no entry of the menu leads near it"


def test_each_entry_leads_to_a_page_that_shows_it_as_open(world: World, desk: Desk) -> None:
    with world.client.application.test_request_context("/console/"):
        led_to = {str(entry.label): entry.address for entry in sidebar.entries()}
    for label, address in led_to.items():
        page = desk.read(address.removeprefix("/console"))
        assert CURRENT.findall(page) == [label], address


def test_nothing_is_in_the_menu_twice() -> None:
    endpoints = Counter(entry.endpoint for entry in sidebar.entries())
    assert endpoints.most_common(1)[0][1] == 1
    labels = [str(label) for label in named()]
    assert len(set(labels)) == len(labels), "an entry is not called as another, nor as a group"


def named() -> list[object]:
    return [entry.label for entry in sidebar.entries()] + [group.label for group in sidebar.GROUPS]


@pytest.mark.parametrize(
    ("path", "group", "entry"),
    [
        ("/members", "会员与人群", "会员"),
        ("/twins", "会员与人群", "会员"),
        ("/plans/new", "自动化", "计划"),
        ("/articles/new", "内容", "雷达链接"),
        ("/live-codes/batch", "渠道与社群", "渠道活码"),
        ("/channels/new/wecom", "渠道与社群", "渠道账号"),
    ],
)
def test_the_group_of_the_page_is_open_and_no_other(
    desk: Desk, path: str, group: str, entry: str
) -> None:
    page = desk.read(path)
    groups = list(GROUP.finditer(page))
    assert len(groups) == len(sidebar.GROUPS)
    opened = [found for found in groups if found[1]]
    assert [TITLE.findall(found[0])[0] for found in opened] == [group]
    assert CURRENT.findall(opened[0][0]) == [entry]


def test_the_front_page_opens_no_group(desk: Desk) -> None:
    page = desk.read("/")
    assert not any(found[1] for found in GROUP.finditer(page))
    assert CURRENT.findall(page) == ["概览"]


def test_every_page_has_a_title_of_its_own(world: World, desk: Desk) -> None:
    """Tabs and the browser's history tell pages apart by nothing else."""
    app, titles = world.client.application, dict[str, str]()
    for endpoint, address in addresses(app).items():
        answer = desk.client.get(address)
        title = re.search(r"<title>(.*) · 私域</title>", answer.text)
        if answer.status_code == 200 and title:
            assert title[1] not in titles, f"{endpoint} and {titles[title[1]]}"
            titles[title[1]] = endpoint
    assert len(titles) > 40
