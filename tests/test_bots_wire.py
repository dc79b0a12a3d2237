"""Connections to platforms: which way they leave the machine, and that nothing leaves twice."""

import os
import socket
import threading
from collections.abc import Iterator
from http.client import HTTPException

import pytest

from bots import connections, wire
from tests.scripted_platform import ScriptedPlatform, cut_off

PLATFORM = "https://api.weixin.qq.com"
PATH = "/cgi-bin/message/custom/send"


@pytest.fixture(autouse=True)
def no_proxy_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def somebody() -> Iterator[ScriptedPlatform]:
    with ScriptedPlatform() as platform:
        platform.answers[PATH] = [{"errcode": 0}]
        yield platform


def test_without_a_proxy_the_way_is_straight() -> None:
    assert wire.connections_to(PLATFORM).proxy is None


@pytest.mark.parametrize("name", ["https_proxy", "all_proxy"])
def test_a_proxy_in_the_environment_leads_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "http://shop:s%40cret@proxy.example:3128")
    proxy = wire.connections_to(PLATFORM).proxy
    assert proxy is not None
    assert (proxy.hostname, proxy.port) == ("proxy.example", 3128)


def test_a_proxy_is_not_asked_for_what_is_excepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "weixin.qq.com")
    assert wire.connections_to(PLATFORM).proxy is None


def test_a_proxy_is_told_the_whole_address_and_who_asks(
    somebody: ScriptedPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = somebody.url.replace("http://", "http://shop:s%40cret@")
    monkeypatch.setenv("http_proxy", proxy)
    url = "http://platform.example" + PATH
    assert wire.call(wire.connections_to(url), "POST", url, body={}) == {"errcode": 0}
    (call,) = somebody.calls
    assert call.headers["host"] == "platform.example"
    assert call.headers["proxy-authorization"] == "Basic c2hvcDpzQGNyZXQ="


def test_a_secure_platform_is_reached_through_a_tunnel(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        told: list[bytes] = []

        def refuse() -> None:
            visitor, _ = proxy.accept()
            with visitor:
                told.append(visitor.recv(4096))
                visitor.sendall(b"HTTP/1.1 403 Forbidden\r\n\r\n")

        refusing = threading.Thread(target=refuse)
        refusing.start()
        monkeypatch.setenv("https_proxy", f"http://shop:pw@127.0.0.1:{proxy.getsockname()[1]}")
        with pytest.raises(wire.NotSent):
            wire.call(wire.connections_to(PLATFORM), "POST", PLATFORM + PATH, body={"secret": 1})
        refusing.join()
    assert told[0].startswith(b"CONNECT api.weixin.qq.com:443 ")
    assert b"Proxy-Authorization: Basic c2hvcDpwdw==" in told[0]
    assert b"secret" not in told[0]


@pytest.mark.parametrize("url", ["gopher://shop", "http://", "http://[::1"])
def test_what_is_no_address_is_not_called(url: str) -> None:
    with pytest.raises(wire.NotSent):
        wire.call(wire.connections_to(PLATFORM), "GET", url)


@pytest.mark.parametrize("said", ["a\r\nX-Siyu: 1", "a\nb", "a\x00", "店"])
def test_what_would_be_more_than_its_line_of_a_request_does_not_leave(
    somebody: ScriptedPlatform, said: str
) -> None:
    http = wire.connections_to(somebody.url)
    with pytest.raises(wire.NotSent):
        wire.call(http, "POST", somebody.url + PATH, body={}, headers={"X-Shop": said})
    with pytest.raises(wire.NotSent):
        wire.call(http, "POST", f"{somebody.url}/{said.replace('a', ' ')}", body={})
    assert somebody.calls == []


def test_a_request_names_its_host_once_whoever_has_named_it(somebody: ScriptedPlatform) -> None:
    http = wire.connections_to(somebody.url)
    wire.call(http, "POST", somebody.url + PATH, body=b"", headers={"host": "platform.example"})
    (call,) = somebody.calls
    assert call.headers["host"] == "platform.example"


def test_a_connection_is_kept_for_the_next_call(somebody: ScriptedPlatform) -> None:
    url, kept = somebody.url + PATH, wire.connections_to(somebody.url)
    for _ in range(3):
        wire.call(kept, "POST", url, body={})
    assert somebody.connections == 1


def test_a_call_is_not_repeated_when_a_kept_connection_dies_of_it(
    somebody: ScriptedPlatform,
) -> None:
    somebody.answers[PATH] = [{"errcode": 0}, cut_off]
    url, kept = somebody.url + PATH, wire.connections_to(somebody.url)
    wire.call(kept, "POST", url, body={})
    with pytest.raises(wire.Unanswered):
        wire.call(kept, "POST", url, body={})
    assert len(somebody.calls) == 2


def test_a_connection_that_was_closed_meanwhile_is_not_used_again() -> None:
    answer = b'HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{"errcode":0}'
    with socket.create_server(("127.0.0.1", 0)) as platform:
        url = f"http://127.0.0.1:{platform.getsockname()[1]}{PATH}"

        has_closed = threading.Event()

        def answer_each_once() -> None:
            for _ in range(2):
                visitor, _ = platform.accept()
                with visitor:
                    visitor.recv(4096)
                    visitor.sendall(answer)
                has_closed.set()

        answering = threading.Thread(target=answer_each_once)
        answering.start()
        kept = wire.connections_to(url)
        assert wire.call(kept, "GET", url) == {"errcode": 0}
        has_closed.wait()
        assert wire.call(kept, "GET", url) == {"errcode": 0}
        answering.join()


def test_an_answer_that_never_begins_keeps_no_socket_open():
    ours, theirs = socket.socketpair()
    number = ours.fileno()
    theirs.close()
    with pytest.raises((OSError, HTTPException)) as problem:
        connections._begun(ours, "GET")
    ours.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(number)
    assert problem.value.__traceback__ is not None, "which remembers what was at work"
