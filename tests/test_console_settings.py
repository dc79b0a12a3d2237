"""What operators set up: channels, groups, live codes, radar links, quizzes, points and tiers."""

import re
from typing import Any

from app.domain.insight.radar import RadarLink
from app.domain.loyalty.earning.rules import EarningRule
from app.domain.loyalty.quizzes import Quiz
from app.domain.people.channels import Channel
from app.domain.people.groups import Group
from app.domain.people.live_codes import LiveCode
from app.domain.people.operators import AuditEntry
from tests.console_desk import Desk
from tests.shop import SECRETS
from tests.world import World

NEW = "/channels/new/official_account"


def wrong_in(page: str) -> str:
    return " ".join(re.findall(r'class="invalid-feedback">([^<]*)', page))


def test_a_channel_is_added_with_its_secrets_sealed(world: World, desk: Desk) -> None:
    form = {
        "name": "二号店",
        "key": "second-shop",
        "appid": "wx2222222222222222",
        "original_id": "gh_2",
        "api_base_url": "https://api.weixin.qq.com",
        "token": "a-token",
        "encoding_aes_key": "k" * 43,
        "secret": "very-secret",
    }
    assert "必填" in wrong_in(desk.post(NEW, form | {"token": ""}).text)
    assert desk.post(NEW, form).status_code == 303
    (channel,) = world.rows(Channel, Channel.key == "second-shop")
    assert b"very-secret" not in channel.sealed_secrets
    assert channel.secrets(world.siyu.vault)["secret"] == "very-secret"
    assert "已有这个标识" in wrong_in(desk.post(NEW, form).text)
    for field, bad in (("key", "Big Key"), ("api_base_url", "javascript:x")):
        assert desk.post(NEW, form | {field: bad}).status_code == 200
    assert "very-secret" not in desk.post(NEW, form).text, "never shown again"


def test_credentials_are_shown_on_record_only(world: World, desk: Desk) -> None:
    secret = SECRETS["demo-oa"]["secret"]
    assert secret not in desk.read("/channels")
    (channel,) = world.rows(Channel, Channel.key == "demo-oa")
    assert secret in desk.post(f"/channels/{channel.id}/secrets").text
    (entry,) = world.rows(AuditEntry)
    assert (entry.action, entry.subject) == ("channel.reveal", "channel:demo-oa")


def test_a_group_gets_its_tier_label(world: World, desk: Desk) -> None:
    (group,) = world.rows(Group)
    assert desk.post(f"/groups/{group.id}/label", {"tier_label": "silver"}).status_code == 303
    assert world.rows(Group)[0].tier_label == "silver"
    assert desk.post(f"/groups/{group.id}/label", {"tier_label": "tin"}).status_code == 400
    desk.post(f"/groups/{group.id}/label", {"tier_label": ""})
    assert world.rows(Group)[0].tier_label is None


def test_a_live_code_is_made_by_the_platform_and_welcomes(world: World, desk: Desk) -> None:
    form = {
        "channel": "1",
        "scene": "store_009",
        "name": "九号店",
        "tag": "门店·九号店",
        "welcome": "欢迎来九号店",
    }
    assert desk.post("/live-codes/new", form).status_code == 303
    (code,) = world.rows(LiveCode, LiveCode.scene == "store_009")
    assert code.url
    assert "<svg" in desk.read(f"/live-codes/{code.id}.svg")
    world.event("小雨", "subscribe", EventKey="qrscene_store_009")
    world.work()
    assert world.heard("小雨") == ["欢迎来九号店"]
    assert world.tags("小雨") == ["门店·九号店"]
    assert "带来 1 位会员" in desk.read("/live-codes")
    assert "已有这个场景值" in wrong_in(desk.post("/live-codes/new", form).text)
    changed = form | {"welcome": "换了欢迎语"}
    assert desk.post(f"/live-codes/{code.id}", changed).status_code == 303
    world.event("阿诚", "subscribe", EventKey="qrscene_store_009")
    world.work()
    assert world.heard("阿诚") == ["换了欢迎语"]
    unsayable = desk.post(f"/live-codes/{code.id}", form | {"welcome": "{surname}您好"}).text
    assert "没有占位符" in wrong_in(unsayable)
    assert "不能有空格" in wrong_in(desk.post("/live-codes/new", form | {"scene": "a b"}).text)


