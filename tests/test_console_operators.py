"""Operators in the console: who may come in, who may not any more, and what they did."""

import re
from pathlib import Path

import pytest

import app
from app.console.running.action_words import ACTIONS
from app.domain.people.operators import AuditEntry, Operator
from tests.console_desk import EMAIL, PASSWORD, Desk
from tests.world import World

MAY, SECRET = "may@shop.example", "battery staple"
FORM = {"email": MAY, "name": "五月", "password": SECRET}


@pytest.fixture
def may(world: World, desk: Desk) -> Desk:
    """A second operator, whom the first has let in."""
    assert desk.post("/operators/new", FORM).status_code == 303
    second = Desk(world.client.application)
    assert second.log_in(MAY, SECRET).status_code == 303
    return second


def test_an_operator_is_added_and_may_log_in(desk: Desk, may: Desk) -> None:
    assert "五月" in may.read("/")
    page = desk.read("/operators")
    assert "五月" in page
    assert MAY in page
    assert SECRET not in page


def test_what_cannot_be_an_operator_is_said_at_the_field(world: World, desk: Desk) -> None:
    assert "至少 8 个字符" in desk.post("/operators/new", FORM | {"password": "short"}).text
    assert "请填写邮箱地址" in desk.post("/operators/new", FORM | {"email": "may"}).text
    taken = desk.post("/operators/new", FORM | {"email": EMAIL.upper()}).text
    assert "已有这个邮箱的运营" in taken
    assert [operator.email for operator in world.rows(Operator)] == [EMAIL]


def test_a_disabled_operator_is_out_at_once_until_she_is_enabled(desk: Desk, may: Desk) -> None:
    assert desk.post("/operators/2/disable").status_code == 303
    assert "/console/login" in may.get("/members").location
    assert may.log_in(MAY, SECRET).status_code == 401
    assert "已停用" in desk.read("/operators")
    desk.post("/operators/2/enable")
    assert "/console/login" in may.get("/members").location, "old log-ins do not come back"
    assert may.log_in(MAY, SECRET).status_code == 303


def test_nobody_disables_herself(world: World, desk: Desk) -> None:
    desk.post("/operators/1/disable")
    assert "不能停用自己" in desk.read("/operators")
    assert world.rows(Operator)[0].disabled_at is None
    assert [entry.action for entry in world.rows(AuditEntry)] == []


def test_a_new_password_ends_what_was_logged_in_under_the_old_one(desk: Desk, may: Desk) -> None:
    new = "correct staple"
    assert desk.post("/operators/2/password", {"password": "short"}).status_code == 200
    assert may.get("/members").status_code == 200
    assert desk.post("/operators/2/password", {"password": new}).status_code == 303
    assert "/console/login" in may.get("/members").location
    assert may.log_in(MAY, SECRET).status_code == 401
    assert may.log_in(MAY, new).status_code == 303
    desk.post("/operators/1/password", {"password": new})
    assert "/console/login" in desk.get("/members").location, "her own log-ins end too"
    assert desk.log_in(EMAIL, PASSWORD).status_code == 401


def test_nobody_changes_an_operator_who_does_not_exist(desk: Desk) -> None:
    for action in ("disable", "enable", "password"):
        answer = desk.post(f"/operators/99/{action}", {"password": SECRET})
        assert answer.status_code == 404


def test_everything_done_is_on_record_newest_first(world: World, desk: Desk, may: Desk) -> None:
    desk.post("/operators/2/password", {"password": SECRET})
    desk.post("/operators/2/disable")
    page = desk.read("/audit")
    order = [page.index(said) for said in ("停用运营", "更换密码", "添加运营")]
    assert order == sorted(order)
    assert "四月" in page
    assert "operator:2" in page
    assert SECRET not in page
    assert MAY in str([entry.details for entry in world.rows(AuditEntry)])


def test_the_record_is_read_page_by_page(world: World, desk: Desk) -> None:
    with world.siyu.database.writing() as session:
        for number in range(1, 61):
            session.add(
                AuditEntry(
                    operator_id=1,
                    action="phone.unmask",
                    subject=f"member:{number:03}",
                    details={},
                    done_at=world.now,
                )
            )
    page = desk.read("/audit")
    assert "member:060" in page
    assert "member:011" in page
    assert "member:010" not in page
    assert "/console/audit?before=11" in page
    older = desk.read("/audit?before=11")
    assert "member:010" in older
    assert "member:011" not in older
    assert "更早的" not in older


def test_whatever_is_recorded_is_said_in_words() -> None:
    """Every action that is written out in a module which records some."""
    modules = [path.read_text() for path in Path(app.__file__).parent.rglob("*.py")]
    recording = [text for text in modules if re.search(r"\.record\(\s*session", text)]
    actions = {found for text in recording for found in re.findall(r'"([a-z_]+\.[a-z_.]+)"', text)}
    apart = {found for found in actions if found.endswith((".html", ".csv"))}
    endpoints = {found for found in actions if found.startswith("console.")}
    assert actions - apart - endpoints <= set(ACTIONS)
    assert len(actions - apart - endpoints) > 60
