"""Customer-service messages and the typing sign (platform.md §1.6)."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from bots.sandbox import limits, sent
from bots.sandbox.accounts import Account
from bots.sandbox.calls import Call
from bots.sandbox.official_account import media, subscriptions, windows
from bots.sandbox.refusals import Refused
from bots.sandbox.store import moment

API = "/cgi-bin/message/custom/send"
TYPING = "/cgi-bin/message/custom/typing"
TABLE = """
CREATE TABLE IF NOT EXISTS typing (
  account TEXT NOT NULL, openid TEXT NOT NULL, since TEXT NOT NULL,
  PRIMARY KEY (account, openid));
"""
TYPING_COMMANDS = ("Typing", "CancelTyping")
Check = Callable[[Mapping[str, Any]], Any]


def send(call: Call) -> dict[str, Any]:
    account, body = _account(call), call.body()
    openid = subscriptions.check_openid(call.sandbox.directory, account, body.get("touser"))
    kind, content = checked_content(body, CHECKS)
    for name, kinds in MEDIA.get(kind, {}).items():
        if name in MAY_LACK and not content.get(name):
            continue
        media.check(call, account.key, content.get(name), *kinds)
    if not subscriptions.is_subscribed(call.db, call.sandbox.directory, account.key, openid):
        raise Refused(43004, "require subscribe")
    if (
        call.sandbox.directory.owner(account.key, openid) is not None
    ):  # a stranger's acts are not ours
        windows.use(call.db, account.key, openid, call.now)
    message = sent.Message(account.key, API, kind, content, None, call.client)
    sent.record(call.db, message, [openid], call.now)
    _stop_typing(call, account, openid)
    return {"errcode": 0, "errmsg": "ok"}


def typing(call: Call) -> dict[str, Any]:
    """Raises Refused 45072, 45080 when she has not written lately, 45081 while the sign shows."""
    account, body = _account(call), call.body()
    openid = subscriptions.check_openid(call.sandbox.directory, account, body.get("touser"))
    if body.get("command") not in TYPING_COMMANDS:
        raise Refused(45072, "invalid command")
    if body["command"] == "CancelTyping":
        _stop_typing(call, account, openid)
        return {"errcode": 0, "errmsg": "ok"}
    if not _has_written_lately(call, account, openid):
        raise Refused(45080, "send typing only to who has interacted in the last 30 s")
    typed = "SELECT 1 FROM typing WHERE account = ? AND openid = ? AND since > ?"
    since = moment(call.now - limits.TYPING_LASTS)
    if call.db.execute(typed, (account.key, openid, since)).fetchone():
        raise Refused(45081, "already typing")
    call.db.execute(
        "INSERT OR REPLACE INTO typing VALUES (?, ?, ?)", (account.key, openid, moment(call.now))
    )
    return {"errcode": 0, "errmsg": "ok"}


def _account(call: Call) -> Account:
    """Raises Refused 48001 where the account's settings say {"customer_service": false}."""
    account = call.account()
    if account.settings.get("customer_service") is False:
        raise Refused(48001, "api unauthorized")
    return account


def _stop_typing(call: Call, account: Account, openid: str) -> None:
    call.db.execute("DELETE FROM typing WHERE account = ? AND openid = ?", (account.key, openid))


def _has_written_lately(call: Call, account: Account, openid: str) -> bool:
    """What a stranger did, somebody else plays: she counts as having written."""
    if call.sandbox.directory.owner(account.key, openid) is None:
        return True
    wrote = "SELECT 1 FROM said WHERE account = ? AND sender = ? AND at > ? LIMIT 1"
    since = moment(call.now - limits.TYPING_AFTER)
    return call.db.execute(wrote, (account.key, openid, since)).fetchone() is not None


def checked_content(body: Mapping[str, Any], checks: Mapping[str, Check]) -> tuple[str, Any]:
    """Returns (kind, content as it is kept); ``checks`` are of the kinds that may be sent. Raises
    Refused."""
    kind = body.get("msgtype")
    if not isinstance(kind, str) or kind not in checks:
        raise Refused(40008, "invalid message type")
    content = body.get(kind)
    if not isinstance(content, dict):
        raise Refused(47001, f"data format error, {kind} missing")
    return kind, checks[kind](content)


def checked_text(content: Mapping[str, Any]) -> str:
    """Raises Refused 45002 for none, or for more than 2048 bytes of UTF-8."""
    text = content.get("content")
    if not isinstance(text, str) or not text:
        raise Refused(45002, "content size out of limit, empty")
    if len(text.encode(errors="surrogatepass")) > limits.TEXT_MAX_BYTES:
        raise Refused(45002, "content size out of limit")
    return text


def _anything(content: Mapping[str, Any]) -> Any:
    return content


def _needing(*names: str) -> Callable[[Mapping[str, Any]], Any]:
    def check(content: Mapping[str, Any]) -> Any:
        _require(content, *names)
        return content

    return check


def _news(content: Mapping[str, Any]) -> Any:
    articles = content.get("articles")
    if not isinstance(articles, list) or not all(isinstance(one, dict) for one in articles):
        raise Refused(47001, "data format error, articles missing")
    if not 1 <= len(articles) <= limits.ARTICLES_MAX:
        raise Refused(45008, "article size out of limit")
    _require(articles[0], "title", "url")
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


CHECKS: Mapping[str, Check] = {
    "text": checked_text,
    "image": _anything,
    "voice": _anything,
    "video": _anything,
    "music": _needing("musicurl", "hqmusicurl"),
    "news": _news,
    "mpnews": _needing("media_id"),
    "mpnewsarticle": _needing("article_id"),
    "miniprogrampage": _needing("title", "appid", "pagepath", "thumb_media_id"),
    "msgmenu": _menu,
    "wxcard": _needing("card_id"),
}
# What kind of file stands in which field; the drafts of mpnews are not played here.
MEDIA: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "image": {"media_id": ("image",)},
    "voice": {"media_id": ("voice",)},
    "video": {"media_id": ("video",), "thumb_media_id": ("thumb", "image")},
    "music": {"thumb_media_id": ("thumb",)},
    "miniprogrampage": {"thumb_media_id": ("image", "thumb")},
}
MAY_LACK = ("thumb_media_id",)  # many clients name no cover, and WeChat shows its own
ROUTES = (("POST", TYPING, typing),)
