"""An operator at work in a real browser, with the whole house running.

Whatever the browser complains of, a script refused by the policy among it, fails the test.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, Locator, Page, Route, expect

from app import demo
from tests.running_house import RunningHouse, running

PATIENCE_MS = 15_000
expect.set_options(timeout=PATIENCE_MS)
HOSTILE = "<img src=x onerror=\"document.title='hacked'\">"


@pytest.fixture
def house(
    sqlite_url: str, redis_url: str, tmp_path: Path, translations: None
) -> Iterator[RunningHouse]:
    with running(tmp_path, sqlite_url, redis_url) as house:
        yield house


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(PATIENCE_MS)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("dialog", lambda dialog: dialog.accept())
    yield page
    page.close()
    assert complaints == []


@pytest.fixture
def desk(house: RunningHouse, page: Page, tmp_path: Path) -> Page:
    log_in(page, house, tmp_path)
    return page


def log_in(page: Page, house: RunningHouse, state: Path) -> None:
    """Until the front page, as the demo's operator."""
    login = json.loads((state / demo.LOGIN_FILE).read_text())
    page.goto(house.console_url)
    page.get_by_label("邮箱").fill(login["email"])
    page.get_by_label("密码").fill(login["password"])
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", name="今天")).to_be_visible()


def settled(desk: Page) -> None:
    """Until what came in has taken its place: faster than any hand, a click may come before."""
    busy = ".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added"
    expect(desk.locator(busy)).to_have_count(0)


def chosen(field: Locator, option: str) -> None:
    """Chooses what makes the form anew, and waits for that."""
    field.select_option(option)
    settled(field.page)


def act(house: RunningHouse, member: str, do: str, account: str = "demo-oa", **how: str) -> None:
    """A member does something on her phone."""
    wanted = {"account": account, "member": member, "do": do, **how}
    answer = requests.post(f"{house.sandbox_url}/sandbox/act", json=wanted, timeout=30)
    assert answer.status_code == 200, answer.text


def appears(page: Page, shown: Locator) -> None:
    """The pipeline works beside the page: looks again until it shows what should come."""
    for _ in range(60):
        if shown.count():
            return
        page.wait_for_timeout(250)
        page.reload()
    expect(shown).not_to_have_count(0)


def go_to(page: Page, entry: str) -> None:
    """Clicks on a link; one of the menu may stand in a group that has to be opened first."""
    wherever = page.get_by_role("link", name=entry, exact=True, include_hidden=True)
    closed = page.locator("aside details:not([open])").filter(has=wherever)
    if closed.count():
        closed.locator("summary").click()
    page.get_by_role("link", name=entry, exact=True).click()
    page.wait_for_load_state()


def open_first_member(page: Page) -> None:
    go_to(page, "会员")
    appears(page, page.locator("tbody a"))
    page.locator("tbody a").first.click()


def test_a_members_timeline_says_why_she_has_what_she_has(house: RunningHouse, desk: Page) -> None:
    act(house, "林夏", "subscribe", scene="store_001")
    act(house, "林夏", "text", text="什么时候发货呀")
    open_first_member(desk)
    lines = desk.locator(".line")
    appears(desk, lines.filter(has_text="催发货"))
    tagged = lines.filter(has_text="获得标签").filter(has_text="催发货")
    expect(tagged).to_contain_text("依据 关键词「催发货」 v1")
    expect(tagged).to_contain_text("起因 文字消息 “什么时候发货呀”")
    expect(lines.filter(has_text="欢迎来到四月生活馆")).to_contain_text("活码「一号店收银台」")
    tagged.get_by_role("link").click()
    expect(desk.get_by_role("heading", name="催发货")).to_be_visible()


def test_tags_by_hand_come_and_go_without_a_reload(house: RunningHouse, desk: Page) -> None:
    act(house, "阿诚", "subscribe")
    open_first_member(desk)
    desk.get_by_placeholder("标签名").fill("老朋友")
    desk.get_by_role("button", name="添加").click()
    expect(desk.locator("#tags")).to_contain_text("老朋友")
    desk.get_by_label("移除 老朋友").click()
    expect(desk.locator("#tags")).not_to_contain_text("老朋友")