def test_a_platform_that_says_no_is_heard_and_asked_again_later(world: World, desk: Desk) -> None:
    world.fault("/cgi-bin/qrcode/create", "errcode", errcode=48001, times=1)
    form = {"channel": "1", "scene": "s2", "name": "二号店", "tag": "", "welcome": ""}
    assert desk.post("/live-codes/new", form).status_code == 303
    (code,) = world.rows(LiveCode, LiveCode.scene == "s2")
    assert code.url == ""
    page = desk.read("/live-codes")
    assert "平台拒绝生成二维码" in page
    assert desk.get(f"/live-codes/{code.id}.svg").status_code == 404
    desk.post(f"/live-codes/{code.id}/qr")
    assert world.rows(LiveCode, LiveCode.scene == "s2")[0].url


def test_radar_links_are_written_and_changed_in_versions(world: World, desk: Desk) -> None:
    form: dict[str, Any] = {
        "key": "nuts",
        "title": "坚果",
        "url": "https://example.com/nuts",
        "tag": "兴趣·坚果",
        "points": "8",
    }
    assert desk.post("/radar/new", form).status_code == 303
    (link,) = world.rows(RadarLink, RadarLink.key == "nuts")
    assert (link.version, link.points) == (1, 8)
    for bad in ({"url": "javascript:alert(1)"}, {"key": "a b"}, {"points": "-1"}, {"key": "nuts"}):
        answer = desk.post("/radar/new", form | {"key": "other"} | bad)
        assert answer.status_code == 200, bad
        assert wrong_in(answer.text), bad
    assert desk.post(f"/radar/{link.id}/edit", form | {"points": "5"}).status_code == 303
    (link,) = world.rows(RadarLink, RadarLink.key == "nuts")
    assert (link.version, link.points) == (2, 5)


def test_a_quiz_is_written_opened_answered_and_closed(world: World, desk: Desk) -> None:
    form = {
        "where": "channel:1",
        "question": "哪个是坚果？",
        "option_a": "米",
        "option_b": "核桃",
        "option_c": "",
        "option_d": "",
        "right_option": "B",
        "points": "10",
    }
    for bad in ({"right_option": "C"}, {"option_d": "跳过了 C"}, {"where": "moon:1"}):
        assert desk.post("/quizzes/new", form | bad).status_code == 200, bad
    assert desk.post("/quizzes/new", form).status_code == 303
    (quiz,) = world.rows(Quiz)
    desk.post(f"/quizzes/{quiz.id}/open")
    for name, said in (("小雨", "b"), ("阿诚", "Ａ")):
        world.event(name, "subscribe")
        world.says(name, said)
    world.work()
    assert world.balance("小雨").points == 20
    page = desk.read(f"/quizzes/{quiz.id}")
    assert "共 2 人作答" in page
    assert 'value="1" max="2"' in page
    desk.post("/quizzes/new", form)
    second = world.rows(Quiz)[-1]
    desk.post(f"/quizzes/{second.id}/open")
    assert "已经有一个打开的问答" in desk.read(f"/quizzes/{second.id}")
    desk.post(f"/quizzes/{quiz.id}/close")
    desk.post(f"/quizzes/{second.id}/open")
    assert world.rows(Quiz)[-1].opened_at is not None


def test_what_things_are_worth_changes_from_now_on(world: World, desk: Desk) -> None:
    assert desk.post("/earning/sign_in", {"points": "7"}).status_code == 303
    (rule,) = world.rows(EarningRule, EarningRule.key == "sign_in")
    assert (rule.points, rule.version) == (7, 2)
    world.event("小雨", "subscribe")
    world.says("小雨", "签到")
    world.work()
    assert world.balance("小雨").points == 17
    for bad in ("-1", "many", "", "9999999999"):
        desk.post("/earning/sign_in", {"points": bad})
    assert world.rows(EarningRule, EarningRule.key == "sign_in")[0].points == 7
    assert desk.post("/earning/nothing", {"points": "1"}).status_code == 404
