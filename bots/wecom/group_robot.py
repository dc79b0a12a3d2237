"""WeCom group robots (群机器人): they speak in one internal group each, and hear nothing.

Official documentation: "Group robot configuration". The key in the robot's address is all there is
to prove who speaks, so it is our secret. A robot may speak 20 times a minute.
"""

import base64
import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from bots import answers, wire
from bots.accounts import Account
from bots.error_tables import WECOM
from bots.messages import Answer, Outcome, Outgoing
from bots.wire import PlatformUnavailable

TEXT_MAX_BYTES, MARKDOWN_MAX_BYTES = 2048, 4096
PICTURE_MAX_BYTES = 2 * 1024 * 1024
ARTICLES_MAX = 8

_Content = Mapping[str, Any]


class TooMuch(ValueError):
    """More than the platform takes in one message; the text says of what."""


class Client:
    """Speaks as one robot. Make one per account and keep it: it holds the connections."""

    def __init__(self, account: Account, http: wire.Connections | None = None) -> None:
        self._account = account
        self._http = http or wire.connections_to(account.api_base_url)

    def send(self, outgoing: Outgoing) -> Answer:
        """Say something in the robot's group. There is no key that the platform knows, so an
        ambiguous answer must not be tried again. Raises nothing."""
        if not self._account.secret:
            return Answer(Outcome.MISCONFIGURED, reason="no_secret")
        if outgoing.kind not in _RENDERERS:
            return _refused("kind_not_offered")
        try:
            said = _RENDERERS[outgoing.kind](outgoing.content)
        except KeyError as missing:
            return _refused(f"no_{missing.args[0]}")
        except TooMuch as refusal:
            return _refused(str(refusal))
        return self._post(said)

    def probe(self) -> Answer:
        """See whether the platform knows the key: a message of no kind, which it refuses. Raises
        nothing."""
        return self._post({})

    def repeatable(self, way: str) -> bool:
        return False

    def _post(self, body: Mapping[str, Any]) -> Answer:
        url = self._account.api_base_url.rstrip("/") + "/cgi-bin/webhook/send"
        key = {"key": self._account.secret}
        try:
            reply = wire.call(self._http, "POST", url, params=key, body=body)
        except PlatformUnavailable as failure:
            return answers.of_failure(failure)
        return answers.of_reply(reply, id_field="", table=WECOM)


def _text(content: _Content) -> dict[str, Any]:
    said: dict[str, Any] = {"content": _within(content["text"], TEXT_MAX_BYTES)}
    if content.get("mentioned"):  # userids, @all for everybody
        said["mentioned_list"] = list(content["mentioned"])
    return {"msgtype": "text", "text": said}


def _markdown(content: _Content) -> dict[str, Any]:
    said = {"content": _within(content["text"], MARKDOWN_MAX_BYTES)}
    return {"msgtype": "markdown", "markdown": said}


def _image(content: _Content) -> dict[str, Any]:
    """``picture`` is a JPEG or a PNG in base64."""
    picture = base64.b64decode(content["picture"])
    if len(picture) > PICTURE_MAX_BYTES:
        raise TooMuch("picture_too_large")
    digest = hashlib.md5(picture, usedforsecurity=False).hexdigest()
    said = {"base64": base64.b64encode(picture).decode(), "md5": digest}
    return {"msgtype": "image", "image": said}


def _link(content: _Content) -> dict[str, Any]:
    return _news({"articles": [content]})


def _news(content: _Content) -> dict[str, Any]:
    articles = [_article(article) for article in content["articles"]]
    if len(articles) > ARTICLES_MAX:
        raise TooMuch("too_many_articles")
    return {"msgtype": "news", "news": {"articles": articles}}


def _article(article: _Content) -> dict[str, Any]:
    return {
        "title": article["title"],
        "description": article.get("description", ""),
        "url": article["url"],
        "picurl": article.get("picture_url", ""),
    }


def _file(content: _Content) -> dict[str, Any]:
    return {"msgtype": "file", "file": {"media_id": content["media_id"]}}


_RENDERERS: Mapping[str, Callable[[_Content], dict[str, Any]]] = {
    "text": _text,
    "markdown": _markdown,
    "image": _image,
    "link": _link,
    "news": _news,
    "file": _file,
}


def _within(text: str, bytes_max: int) -> str:
    if len(text.encode()) > bytes_max:
        raise TooMuch("text_too_long")
    return text


def _refused(reason: str) -> Answer:
    return Answer(Outcome.REFUSED, reason=reason)
