"""What the sandbox takes for members, one by one and many at once, and the record of it."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from bots.sandbox import create_app
from tests.sandbox_world import (
    FILM,
    LAOWANG,
    PATIENT,
    PICTURE,
    SOUND,
    STRANGER,
    XIAOYU,
    XIAOYU_MINI,
    Clock,
    Heard,
    accounts,
    listening,
    plain_fields,
    send_text,
    stable_token,
    upload,
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(tmp_path: Path, clock: Clock) -> FlaskClient:
    app = create_app(accounts(), tmp_path / "state.db", clock=clock, pace=PATIENT)
    return app.test_client()


def custom(client: FlaskClient, kind: str, content: Any, openid: Any = STRANGER) -> int:
    path = f"/cgi-bin/message/custom/send?access_token={stable_token(client)}"
    body = {"touser": openid, "msgtype": kind, kind: content}
    return int(client.post(path, data=json.dumps(body)).json["errcode"])  # no Content-Type


def mass(client: FlaskClient, openids: Any, text: str = "大家好", **more: Any) -> dict[str, Any]:
    path = f"/cgi-bin/message/mass/send?access_token={stable_token(client)}"
    body = {"touser": openids, "msgtype": "text", "text": {"content": text}, **more}
    answer: dict[str, Any] = client.post(path, json=body).json
    return answer


def sent(client: FlaskClient, query: str = "") -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = client.get(f"/sandbox/sent?{query}").json
    return entries


MEDIA_KINDS = {"miniprogrampage": "image"}
CONTENTS: dict[str, dict[str, Any]] = {
    "text": {"content": "欢迎 😀"},
    "image": {"media_id": PICTURE},
    "voice": {"media_id": SOUND},
    "video": {"media_id": FILM, "thumb_media_id": PICTURE, "title": "t", "description": "d"},
    "music": {"musicurl": "http://m", "hqmusicurl": "http://m", "thumb_media_id": PICTURE},
    "mpnews": {"media_id": "a draft"},
    "mpnewsarticle": {"article_id": "a1"},
    "wxcard": {"card_id": "c1"},
    "news": {"articles": [{"title": "会员日", "description": "八折", "url": "http://x/1"}]},
    "miniprogrampage": {"title": "t", "appid": "a", "pagepath": "p", "thumb_media_id": PICTURE},
    "msgmenu": {"head_content": "满意吗", "list": [{"id": "1", "content": "满意"}]},
}


def with_media(client: FlaskClient, kind: str, content: dict[str, Any]) -> dict[str, Any]:
    """The content with a media id for every file in it."""

    def uploaded(name: str, value: Any) -> Any:
        if not isinstance(value, bytes):
            return value
        is_cover = name == "thumb_media_id" and kind != "miniprogrampage"
        given = upload(client, "thumb" if is_cover else MEDIA_KINDS.get(kind, kind), value)
        return given["thumb_media_id" if is_cover else "media_id"]

    return {name: uploaded(name, value) for name, value in content.items()}


@pytest.mark.parametrize("kind", CONTENTS)
def test_every_kind_is_accepted_and_kept_as_it_came(client: FlaskClient, kind: str) -> None:
    content = with_media(client, kind, CONTENTS[kind])
    assert custom(client, kind, content) == 0
    (entry,) = sent(client, f"recipient={STRANGER}")
    assert entry["kind"] == kind
    assert entry["content"] == ("欢迎 😀" if kind == "text" else content)
    assert (entry["account"], entry["api"]) == ("demo-oa", "/cgi-bin/message/custom/send")


@pytest.mark.parametrize(
    ("kind", "content", "errcode"),
    [
        ("text", {"content": ""}, 45002),
        ("text", {"content": "字" * 683}, 45002),
        ("text", "hello", 47001),
        ("image", {}, 40007),
        ("news", {"articles": [{"title": "1", "url": "u"}, {"title": "2", "url": "u"}]}, 45008),
        ("miniprogrampage", {"title": "t"}, 40035),
        ("msgmenu", {"list": []}, 47001),
        ("hologram", {}, 40008),
    ],
)
def test_malformed_content_is_refused_and_leaves_no_record(
    client: FlaskClient, kind: str, content: Any, errcode: int
) -> None:
    assert custom(client, kind, content) == errcode
    assert sent(client) == []


def test_two_thousand_and_forty_eight_bytes_are_not_too_many(client: FlaskClient) -> None:
    assert custom(client, "text", {"content": "字" * 682 + "ab"}) == 0


@pytest.mark.parametrize("openid", ["", "has space", "中文", 7, None, "x" * 65, XIAOYU_MINI])
def test_what_cannot_be_an_openid_here_is_refused(client: FlaskClient, openid: Any) -> None:
    assert custom(client, "text", {"content": "hi"}, openid) == 40003


def test_members_of_a_foreign_client_can_be_written_to(client: FlaskClient) -> None:
    assert custom(client, "text", {"content": "hi"}, "oForeigner-1") == 0


def test_who_has_unsubscribed_cannot_be_written_to_until_she_is_back(client: FlaskClient) -> None:
    token = stable_token(client)
    act = {"account": "demo-oa", "member": "小雨", "do": "unsubscribe"}
    client.post("/sandbox/act", json=act)
    assert send_text(client, token, XIAOYU, "come back") == 43004
    client.post("/sandbox/act", json={**act, "do": "subscribe"})
    assert send_text(client, token, XIAOYU, "welcome back") == 0


def test_a_body_that_is_not_json_is_refused(client: FlaskClient) -> None:
    path = f"/cgi-bin/message/custom/send?access_token={stable_token(client)}"
    for body in (b"touser=1", b"[]", b"", b"[" * 100_000, b'{"touser": "\\ud800"}'):
        assert client.post(path, data=body).json["errcode"] == 47001


def test_the_record_is_newest_last_and_can_be_read_from_a_moment_on(
    client: FlaskClient, clock: Clock
) -> None:
    token = stable_token(client)
    for text in ("一", "二", "三"):
        clock.forward(seconds=1)
        send_text(client, token, STRANGER, text)
    entries = sent(client)
    assert [entry["content"] for entry in entries] == ["一", "二", "三"]
    assert [entry["content"] for entry in sent(client, f"since={entries[0]['at']}")] == ["二", "三"]
    assert [entry["content"] for entry in sent(client, f"since={entries[1]['id']}")] == ["三"]
    assert client.get("/sandbox/sent?since=yesterday").status_code == 400
    assert client.delete("/sandbox/sent").json == {"forgotten": 3}
    assert sent(client) == []


def test_the_record_and_the_counts_outlive_a_restart(tmp_path: Path, client: FlaskClient) -> None:
    send_text(client, stable_token(client), STRANGER, "hello")
    again = create_app(accounts(), tmp_path / "state.db").test_client()
    assert [entry["content"] for entry in sent(again)] == ["hello"]
    counted = {
        (row["path"], row["errcode"]): row["times"] for row in again.get("/sandbox/calls").json
    }
    assert counted["/cgi-bin/message/custom/send", 0] == 1


def test_typing_knows_two_commands(client: FlaskClient) -> None:
    path = f"/cgi-bin/message/custom/typing?access_token={stable_token(client)}"
    said = {"touser": STRANGER, "command": "Typing"}
    assert client.post(path, json=said).json["errcode"] == 0
    assert client.post(path, json={**said, "command": "Shouting"}).json["errcode"] == 45072


@pytest.mark.parametrize(
    ("openids", "errcode"),
    [
        (["o1"], 40130),
        (["o1", "o1"], 40130),
        ([f"o{n}" for n in range(10_001)], 40032),
        ("o1,o2", 40032),
    ],
)
def test_a_mass_send_is_for_two_to_ten_thousand(
    client: FlaskClient, openids: Any, errcode: int
) -> None:
    assert mass(client, openids)["errcode"] == errcode
    assert sent(client) == []


def test_a_mass_send_to_ten_thousand_is_one_entry_each(client: FlaskClient) -> None:
    answer = mass(client, [f"o{n}" for n in range(10_000)], clientmsgid="big")
    assert answer["errcode"] == 0
    entries = sent(client)
    assert len({entry["recipient"] for entry in entries}) == len(entries) == 10_000
    assert {entry["key"] for entry in entries} == {"big"}


def test_a_repeated_clientmsgid_is_told_the_job_it_already_is(
    client: FlaskClient, clock: Clock
) -> None:
    first = mass(client, [XIAOYU, LAOWANG], clientmsgid="b-1")
    again = mass(client, [XIAOYU, LAOWANG], clientmsgid="b-1")
    assert (again["errcode"], again["msg_id"]) == (45065, first["msg_id"])
    assert len(sent(client)) == 2
    clock.forward(hours=24, seconds=1)
    assert mass(client, [XIAOYU, LAOWANG], clientmsgid="b-1")["errcode"] == 0


def test_without_a_clientmsgid_the_content_tells_a_repetition(client: FlaskClient) -> None:
    assert mass(client, [XIAOYU, LAOWANG], "一")["errcode"] == 0
    assert mass(client, [XIAOYU, LAOWANG], "一")["errcode"] == 45065
    assert mass(client, [XIAOYU, LAOWANG], "二")["errcode"] == 0


def test_a_clientmsgid_has_at_most_sixty_four_bytes(client: FlaskClient) -> None:
    assert mass(client, [XIAOYU, LAOWANG], clientmsgid="k" * 65)["errcode"] == 45067
    assert mass(client, [XIAOYU, LAOWANG], clientmsgid="k" * 64)["errcode"] == 0


def test_the_outcome_of_a_mass_send_is_called_back(tmp_path: Path) -> None:
    with listening(Heard()) as heard:
        client = create_app(accounts(heard.url), tmp_path / "state.db", pace=PATIENT).test_client()
        job = mass(client, [XIAOYU, LAOWANG, "oAfang"], clientmsgid="b-1")
        heard.wait_for(1)
    text = plain_fields(heard.calls[0])
    for part in ("MASSSENDJOBFINISH", "send success", f"<MsgID>{job['msg_id']}</MsgID>"):
        assert part in text
    for part in ("TotalCount>3<", "SentCount>2<", "ErrorCount>1<"):
        assert part in text


def test_a_job_whose_outcome_was_not_told_is_told_after_a_restart(tmp_path: Path) -> None:
    state, gate = tmp_path / "state.db", threading.Event()
    with listening(Heard()) as heard:
        killed = create_app(accounts(heard.url), state, pace=PATIENT)
        killed.extensions["sandbox"].background.submit(int).result()  # it has looked at its start
        killed.extensions["sandbox"].background.submit(gate.wait)  # it never gets to it
        mass(killed.test_client(), [XIAOYU, LAOWANG])
        again = create_app(accounts(heard.url), state, pace=PATIENT)
        again.extensions["sandbox"].background.shutdown()
        gate.set()
        killed.extensions["sandbox"].background.shutdown()
    assert len(heard.calls) == 1
    assert "MASSSENDJOBFINISH" in plain_fields(heard.calls[0])


def test_profiles_say_who_follows(client: FlaskClient) -> None:
    token = stable_token(client)
    path = f"/cgi-bin/user/info?access_token={token}&openid="
    assert client.get(path + XIAOYU).json["unionid"] == "u-1"
    assert client.get(path + "oAfang").json == {"subscribe": 0, "openid": "oAfang"}
    asked = {"user_list": [{"openid": XIAOYU}, {"openid": LAOWANG}]}
    batch = client.post(f"/cgi-bin/user/info/batchget?access_token={token}", json=asked).json
    assert [one["subscribe"] for one in batch["user_info_list"]] == [1, 1]
    listed = client.get(f"/cgi-bin/user/get?access_token={token}").json
    assert listed["data"]["openid"] == [LAOWANG, XIAOYU]
    rest = client.get(f"/cgi-bin/user/get?access_token={token}&next_openid={LAOWANG}").json
    assert rest["data"]["openid"] == [XIAOYU]
