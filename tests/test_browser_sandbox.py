"""A member chats in the sandbox's page, in a real browser, with the whole house running."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.running_house import RunningHouse, running

PATIENCE_MS = 15_000


@pytest.fixture
def house(sqlite_url: str, redis_url: str, tmp_path: Path) -> Iterator[RunningHouse]:
    with running(tmp_path, sqlite_url, redis_url) as house:
        yield house


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.set_default_timeout(PATIENCE_MS)
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    yield page
    page.close()
    assert broken == []


def said(page: Page, text: str) -> None:
    page.locator("#text").fill(text)
    page.locator("#text").press("Enter")


def heard(page: Page, text: str) -> None:
    expect(page.locator("#bubbles")).to_contain_text(text, timeout=PATIENCE_MS)


def test_following_signing_in_and_a_quiz_are_answered_in_private_chat(
    house: RunningHouse, page: Page
) -> None:
    page.goto(f"{house.sandbox_url}/?member=小雨")
    page.locator("#subscribe-scene").fill("store_001")
    page.locator("#follow button").click()
    heard(page, "欢迎来到四月生活馆一号店")
    said(page, "签到")
    heard(page, "签到成功，+5 积分")
    said(page, "ｂ")
    heard(page, "回答正确！+10 积分")
    said(page, "积分")
    heard(page, "您当前有 25 积分")


def test_a_group_is_answered_in_the_group_by_name(house: RunningHouse, page: Page) -> None:
    page.goto(house.sandbox_url)
    page.get_by_role("link", name="阿诚").click()
    page.get_by_role("link", name="四月黄金群").click()
    expect(page.locator("#phone")).not_to_have_attribute("data-room", "")
    said(page, "a")
    heard(page, "@阿诚 收到您的答案 A，可惜不对")
    said(page, "B")
    heard(page, "@阿诚 您已经答过这一题啦")


def test_markup_in_chat_is_shown_as_text(house: RunningHouse, page: Page) -> None:
    page.goto(f"{house.sandbox_url}/?member=王一帆")
    said(page, "<img src=x onerror=\"document.title='hacked'\"> 签到")
    heard(page, "<img src=x")
    assert page.title() != "hacked"
