"""Stories of the mini-program: logging in, signing up, and what a member sees of herself."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app import awaiting
from app.domain.insight import tags
from app.domain.people.consents import Consent
from app.domain.people.members import Member
from app.inbox import InboxConflict, InboxEvent
from tests import mini_world
from tests.mini_doors import LOGIN_API, PHONE_API, refused, sqlite_world, world
from tests.mini_world import PHONES, UNIONIDS, MiniWorld
from tests.shop import MINI

__all__ = ("sqlite_world", "world")


def test_a_login_code_gives_a_token_that_is_nobody_s_until_she_signs_up(world: MiniWorld):
    answer = world.call("POST", "login", json={"code": world.code("小雨", "login")})
    assert answer.status_code == 200
    assert answer.json["signed_up"] is False
    assert answer.json["expires_at"] > world.now.isoformat()
    refused(world.call("GET", "me", answer.json["token"]), 403, "not_signed_up")
    assert world.members() == []


def test_who_has_signed_up_is_known_at_the_next_login(world: MiniWorld):
    with world.at_work():
        world.sign_up("小雨")
    again = world.call("POST", "login", json={"code": world.code("小雨", "login"), "channel": MINI})
    assert again.json["signed_up"] is True
    assert world.call("GET", "me", again.json["token"]).json["nickname"] == "小雨"


def test_a_used_or_invented_login_code_is_refused(world: MiniWorld):
    code = world.code("小雨", "login")
    assert world.call("POST", "login", json={"code": code}).status_code == 200
    for stale in (code, "invented"):
        refused(world.call("POST", "login", json={"code": stale}), 401, "login_code_refused")


def test_an_unknown_mini_program_is_refused(world: MiniWorld):
    for channel in ("demo-oa", "nobody"):
        asked = {"code": "any", "channel": channel}
        refused(world.call("POST", "login", json=asked), 404, "unknown_channel")


def test_wechat_being_away_is_said_so_and_stores_nothing(world: MiniWorld):
    world.fault(LOGIN_API, "http", status=502, times=1)
    asked = {"code": world.code("小雨", "login")}
    refused(world.call("POST", "login", json=asked), 503, "platform_unavailable")
    token = world.log_in("小雨")
    world.fault(PHONE_API, "http", status=502, times=1)
    answer = world.call("POST", "members", token, json=world.form("小雨"))
    refused(answer, 503, "platform_unavailable")
    assert world.rows(InboxEvent) == []


def test_without_a_token_or_with_an_old_one_there_is_nothing_to_see(world: MiniWorld):
    with world.at_work():
        token = world.sign_up("小雨")
    for bad in ("", "invented", token + "x"):
        for method, path in (("GET", "me"), ("POST", "members"), ("POST", "sign-ins")):
            answer = world.call(method, path, bad, json={} if method == "POST" else None)
            refused(answer, 401, "not_logged_in")
    world.now += timedelta(days=31)
    refused(world.call("GET", "me", token), 401, "not_logged_in")


def test_who_signs_up_sees_herself(world: MiniWorld):
    with world.at_work():
        token = world.log_in("小雨")
        form = world.form("小雨", birthday="1992-05-06", marketing=True)
        answer = world.call("POST", "members", token, json=form)
    me = world.call("GET", "me", token).json
    assert answer.json == me
    assert me["invite_code"]
    expected = {"nickname": "小雨", "phone": "138****0000", "points": 20, "growth": 20}
    assert {name: me[name] for name in expected} == expected
    assert me["tier"] == {"key": "basic", "name": "普通", "name_en": "basic"}
    assert me["next_tier"]["growth_missing"] == 80
    assert (me["tags"], me["streak_days"], me["signed_in_today"]) == ([], 0, False)
    (member,) = world.members()
    assert member.unionid == UNIONIDS["小雨"]
    given = {(one.purpose, one.version) for one in world.rows(Consent)}
    assert given == {("membership", "1"), ("marketing", "1")}


def test_marketing_is_agreed_to_or_not(world: MiniWorld):
    with world.at_work():
        world.sign_up("小雨", marketing=False)
    assert [one.purpose for one in world.rows(Consent)] == ["membership"]


def test_a_member_sees_only_the_tags_meant_for_her_eyes(world: MiniWorld):
    with world.at_work():
        token = world.sign_up("小雨")
    with world.siyu.database.writing() as session:
        for name, visible in (("爱喝茶", True), ("难伺候", False)):
            tag = tags.named(session, name, "preference", world.now)
            tag.visible = visible
            her = world.members()[0].id
            tags.give(session, her, tag.id, rule="t", rule_version=1, event_id=None, now=world.now)
    assert world.call("GET", "me", token).json["tags"] == ["爱喝茶"]


def test_the_same_request_again_has_the_same_answer_and_no_other_effect(world: MiniWorld):
    token = world.log_in("小雨")
    form = world.form("小雨")
    with world.at_work():
        answers = [world.call("POST", "members", token, json=form).json for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert len(world.rows(InboxEvent, InboxEvent.kind == "signed_up")) == 1
    assert world.rows(InboxConflict) == []
    assert world.calls(PHONE_API) == 1


def test_the_same_request_many_times_at_once_has_one_effect(world: MiniWorld):
    token = world.log_in("小雨")
    form = world.form("小雨")

    def send(_: int) -> Any:
        return world.call("POST", "members", token, json=form)

    with world.at_work(), ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(send, range(6)))
    assert {answer.status_code for answer in answers} <= {200, 202}
    assert len(world.members()) == 1
    me = world.call("GET", "me", token).json
    assert me["points"] == 20
    assert all(answer.json == me for answer in answers if answer.status_code == 200)


def test_a_corrected_form_is_another_sign_up_and_earns_nothing_twice(world: MiniWorld):
    token = world.log_in("小雨")
    form = world.form("小雨")
    with world.at_work():
        world.call("POST", "members", token, json=form)
        answer = world.call("POST", "members", token, json=form | {"nickname": "雨儿"})
    assert (answer.json["nickname"], answer.json["points"]) == ("雨儿", 20)


def test_a_used_or_invented_phone_code_is_refused(world: MiniWorld):
    with world.at_work():
        token = world.sign_up("小雨")
        used = world.form("小雨")
        world.call("POST", "members", token, json=used)
        other = world.log_in("阿诚")
        for code in (used["phone_code"], "invented"):
            answer = world.call("POST", "members", other, json=world.form("阿诚", phone_code=code))
            refused(answer, 422, "phone_code_refused")
    assert len(world.members()) == 1


def test_a_phone_we_know_names_the_member_whom_we_know(world: MiniWorld):
    """Her new WeChat, the same number: she is still herself."""
    with world.at_work():
        world.sign_up("小雨")
        token = world.log_in("阿诚")
        form = world.form("阿诚", phone_code=world.code("小雨", "phone"))
        answer = world.call("POST", "members", token, json=form)
    assert answer.status_code == 200
    assert len(world.members()) == 1
    assert answer.json["points"] == 20


def test_a_member_cannot_take_another_member_s_phone(world: MiniWorld):
    with world.at_work():
        world.sign_up("小雨")
        token = world.sign_up("阿诚")
        form = world.form("阿诚", nickname="程哥", phone_code=world.code("小雨", "phone"))
        refused(world.call("POST", "members", token, json=form), 409, "phone_taken")
    me = world.call("GET", "me", token).json
    assert (me["nickname"], me["phone"]) == ("阿诚", "138****0001")


def test_a_slow_worker_is_said_so_and_nothing_is_lost(
    world: MiniWorld, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(awaiting, "WAIT_S", 0.05)
    token = world.log_in("小雨")
    answer = world.call("POST", "members", token, json=world.form("小雨"))
    assert (answer.status_code, answer.json["accepted"]) == (202, True)
    world.work()
    assert world.call("GET", "me", token).json["points"] == 20


def test_a_crowd_that_waits_leaves_threads_to_the_platforms(
    sqlite_world: MiniWorld, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(awaiting, "WAIT_S", 60)
    taken = [awaiting._places.acquire() for _ in range(awaiting.WAITING_MAX)]
    try:
        token = sqlite_world.log_in("小雨")
        answer = sqlite_world.call("POST", "members", token, json=sqlite_world.form("小雨"))
    finally:
        for _ in taken:
            awaiting._places.release()
    assert answer.status_code == 202


def test_a_member_can_sign_up_while_redis_is_away(sqlite_url: str, tmp_path: Path):
    with mini_world.opened(tmp_path, sqlite_url, "unix:///nowhere.sock") as world, world.at_work():
        token = world.sign_up("小雨")
        assert world.call("POST", "sign-ins", token).json["balance"] == 25


def test_no_phone_number_is_written_in_the_open(
    sqlite_world: MiniWorld, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
):
    world = sqlite_world
    with caplog.at_level("DEBUG"), world.at_work():
        world.sign_up("小雨", birthday="1992-05-06")
    said = "".join(capfd.readouterr()) + caplog.text
    stored = json.dumps([one.fields for one in world.rows(InboxEvent)])
    for secret in (PHONES["小雨"], "1992-05-06"):
        assert secret not in said
    assert PHONES["小雨"] not in stored
    assert PHONES["小雨"].encode() not in bytes(world.rows(Member)[0].sealed_phone)