def test_a_plan_is_written_started_and_heard(house: RunningHouse, desk: Page) -> None:
    act(house, "周周", "subscribe")
    act(house, "周周", "text", text="你好")
    go_to(desk, "计划")
    go_to(desk, "新建计划")
    desk.get_by_label("名称").fill("双十二预告")
    chosen(desk.get_by_label("触发"), "manual")
    desk.get_by_label("步骤名").fill("马上说")
    chosen(desk.get_by_label("什么时候"), "after_minutes")
    desk.get_by_label("过多久").fill("0")
    desk.get_by_label("文字内容").fill("{nickname|亲}，双十二见")
    expect(desk.locator("#preview")).to_contain_text("入组后立即")
    expect(desk.locator("#preview")).to_contain_text("小雨，双十二见")
    desk.get_by_role("button", name="添加一步").click()
    expect(desk.get_by_role("heading", name="第 2 步")).to_be_visible()
    settled(desk)
    desk.get_by_role("button", name="保存").click()
    expect(desk.get_by_text("还有 2 处需要修改")).to_be_visible()
    expect(desk.get_by_label("文字内容").first).to_have_value("{nickname|亲}，双十二见")
    desk.get_by_role("button", name="删除").last.click()
    expect(desk.get_by_role("heading", name="第 2 步")).to_have_count(0)
    settled(desk)
    desk.get_by_role("button", name="保存").click()
    expect(desk.get_by_text("已保存为草稿")).to_be_visible()
    desk.get_by_role("button", name="启动").click()
    desk.get_by_role("button", name="把现在符合条件的都入组").click()
    expect(desk.get_by_text("现在有 1 个符合条件")).to_be_visible()
    desk.get_by_role("button", name="确认入组").click()
    expect(desk.get_by_text("1 个对象已入组")).to_be_visible()
    appears(desk, desk.locator("td.text-green", has_text="1"))
    sent = requests.get(f"{house.sandbox_url}/sandbox/sent", timeout=30).json()
    assert "亲，双十二见" in [message["content"] for message in sent]
    desk.get_by_role("button", name="停止").click()
    expect(desk.locator(".heading")).to_contain_text("已停止")


