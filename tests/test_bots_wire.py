"""Connections to platforms: which way they leave the machine."""

import pytest
from urllib3 import ProxyManager

from bots import wire

PLATFORM = "https://api.weixin.qq.com"


@pytest.fixture(autouse=True)
def no_proxy_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def test_without_a_proxy_the_way_is_straight() -> None:
    assert not isinstance(wire.connections_to(PLATFORM), ProxyManager)


@pytest.mark.parametrize("name", ["https_proxy", "all_proxy"])
def test_a_proxy_in_the_environment_leads_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "http://shop:s%40cret@proxy.example:3128")
    through = wire.connections_to(PLATFORM)
    assert isinstance(through, ProxyManager)
    assert through.proxy is not None
    assert (through.proxy.host, through.proxy.port) == ("proxy.example", 3128)
    assert through.proxy_headers["proxy-authorization"] == "Basic c2hvcDpzQGNyZXQ="


def test_a_proxy_is_not_asked_for_what_is_excepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "weixin.qq.com")
    assert not isinstance(wire.connections_to(PLATFORM), ProxyManager)


@pytest.mark.parametrize("url", ["gopher://shop", "http://", "http://[::1"])
def test_what_is_no_address_is_not_called(url: str) -> None:
    with pytest.raises(wire.NotSent):
        wire.call(wire.connections_to(PLATFORM), "GET", url)
