"""Forms with a reward: a message, a page, answers; tags, points and a coupon, and what follows."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from app import form_pictures
from app.domain.insight.form_submissions import FormAnswer, FormSubmission, UnnamedSubmission
from app.domain.insight.forms import Form
from app.domain.loyalty.spending import coupons
from app.domain.loyalty.spending.coupon_terms import CouponKind
from app.domain.loyalty.spending.coupons import MemberCoupon
from app.domain.people import addresses, operators
from app.domain.people.operators import AuditEntry
from app.inbox import InboxEvent
from tests.console_desk import EMAIL, PASSWORD, Desk
from tests.reading import Browser
from tests.running_plans import after, running
from tests.world import World
from tests.world import opened as opened_world

ASKED: dict[str, Any] = {
    "key": "hair",
    "title": "头发小调查",
    "intro": "",
    "points": "12",
    "q1-label": "您的头皮？",
    "q1-kind": "single",
    "q1-options": "油 => 头皮·油\n干 => 头皮·干\n说不清",
    "q1-required": "on",
    "q2-label": "油了多久？（月）",
    "q2-kind": "number",
    "q2-least": "1",
    "q2-most": "600",
    "q2-required": "on",
    "q2-if": "q1",
    "q2-if-operation": "is_any",
    "q2-if-values": "油",
    "q3-label": "生日",
    "q3-kind": "date",
    "q3-keeps": "birthday",
    "q4-label": "邮箱",
    "q4-kind": "email",
    "q4-keeps": "email",
    "q5-label": "会推荐我们吗？",
    "q5-kind": "nps",
    "q6-label": "还想说什么？",
    "q6-kind": "long_text",
    "q7-label": "手机号",
    "q7-kind": "phone",
}
ANSWERS = {"q1": "油", "q2": "6", "q3": "1995-06-01", "q4": "rain@example.com", "q5": "9"}
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


@pytest.fixture
def house(sqlite_url: str, redis_url: str, tmp_path: Path) -> Iterator[World]:
    with opened_world(tmp_path, sqlite_url, redis_url) as found:
        yield found


@pytest.fixture
def at_desk(house: World, translations: None) -> Desk:
    with house.siyu.database.writing() as session:
        operators.add(session, EMAIL, "四月", PASSWORD, house.now)
    desk = Desk(house.client.application)
    assert desk.log_in().status_code == 303
    return desk


def ask(desk: Desk, **changed: Any) -> None:
    answer = desk.post("/forms/new", ASKED | changed)
    assert answer.status_code == 303, answer.text


def her_path(house: World, name: str = "小雨") -> str:
    (form,) = house.rows(Form)
    with house.siyu.database.reading() as session:
        member = house.member(session, name)
    return urlsplit(house.siyu.programme.form_url(form.key, form.id, member.id)).path


def came(house: World, *names: str) -> None:
    for name in names or ("小雨",):
        house.event(name, "subscribe", EventKey="")
        house.says(name, "你好")
    house.work()


def test_from_a_plans_message_to_tags_points_and_the_next_message(house: World, at_desk: Desk):
    ask(at_desk)
    running(house, after(1, says="请填 {form:hair}"))
    running(
        house, after(1, says="谢谢您的回答"), trigger={"kind": "form_submitted", "form": "hair"}
    )
    came(house)
    house.at(2, "12:05")
    house.work()
    said = house.heard("小雨")[-1]
    path = urlsplit(said[said.index("http") :]).path
    assert "油了多久" in house.client.get(path).text
    before = house.balance("小雨").points
    assert "已收到" in house.client.post(path, data=ANSWERS).text
    house.work()
    assert "头皮·油" in house.tags("小雨")
    assert house.balance("小雨").points == before + 12
    assert "感谢填写「头发小调查」，12 积分已到账" in house.heard("小雨")[-1]
    with house.siyu.database.reading() as session:
        member = house.member(session, "小雨")
        assert str(member.birthday_on) == "1995-06-01"
        assert addresses.email_of(member, house.siyu.vault) == "rain@example.com"
    kept = str([one.value for one in house.rows(FormAnswer)]) + str(
        [one.fields for one in house.rows(InboxEvent)]
    )
    assert "rain@example.com" not in kept
    house.at(2, "12:20")
    house.work()
    assert house.heard("小雨")[-1] == "谢谢您的回答"


def test_a_reward_comes_once_however_often_she_may_answer(house: World, at_desk: Desk):
    with house.siyu.database.writing() as session:
        coupon = coupons.draft(
            session,
            name="五元",
            kind=CouponKind.FIXED,
            amount_fen=500,
            now=house.now,
        )
        coupon_id = coupon.id
    ask(at_desk, repeatable="y", coupon=str(coupon_id))
    came(house)
    before = house.balance("小雨").points
    for day in (2, 3, 4):
        house.at(day)
        house.client.post(her_path(house), data=ANSWERS)
        house.work()
    assert len(house.rows(FormSubmission)) == 3
    assert house.balance("小雨").points == before + 12
    assert len(house.rows(MemberCoupon)) == 1


def test_what_is_not_asked_of_her_is_not_demanded(house: World, at_desk: Desk):
    ask(at_desk)
    came(house)
    refused = house.client.post(her_path(house), data={"q1": "油"})
    assert (refused.status_code, "请填写 <" in refused.text) == (422, True)
    assert "太大了" in house.client.post(her_path(house), data=ANSWERS | {"q2": "601"}).text
    assert "已收到" in house.client.post(her_path(house), data={"q1": "干", "q2": "6"}).text
    house.work()
    assert [one.question for one in house.rows(FormAnswer)] == ["q1"]
    assert "头皮·干" in house.tags("小雨")


def test_without_a_name_one_answers_once_a_browser_and_gets_nothing(house: World, at_desk: Desk):
    ask(at_desk, unnamed="y")
    came(house)
    browser = Browser(house)
    assert browser.client.post("/h5/forms/hair", data=ANSWERS).status_code == 403, "no cookie"
    page = browser.client.get("/h5/forms/hair").text
    assert "微信登录后填写，可以得到奖励" in page
    for _ in range(3):
        assert browser.client.post("/h5/forms/hair", data=ANSWERS).status_code == 200
    house.work()
    (kept,) = house.rows(UnnamedSubmission)
    assert kept.answers["q4"] == ["r***@example.com"]
    assert "已经填过" in browser.client.get("/h5/forms/hair").text
    shown = at_desk.read("/forms/1")
    assert ("没有登录的" in shown, "r***@example.com" in shown) == (True, True)
    refused = 0
    for _ in range(15):
        one = Browser(house)
        one.client.get("/h5/forms/hair")
        refused += one.client.post("/h5/forms/hair", data=ANSWERS).status_code == 429
    assert refused >= 3, "so many from one machine are too many"


def test_a_form_opens_and_closes_by_itself_and_has_so_many_places(house: World, at_desk: Desk):
    ask(
        at_desk,
        opens_at="2026-11-03T09:00",
        closes_at="2026-11-05T09:00",
        answers_max="1",
        key="hair",
    )
    came(house, "小雨", "阿诚")
    assert "还没有开始" in house.client.get(her_path(house)).text
    house.at(3, "09:00")
    assert "头皮" in house.client.get(her_path(house)).text
    house.client.post(her_path(house), data=ANSWERS)
    assert "名额已满" in house.client.post(her_path(house, "阿诚"), data=ANSWERS).text
    house.work()
    assert len(house.rows(FormSubmission)) == 1
    house.at(5, "09:00")
    assert "已经结束" in house.client.get(her_path(house, "阿诚")).text
    wrong = {"opens_at": "2026-11-05T09:00", "closes_at": "2026-11-03T09:00", "key": "x"}
    assert "结束要在开始之后" in at_desk.post("/forms/new", ASKED | wrong).text


def test_a_picture_is_looked_at_kept_and_shown_to_operators_alone(
    house: World, at_desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(form_pictures, "BYTES_MAX", 2_000)
    ask(at_desk, **{"q8-label": "头皮照片", "q8-kind": "picture"})
    came(house)
    for bad in (b"<svg onload=alert(1)>", b"GIF", PNG + b"0" * 2_000):
        given = ANSWERS | {"q8": (io.BytesIO(bad), "a.png")}
        answer = house.client.post(her_path(house), data=given)
        assert "请上传 5 MB 以内的图片" in answer.text
    house.client.post(her_path(house), data=ANSWERS | {"q8": (io.BytesIO(PNG), "a.html")})
    house.work()
    (digest,) = [one.value for one in house.rows(FormAnswer, FormAnswer.question == "q8")]
    picture = at_desk.get(f"/forms/1/pictures/{digest}")
    assert (picture.status_code, picture.mimetype, picture.data) == (200, "image/png", PNG)
    assert Browser(house).client.get(f"/console/forms/1/pictures/{digest}").status_code == 302
    assert at_desk.get(f"/forms/1/pictures/{'0' * 64}").status_code == 404
    ours = ANSWERS | {"q8": digest}
    house.event("阿诚", "subscribe", EventKey="")
    house.work()
    house.client.post(her_path(house, "阿诚"), data=ours)
    house.work()
    assert len(house.rows(FormAnswer, FormAnswer.question == "q8")) == 1, "a name is no picture"


def test_results_are_counted_filtered_and_taken_away(house: World, at_desk: Desk):
    ask(at_desk)
    came(house, "小雨", "阿诚")
    house.client.post(her_path(house), data=ANSWERS | {"q6": "=1+1", "q7": "13812345678"})
    house.client.post(her_path(house, "阿诚"), data={"q1": "干", "q5": "3", "q6": "还好"})
    house.work()
    shown = at_desk.read("/forms/1")
    for said in ("NPS 0", "平均 6.00", "=1+1", "138****5678", '"values": [1, 1, 0]'):
        assert said in shown, said
    with house.siyu.database.reading() as session:
        from app.domain.insight import tags

        oily = next(one.id for one in tags.all_of(session) if one.name == "头皮·油")
    filtered = at_desk.read(f"/forms/1?tag={oily}")
    assert ("还好" in filtered, "NPS 100" in filtered) == (False, True)
    table = at_desk.get("/forms/1/answers.csv").data.decode()
    assert "'=1+1" in table
    assert ("13812345678" in table, "138****5678" in table) == (False, True)
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(at_desk.get("/forms/1/answers.xlsx").data))
    cells = [cell for row in book.active.iter_rows(values_only=True) for cell in row]
    assert "'=1+1" in cells
    assert at_desk.get("/forms/1/qr.svg").mimetype == "image/svg+xml"
    assert "微信扫一扫" in at_desk.read("/forms/1/poster")


def test_a_number_is_seen_whole_only_on_the_record(house: World, at_desk: Desk):
    ask(at_desk)
    came(house)
    house.client.post(her_path(house), data=ANSWERS | {"q7": "13812345678"})
    house.work()
    assert "13812345678" not in at_desk.read("/forms/1")
    answer = at_desk.post("/forms/1/submissions/1/q7/unmask")
    assert "13812345678" in answer.text
    actions = [one.action for one in house.rows(AuditEntry)]
    assert "form.unmask" in actions
    assert at_desk.post("/forms/1/submissions/1/q1/unmask").status_code == 404
    assert at_desk.post("/forms/2/submissions/1/q7/unmask").status_code == 404