def test_a_plan_with_a_branch_a_wait_and_a_route_is_built_by_clicking(
    house: RunningHouse, desk: Page
) -> None:
    go_to(desk, "计划")
    go_to(desk, "新建计划")
    desk.get_by_label("名称").fill("老客回访")
    chosen(desk.get_by_label("触发"), "manual")
    desk.get_by_label("步骤名").fill("是油性发质吗")
    chosen(desk.get_by_label("做什么"), "branch")
    chosen(desk.get_by_role("combobox", name="如果"), "any")
    desk.get_by_role("button", name="再加一个条件").click()
    settled(desk)
    first, second = (desk.get_by_role("group", name=f"条件 {n}") for n in (1, 2))
    first.get_by_label("标签").select_option("油性发质")
    chosen(second.get_by_role("combobox", name="条件 2"), "points_at_least")
    second.get_by_label("积分").fill("100")
    desk.get_by_role("button", name="在“是”里添加一步").click()
    settled(desk)
    inner = desk.get_by_role("region", name="steps[0].branch.then[0]")
    inner.get_by_label("步骤名").fill("等她回复")
    chosen(inner.get_by_label("做什么"), "wait")
    inner = desk.get_by_role("region", name="等她回复")
    inner.get_by_role("button", name="在“超时没有发生”里添加一步").click()
    settled(desk)
    last = desk.get_by_role("region", name="steps[0].branch.then[0].wait.else[0]")
    last.get_by_label("步骤名").fill("提醒")
    last.get_by_label("文字内容").fill("{nickname|亲}，还在吗")
    last.get_by_text("发送方式").click()
    last.get_by_role("button", name="再加一种方式").click()
    settled(desk)
    chosen(desk.get_by_label("方式 1"), "customer_service")
    desk.get_by_role("button", name="再加一种方式").click()
    settled(desk)
    desk.get_by_role("button", name="上移").click()
    settled(desk)
    assumed = desk.locator("#preview").get_by_label("假设")
    expect(assumed).to_have_count(2)
    assumed.last.select_option("else")
    expect(desk.locator("#preview")).to_contain_text("小雨，还在吗")
    desk.get_by_role("button", name="保存").click()
    expect(desk.get_by_text("已保存为草稿")).to_be_visible()
    rows = desk.locator(".outcomes tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.first).to_contain_text("带有标签 油性发质 或 积分至少 100")
    expect(rows.last).to_contain_text("渠道账号的通常方式 → 客服消息（窗口期内）")
    desk.set_viewport_size({"width": 390, "height": 800})
    desk.get_by_role("link", name="编辑").click()
    expect(desk.get_by_label("方式 2")).to_have_value("customer_service")
    width, shown = desk.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width <= shown, "nothing has to be scrolled sideways on a phone"


def test_what_is_typed_while_the_form_is_made_anew_stays_typed(
    house: RunningHouse, desk: Page
) -> None:
    """On a slow line the form comes back with the values of a second ago."""
    go_to(desk, "计划")
    go_to(desk, "新建计划")
    held: list[Route] = []
    desk.route("**/plans/form", lambda route: held.append(route))
    desk.get_by_label("触发").select_option("manual")
    desk.get_by_label("步骤名").fill("马上说")
    expect(desk.locator(".htmx-request").first).to_be_attached()
    held[0].continue_()
    settled(desk)
    expect(desk.get_by_label("步骤名")).to_have_value("马上说")
    expect(desk.get_by_label("触发")).to_have_value("manual")


def test_a_sentence_is_tried_against_the_rule_as_it_is_being_written(
    house: RunningHouse, desk: Page
) -> None:
    go_to(desk, "关键词规则")
    desk.get_by_label("试一句话：会命中哪些规则？").press_sequentially("头发总是很油")
    expect(desk.locator("#trial")).to_contain_text("分词")
    go_to(desk, "新建规则")
    desk.get_by_label("关键词").fill("双十二")
    desk.get_by_label("试一句话").press_sequentially("双十二去爬山吗")
    expect(desk.locator("#trial mark").first).to_have_text("双十二")
    expect(desk.locator("#trial")).to_contain_text("正在编辑的规则")
    desk.get_by_label("排除词").fill("爬山")
    expect(desk.locator("#trial .trial-met strong")).to_have_count(0)


def test_what_members_write_runs_nowhere(house: RunningHouse, desk: Page) -> None:
    act(house, "苏苏", "subscribe")
    act(house, "苏苏", "text", text=f"{HOSTILE} 积分")
    open_first_member(desk)
    appears(desk, desk.locator(".line", has_text="<img src=x"))
    for entry in ("概览", "会员", "消息管道", "计划"):
        go_to(desk, entry)
        assert desk.title() != "hacked"
    assert desk.locator("img[src='x']").count() == 0


def test_charts_are_drawn_and_the_language_changes_with_a_click(
    house: RunningHouse, desk: Page
) -> None:
    expect(desk.locator("[data-chart] svg")).to_have_count(2)
    desk.get_by_role("button", name="English").click()
    expect(desk.get_by_role("heading", name="Today")).to_be_visible()
    desk.set_viewport_size({"width": 390, "height": 800})
    desk.locator(".navbar-toggler").click()
    go_to(desk, "Keyword rules")
    expect(desk.get_by_role("heading", name="Keyword rules")).to_be_visible()
    width, shown = desk.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width <= shown, "nothing has to be scrolled sideways on a phone"
    desk.locator(".navbar-toggler").click()
    desk.get_by_role("button", name="Log out").click()
    expect(desk.get_by_role("heading", name="Log in")).to_be_visible()


def test_the_menu_works_on_a_phone_without_scripts_and_by_keys_alone(
    house: RunningHouse, browser: Browser, tmp_path: Path
) -> None:
    plain = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    phone = plain.new_page()
    log_in(phone, house, tmp_path)
    menu = phone.get_by_role("navigation")
    expect(menu).to_be_hidden()
    phone.get_by_role("checkbox", name="菜单").focus()
    phone.keyboard.press("Space")
    expect(menu).to_be_visible()
    expect(menu.get_by_role("link", name="优惠券")).to_be_hidden()
    menu.locator("summary", has_text="忠诚度").focus()
    phone.keyboard.press("Enter")
    menu.get_by_role("link", name="优惠券").focus()
    phone.keyboard.press("Enter")
    expect(phone.get_by_role("heading", name="优惠券", exact=True)).to_be_visible()
    phone.locator(".navbar-toggler").click()
    expect(menu.get_by_role("link", name="优惠券")).to_have_attribute("aria-current", "page")
    menu.locator("summary", has_text="运行").click()
    expect(menu.get_by_role("link", name="优惠券")).to_be_hidden()
    menu.get_by_role("link", name="操作记录").click()
    expect(phone.get_by_role("heading", name="操作记录")).to_be_visible()
    plain.close()


def test_a_segment_is_counted_while_it_is_made(house: RunningHouse, desk: Page) -> None:
    act(house, "小雨", "subscribe")
    act(house, "阿诚", "subscribe")
    act(house, "阿诚", "text", text="头发总是很油")
    go_to(desk, "会员")
    appears(desk, desk.locator("tbody tr", has_text="油性发质"))
    go_to(desk, "人群")
    go_to(desk, "新建人群")
    counted = desk.locator("#segment-count")
    expect(counted).to_have_text("条件还没有写完")
    tag = desk.get_by_label("标签", exact=True)
    tag.select_option("油性发质")
    expect(counted).to_contain_text("1 位会员")
    tag.select_option("干枯发质")
    expect(counted).to_contain_text("0 位会员")
    assert not desk.get_by_label("名称").input_value(), "nothing had to be kept for that"
