"""What an app says to its staff, and a robot in its group: how long, how often, to whom."""

import base64
import hashlib
import io
from typing import Any

import pytest

from tests.wecom_world import AGENT_ID, ROBOT_KEY, Corp

TEXT = {"msgtype": "text", "text": {"content": "有新会员"}}


def send(corp: Corp, **more: Any) -> dict[str, Any]:
    message = {"touser": "lili", "agentid": int(AGENT_ID), **TEXT, **more}
    return corp.post("message/send", **message)


def say(corp: Corp, key: str = ROBOT_KEY, **more: Any) -> int:
    answer = corp.client.post(f"/cgi-bin/webhook/send?key={key}", json={**TEXT, **more})
    return int(answer.json["errcode"])


def test_staff_are_told_and_nobody_else(corp: Corp) -> None:
    answer = send(corp, touser="lili|nobody|xiaowang")
    assert (answer["errcode"], answer["invaliduser"]) == (0, "nobody")
    assert [one["recipient"] for one in corp.sent()] == ["lili", "xiaowang"]
    assert send(corp, touser="nobody")["errcode"] == 81013
    assert send(corp, touser="@all")["errcode"] == 0
    assert len(corp.sent()) == 5


@pytest.mark.parametrize(
    ("wrong", "errcode"),
    [
        ({"agentid": 7}, 40056),
        ({"msgtype": "smoke"}, 40008),
        ({"text": {"content": "字" * 683}}, 45002),
        ({"touser": ""}, 40063),
        ({"touser": "|".join(f"u{n}" for n in range(1001))}, 40058),
        ({"enable_duplicate_check": 1, "duplicate_check_interval": 14_401}, 40058),
        ({"msgtype": "image", "image": {"media_id": "none"}}, 40007),
        ({"msgtype": "news", "news": {"articles": [{"title": "t"}] * 9}}, 45008),
    ],
)
def test_an_app_message_has_its_limits(corp: Corp, wrong: dict[str, Any], errcode: int) -> None:
    assert send(corp, **wrong)["errcode"] == errcode
    assert corp.sent() == []


def test_a_repetition_is_not_sent_again_if_that_is_asked(corp: Corp) -> None:
    once = {"enable_duplicate_check": 1, "duplicate_check_interval": 600}
    first = send(corp, **once)
    assert send(corp, **once)["msgid"] == first["msgid"]
    assert len(corp.sent("lili")) == 1
    corp.later(600)
    assert send(corp, **once)["msgid"] != first["msgid"]
    assert send(corp)["errcode"] == 0
    assert len(corp.sent("lili")) == 3


def test_a_member_of_staff_is_told_thirty_things_a_minute(corp: Corp) -> None:
    codes = [send(corp, text={"content": str(n)})["errcode"] for n in range(31)]
    assert codes == [0] * 30 + [45009]
    assert send(corp, touser="lili|xiaowang")["errcode"] == 0, "he has not had his"
    assert len(corp.sent("lili")) == 30
    corp.later(60)
    assert send(corp)["errcode"] == 0


def test_a_robot_speaks_twenty_times_a_minute(corp: Corp) -> None:
    assert [say(corp) for _ in range(21)] == [0] * 20 + [45009]
    assert {one["recipient"] for one in corp.sent()} == {"门店群机器人"}
    corp.later(60)
    assert say(corp) == 0
    assert say(corp, key="wrong") == 93000
    assert say(corp, key="") == 93000


@pytest.mark.parametrize(
    ("kind", "content", "errcode"),
    [
        ("text", {"content": "x" * 2048}, 0),
        ("text", {"content": "x" * 2049}, 45002),
        ("markdown", {"content": "x" * 4096}, 0),
        ("markdown", {"content": "x" * 4097}, 45002),
        ("news", {"articles": [{"title": "t", "url": "u"}] * 8}, 0),
        ("news", {"articles": [{"title": "t", "url": "u"}] * 9}, 45008),
        ("news", {"articles": []}, 40063),
        ("smoke", {}, 40008),
    ],
)
def test_what_a_robot_says_has_its_limits(
    corp: Corp, kind: str, content: dict[str, Any], errcode: int
) -> None:
    assert say(corp, msgtype=kind, **{kind: content}) == errcode


@pytest.mark.parametrize(
    ("size", "digest", "errcode"),
    [(2 * 1024 * 1024, "", 0), (2 * 1024 * 1024 + 1, "", 40009), (10, "wrong", 301019)],
)
def test_a_robots_picture_is_two_megabytes_with_its_md5(
    corp: Corp, size: int, digest: str, errcode: int
) -> None:
    picture = b"x" * size
    md5 = digest or hashlib.md5(picture, usedforsecurity=False).hexdigest()
    image = {"base64": base64.b64encode(picture).decode(), "md5": md5}
    assert say(corp, msgtype="image", image=image) == errcode


def test_a_robot_sends_files_it_uploaded(corp: Corp) -> None:
    path = f"/cgi-bin/webhook/upload_media?key={ROBOT_KEY}&type=file"
    files = {"media": (io.BytesIO(b"x" * 64), "prices.pdf")}
    media_id = corp.client.post(path, data=files).json["media_id"]
    assert say(corp, msgtype="file", file={"media_id": media_id}) == 0
    assert say(corp, msgtype="file", file={"media_id": "none"}) == 40007
