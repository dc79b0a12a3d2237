"""Messages of a WeCom app to members of staff.

Official documentation: "Sending application messages". A message has no key of its own; with
``enable_duplicate_check`` the platform drops the same words to the same person within half an hour.
"""

from collections.abc import Callable, Mapping
from typing import Any

from bots.messages import Answer, Outcome, Outgoing
from bots.wecom import ways
from bots.wecom.api import WeComApi
from bots.wecom.ways import Way

APP = "app"
TEXT_MAX_BYTES = 2048
ARTICLES_MAX = 8
DUPLICATES_DROPPED_S = 1800

_Content = Mapping[str, Any]


def send(api: WeComApi, outgoing: Outgoing) -> Answer:
    """Tell one member of staff something. An ambiguous outcome may be tried again for half an
    hour."""
    if not api.agent_id.isdecimal():
        return Answer(Outcome.MISCONFIGURED, reason="no_agent_id")
    if outgoing.kind not in _RENDERERS:
        return ways.refused("kind_not_offered")
    said = _RENDERERS[outgoing.kind](outgoing.content)
    if len(str(said.get("content", "")).encode()) > TEXT_MAX_BYTES:
        return ways.refused("text_too_long")
    if len(said.get("articles", ())) > ARTICLES_MAX:
        return ways.refused("too_many_articles")
    body = {
        "touser": outgoing.recipient,
        "agentid": int(api.agent_id),
        "msgtype": outgoing.kind,
        outgoing.kind: said,
        "enable_duplicate_check": 1,
        "duplicate_check_interval": DUPLICATES_DROPPED_S,
    }
    try:
        reply = ways.ask(api, "message/send", body)
    except ways.Refused as refusal:
        return refusal.answer
    if outgoing.recipient in str(reply.get("invaliduser", "")).split("|"):
        return ways.refused("bad_recipient")
    return Answer(Outcome.ACCEPTED, platform_id=str(reply.get("msgid", "")))


def _text(content: _Content) -> dict[str, Any]:
    return {"content": content["text"]}


def _media(content: _Content) -> dict[str, Any]:
    return {"media_id": content["media_id"]}


def _card(content: _Content) -> dict[str, Any]:
    told = {name: content[name] for name in ("title", "description", "url")}
    return told | ({"btntxt": content["button"]} if content.get("button") else {})


def _news(content: _Content) -> dict[str, Any]:
    return {"articles": [_article(article) for article in content["articles"]]}


def _article(article: _Content) -> dict[str, Any]:
    return {
        "title": article["title"],
        "description": article.get("description", ""),
        "url": article["url"],
        "picurl": article.get("picture_url", ""),
    }


def _miniprogram_notice(content: _Content) -> dict[str, Any]:
    items = [{"key": name, "value": value} for name, value in content.get("items", {}).items()]
    return {
        "appid": content["appid"],
        "page": content.get("page_path", ""),
        "title": content["title"],
        "description": content.get("description", ""),
        "content_item": items,
    }


_RENDERERS: Mapping[str, Callable[[_Content], dict[str, Any]]] = {
    "text": _text,
    "markdown": _text,
    "image": _media,
    "voice": _media,
    "video": _media,
    "file": _media,
    "textcard": _card,
    "news": _news,
    "miniprogram_notice": _miniprogram_notice,
}
WAYS: Mapping[str, Way] = {APP: Way(send, is_repeatable=True)}
