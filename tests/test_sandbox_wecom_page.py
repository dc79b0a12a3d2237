"""The page of a corp: who is whose contact, and what its people can do."""

import re
from pathlib import Path

import pytest

from bots.sandbox import create_app
from bots.sandbox.wecom.acts import PLAYS
from tests.sandbox_world import accounts
from tests.wecom_world import AFANG, Corp


def page(corp: Corp, language: str = "zh") -> str:
    answer = corp.client.get(f"/wecom?lang={language}")
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize(("language", "word"), [("zh", "待员工确认"), ("en", "Waiting for staff")])
def test_it_is_in_two_languages(corp: Corp, language: str, word: str) -> None:
    assert word in page(corp, language)


def test_its_buttons_are_things_that_can_be_done(corp: Corp) -> None:
    corp.contact("add_msg_template", external_userid=[AFANG], text={"content": "周五直播"})
    corp.contact("add_moment_task", text={"content": "上新"})
    buttons = set(re.findall(r'name="do" value="(\w+)"', page(corp)))
    assert {"add", "join", "kf_text", "confirm_send", "confirm_moment"} <= buttons <= set(PLAYS)


def test_it_shows_contacts_groups_codes_and_tasks(corp: Corp) -> None:
    corp.act("add", "小雨", staff="xiaowang", state="store_01")
    corp.contact("add_contact_way", type=1, scene=2, user=["lili"], state="store_02")
    corp.contact("add_msg_template", external_userid=[AFANG], text={"content": "周五直播"})
    shown = page(corp)
    assert all(word in shown for word in ("store_01", "store_02 → lili", "巧克力群", "周五直播"))


def test_without_a_corp_it_says_so(tmp_path: Path) -> None:
    client = create_app(accounts(), tmp_path / "state.db").test_client()
    assert "没有企业微信" in client.get("/wecom").text
