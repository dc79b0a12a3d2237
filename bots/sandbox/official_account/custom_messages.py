"""Customer-service messages and the typing sign (platform.md §1.6)."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from bots.sandbox import limits, sent
from bots.sandbox.calls import Call
from bots.sandbox.official_account import subscriptions, windows
from bots.sandbox.refusals import Refused

API = "/cgi-bin/message/custom/send"
TYPING_COMMANDS = ("Typing", "CancelTyping")


def send(call: Call) -> dict[str, Any]:
    account, body = call.account(), call.body()
    openid = subscriptions.check_openid(call.sandbox.directory, account, body.get("touser"))
    kind, content = checked_content(body)
    if not subscriptions.is_subscribed(call.db, call.sandbox.directory, account.key, openid):
        raise Refused(43004, "require subscribe")
    if (
        call.sandbox.directory.owner(account.key, openid) is not None
    ):  # a stranger's acts are not ours
        windows.use(call.db, account.key, openid, call.now)
    message = sent.Message(account.key, API, kind, content, None, call.client)
    sent.record(call.db, message, [openid], call.now)
    return {"errcode": 0, "errmsg": "ok"}


def typing(call: Call) -> dict[str, Any]:
    account, body = call.account(), call.body()
    subscriptions.check_openid(call.sandbox.directory, account, body.get("touser"))
    if body.get("command") not in TYPING_COMMANDS:
        raise Refused(45072, "invalid command")
    return {"errcode": 0, "errmsg": "ok"}


def checked_content(body: Mapping[str, Any]) -> tuple[str, Any]:
    """Returns (kind, content as it is kept). Raises Refused."""
    kind = body.get("msgtype")
    if not isinstance(kind, str) or kind not in CHECKS:
        raise Refused(40008, "invalid message type")
    content = body.get(kind)
    if not isinstance(content, dict):
        raise Refused(47001, f"data format error, {kind} missing")
    return kind, CHECKS[kind](content)


def checked_text(content: Mapping[str, Any]) -> str:
    """Raises Refused 45002 for none, or for more than 2048 bytes of UTF-8."""
    text = content.get("content")
    if not isinstance(text, str) or not text:
        raise Refused(45002, "content size out of limit, empty")
    if len(text.encode(errors="surrogatepass")) > limits.TEXT_MAX_BYTES:
        raise Refused(45002, "content size out of limit")
    return text


def _image(content: Mapping[str, Any]) -> Any:
    if not isinstance(content.get("media_id"), str) or not content["media_id"]:
        raise Refused(40007, "invalid media_id")
    return content


def _news(content: Mapping[str, Any]) -> Any:
    articles = content.get("articles")
    if not isinstance(articles, list) or not all(isinstance(one, dict) for one in articles):
        raise Refused(47001, "data format error, articles missing")
    if not 1 <= len(articles) <= limits.ARTICLES_MAX:
        raise Refused(45008, "article size out of limit")
    _require(articles[0], "title", "url")
    return content


def _mini_program_page(content: Mapping[str, Any]) -> Any:
    _require(content, "title", "appid", "pagepath", "thumb_media_id")
    return content


def _menu(content: Mapping[str, Any]) -> Any:
    choices = content.get("list")
    if not isinstance(choices, list) or not choices:
        raise Refused(47001, "data format error, list missing")
    for choice in choices:
        _require(choice if isinstance(choice, dict) else {}, "id", "content")
    return content


def _require(content: Mapping[str, Any], *names: str) -> None:
    missing = [name for name in names if not content.get(name)]
    if missing:
        raise Refused(40035, f"invalid parameter, {json.dumps(missing)} missing")


CHECKS: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "text": checked_text,
    "image": _image,
    "news": _news,
    "miniprogrampage": _mini_program_page,
    "msgmenu": _menu,
}
