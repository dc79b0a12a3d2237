"""A new contact is welcomed within twenty seconds, once, or not at all."""

from pathlib import Path
from typing import Any

import pytest

from bots.sandbox import create_app
from tests import wecom_world as world
from tests.sandbox_world import PATIENT, Heard
from tests.wecom_world import XIAOYU, Corp, told


def new_code(corp: Corp, nickname: str = "小雨") -> str:
    return str(corp.act("add", nickname, staff="xiaowang")["welcome_code"])


def welcome(corp: Corp, code: str, **more: Any) -> int:
    content = more or {"text": {"content": "欢迎"}}
    return int(corp.contact("send_welcome_msg", welcome_code=code, **content)["errcode"])


@pytest.mark.parametrize(("waits_s", "errcode"), [(19.9, 0), (20.1, 41050)])
def test_a_code_lives_twenty_seconds(corp: Corp, waits_s: float, errcode: int) -> None:
    sandbox = corp.client.application.extensions["sandbox"]
    code = new_code(corp)
    with sandbox.store.writing() as db:
        db.execute(
            "UPDATE wecom_welcome_codes SET made_at = ?",
            (world.moment_before(sandbox.clock(), waits_s),),
        )
    assert welcome(corp, code) == errcode


def test_a_code_works_once(corp: Corp) -> None:
    code = new_code(corp)
    assert (welcome(corp, code), welcome(corp, code)) == (0, 41051)
    assert [one["content"] for one in corp.sent(XIAOYU)] == ["欢迎"]
    assert corp.sent(XIAOYU)[0]["api"] == "/cgi-bin/externalcontact/send_welcome_msg"
    assert welcome(corp, "made up") == 41050


def test_what_was_refused_leaves_the_code(corp: Corp) -> None:
    code = new_code(corp)
    assert welcome(corp, code, text={"content": ""}) == 40063
    fault = {"path": "/cgi-bin/externalcontact/send_welcome_msg", "fault": "errcode"}
    corp.client.post("/sandbox/faults", json={**fault, "errcode": 41096, "times": 1})
    assert (welcome(corp, code), welcome(corp, code)) == (41096, 0)


@pytest.mark.parametrize(("characters", "errcode"), [(4000, 0), (4001, 45002)])
def test_a_welcome_has_four_thousand_bytes(corp: Corp, characters: int, errcode: int) -> None:
    assert welcome(corp, new_code(corp), text={"content": "x" * characters}) == errcode


@pytest.mark.parametrize(("links", "errcode"), [(9, 0), (10, 40058)])
def test_a_welcome_has_nine_attachments(corp: Corp, links: int, errcode: int) -> None:
    link = {"msgtype": "link", "link": {"title": "会员", "url": "https://example.com"}}
    assert welcome(corp, new_code(corp), attachments=[link] * links) == errcode


def test_there_is_no_code_where_the_console_has_its_own_welcome(
    tmp_path: Path, heard_by_corp: Heard
) -> None:
    known = world.accounts(heard_by_corp.url, console_welcome=True)
    corp = Corp(create_app(known, tmp_path / "state.db", pace=PATIENT).test_client())
    assert "welcome_code" not in corp.act("add", "小雨", staff="xiaowang")
    assert "WelcomeCode" not in told(heard_by_corp)
