"""The sandbox's pages: the right people and chats, in two languages, with everything escaped."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from bots.sandbox import create_app
from bots.sandbox.languages import LANGUAGES, WORDS
from tests.sandbox_world import ROOM, XIAOYU, accounts, has_written, send_text, stable_token

EVIL = "<script>alert(1)</script>\"'"


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    return create_app(accounts(), tmp_path / "state.db").test_client()


def test_the_chat_page_offers_each_member_her_own_chats(client: FlaskClient) -> None:
    hers = client.get("/?member=小雨").text
    assert all(name in hers for name in ("暖食小铺", "黄金群", "暖食会员"))
    his = client.get("/?member=老王").text
    assert "暖食小铺" in his
    assert "黄金群" not in his
    group = client.get(f"/?member=小雨&account=demo-groups&room={ROOM}").text
    assert f'data-room="{ROOM}"' in group


@pytest.mark.parametrize("address", ["/", "/sent", "/faults"])
def test_pages_are_chinese_first_and_stay_in_english_once_asked(
    client: FlaskClient, address: str
) -> None:
    assert 'lang="zh-CN"' in client.get(address).text
    assert 'lang="en"' in client.get(f"{address}?lang=en").text
    assert 'lang="en"' in client.get(address).text
    assert 'lang="zh-CN"' in client.get(f"{address}?lang=zh").text


def test_every_word_is_there_in_every_language() -> None:
    assert all(len(both) == len(LANGUAGES) and all(both) for both in WORDS.values())


def test_nothing_people_wrote_becomes_markup(tmp_path: Path) -> None:
    known = accounts()
    known["members"][0]["nickname"] = EVIL
    known["accounts"][0]["name"] = EVIL
    client = create_app(known, tmp_path / "state.db").test_client()
    has_written(client, XIAOYU)
    send_text(client, stable_token(client), XIAOYU, EVIL)
    client.get("/", query_string={"member": EVIL})
    for address in ("/", "/sent", f"/sent?recipient={EVIL}", f"/?member={EVIL}&room={EVIL}"):
        page = client.get(address)
        assert "<script>alert" not in page.text
        assert "script-src 'self'" in page.headers["Content-Security-Policy"]


def test_the_chat_shows_both_sides_and_says_when_nothing_is_new(client: FlaskClient) -> None:
    has_written(client, XIAOYU)
    send_text(client, stable_token(client), XIAOYU, "欢迎")
    address = "/sandbox/chat?account=demo-oa&member=小雨"
    first = client.get(address)
    assert [bubble["content"] for bubble in first.json["bubbles"]] == ["欢迎"]
    assert first.json["subscribed"] is True
    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def test_a_qr_code_is_a_page_for_people_and_a_picture_for_others(client: FlaskClient) -> None:
    scene = {"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": EVIL[:30]}}}
    path = f"/cgi-bin/qrcode/create?access_token={stable_token(client)}"
    ticket = client.post(path, json=scene).json["ticket"]
    address = f"/cgi-bin/showqrcode?ticket={ticket}"
    page = client.get(address, headers={"Accept": "text/html,*/*;q=0.8"})
    picture = client.get(address, headers={"Accept": "image/avif,image/*,*/*;q=0.8"})
    assert "小雨" in page.text
    assert picture.mimetype == "image/svg+xml"
    assert "<script>alert" not in page.text + picture.text
    assert client.get("/cgi-bin/showqrcode?ticket=none").status_code == 404
