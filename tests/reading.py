"""Readers of radar links: browsers with cookies of their own, whose pages say how they are read."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from itsdangerous import URLSafeSerializer
from werkzeug.test import TestResponse

from app.domain.insight import articles, radar
from app.domain.insight.radar import RadarLink
from tests.shop import OPENIDS
from tests.world import BROWSER, World, opened

IN_WECHAT = f"{BROWSER} Mobile/22A3354 MicroMessenger/8.0.55(0x18003731) NetType/WIFI"
_REPORT = re.compile(r'data-report="([^"]+)"')


@pytest.fixture
def house(sqlite_url: str, redis_url: str, tmp_path: Path) -> Iterator[World]:
    """A shop that two members follow."""
    with opened(tmp_path, sqlite_url, redis_url) as found:
        for name in ("小雨", "阿诚"):
            found.event(name, "subscribe", EventKey="")
        found.work()
        yield found


@pytest.fixture
def link(house: World) -> RadarLink:
    """Of an article."""
    return an_article(house)


class Browser:
    """One browser, as its cookies go; ``onward`` is the address under which it passes on what it
    has shown last."""

    def __init__(self, world: World, agent: str = BROWSER):
        self.client = world.client.application.test_client()
        self.client.environ_base["HTTP_USER_AGENT"] = agent
        self.report_path, self.onward, self._number = "", "", 0

    def opens(self, path: str, **headers: str) -> TestResponse:
        """Gets the page, which says nothing yet."""
        answer = self.client.get(path, headers=headers)
        found = _REPORT.search(answer.text)
        self.report_path, self._number = found[1] if found else "", 0
        return answer

    def says(self, seconds: float = 0, percent: int = 0, **more: Any) -> TestResponse:
        self._number = more.pop("number", self._number + 1)
        told = {"number": self._number, "visible_ms": round(seconds * 1000)}
        told |= {"scroll_percent": percent, **more}
        answer = self.client.post(self.report_path, json=told)
        if answer.status_code == 200:
            self.onward = urlsplit(answer.json["onward"]).path
        return answer

    def reads(self, path: str) -> "Browser":
        """Opens it, and the page says so."""
        assert self.opens(path).status_code == 200
        assert self.says().status_code == 200
        return self

    def is_named(self, world: World, channel_id: int, name: str) -> "Browser":
        """As the login through WeChat leaves it, see test_h5_logins."""
        who = {"channel_id": channel_id, "openid": OPENIDS[name], "at": int(world.now.timestamp())}
        signed = URLSafeSerializer(world.siyu.settings.secret(), salt="siyu_h5").dumps(who)
        self.client.set_cookie("siyu_h5", str(signed), path="/")
        return self


def an_article(world: World, body: str = "## 洗护三步\n\n先洗后护。", **told: Any) -> RadarLink:
    """A radar link to an article of ours."""
    with world.siyu.database.writing() as session:
        article = articles.write(session, title="洗护三步", cover="", body=body, now=world.now)
        link = {"key": "story", "title": "洗护三步", "url": "", "tag_id": None, "points": 0}
        link |= {"article_id": article.id, **told}
        return radar.add(session, now=world.now, **link)


def own_path(world: World, link: RadarLink, name: str = "小雨") -> str:
    with world.siyu.database.reading() as session:
        member = world.member(session, name)
    return urlsplit(world.siyu.programme.radar_url(link.id, member.id)).path
