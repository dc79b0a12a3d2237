"""What an app says to the corp's own staff (page 发送应用消息).

Two things are stricter than the platform, so that nothing goes missing unseen: text over the limit
is refused where the platform cuts it, and a send that reaches nobody because all have had their
minute's worth is 45009 where the platform says nothing.
"""

import hashlib
import json
import secrets
import sqlite3
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from bots.sandbox import sent
from bots.sandbox.accounts import Account
from bots.sandbox.calls import Call
from bots.sandbox.refusals import Refused
from bots.sandbox.store import moment
from bots.sandbox.wecom import fields, limits, media, rates, staff

API = "/cgi-bin/message/send"
ALL = "@all"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TABLES = """
CREATE TABLE IF NOT EXISTS wecom_app_messages (
  account TEXT NOT NULL, digest TEXT NOT NULL, msgid TEXT NOT NULL, at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS wecom_app_messages_of ON wecom_app_messages (account, digest, at);
"""
Check = Callable[[Call, Account, fields.Body], None]


def send(call: Call, account: Account) -> dict[str, Any]:
    """POST message/send. Raises Refused 40056, 81013 if nobody is right, 45009, 45002."""
    body = call.body()
    if str(body.get("agentid")) != str(account.settings.get("agent_id")):
        raise Refused(40056, "invalid agentid")
    kind = fields.text(body, "msgtype")
    if kind not in CHECKS:
        raise Refused(40008, "invalid message type")
    content = fields.object_(body, kind)
    CHECKS[kind](call, account, content)
    known, unknown = _recipients(account, body)
    digest, interval = _repetition(body)
    before = _sent_before(call, account.key, digest, interval)
    msgid = before or secrets.token_urlsafe(24)
    if before is None:
        kept = content["content"] if kind == "text" else content
        reached = _within_rates(call, account, known)
        message = sent.Message(account.key, API, kind, kept, msgid, call.client)
        sent.record(call.db, message, reached, call.now)
        call.db.execute(
            "INSERT INTO wecom_app_messages VALUES (?, ?, ?, ?)",
            (account.key, digest, msgid, moment(call.now)),
        )
    return {**({"invaliduser": "|".join(unknown)} if unknown else {}), "msgid": msgid}


def _recipients(account: Account, body: fields.Body) -> tuple[list[str], list[str]]:
    """(staff, nobody of ours). Raises Refused 40063, 40058, 81013."""
    asked = fields.text(body, "touser", needed=False)
    if not asked and not body.get("toparty") and not body.get("totag"):
        raise Refused(40063, "some parameters are empty, touser")
    everyone = staff.userids(account)
    if asked == ALL or (not asked and "1" in str(body.get("toparty", "")).split("|")):
        return everyone, []
    wanted = [one for one in dict.fromkeys(asked.split("|")) if one]
    if len(wanted) > limits.APP_USERIDS_MAX:
        raise fields.invalid("touser")
    known = [one for one in wanted if one in everyone]
    if not known:
        raise Refused(81013, "user & party & tag all invalid")
    return known, [one for one in wanted if one not in everyone]


def _repetition(body: fields.Body) -> tuple[str, int]:
    """What the message is, and for how long it is a repetition; 0 if that is not asked."""
    whole = {name: body[name] for name in body if not name.startswith(("enable_", "duplicate_"))}
    digest = hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()
    default, most = limits.DUPLICATE_INTERVAL_S, limits.DUPLICATE_INTERVAL_MAX_S
    interval = fields.number(body, "duplicate_check_interval", 0, most, default=default)
    return digest, interval if fields.number(body, "enable_duplicate_check", 0, 1) else 0


def _sent_before(call: Call, account: str, digest: str, interval: int) -> str | None:
    row: sqlite3.Row | None = call.db.execute(
        "SELECT msgid FROM wecom_app_messages WHERE account = ? AND digest = ? AND at > ?"
        " ORDER BY at DESC LIMIT 1",
        (account, digest, moment(call.now - timedelta(seconds=interval))),
    ).fetchone()
    return str(row["msgid"]) if row and interval else None


def _within_rates(call: Call, account: Account, userids: list[str]) -> list[str]:
    """Those who have not had too many; each of them has one more. Raises Refused 45009."""
    most = limits.APP_A_DAY_PER_STAFF * len(staff.userids(account))
    if rates.done(call.db, account.key, "app", DAY, call.now) + len(userids) > most:
        raise Refused(45009, "api freq out of limit")
    reached = [one for one in userids if _may_have_more(call, account, one)]
    if not reached:
        raise Refused(45009, "api freq out of limit")
    for userid in reached:
        rates.note(call.db, account.key, f"app:{userid}", call.now)
        rates.note(call.db, account.key, "app", call.now)
    return reached


def _may_have_more(call: Call, account: Account, userid: str) -> bool:
    allowed = ((MINUTE, limits.APP_A_MINUTE), (HOUR, limits.APP_AN_HOUR))
    what = f"app:{userid}"
    return all(
        rates.done(call.db, account.key, what, period, call.now) < most for period, most in allowed
    )


def _text(call: Call, account: Account, content: fields.Body) -> None:
    fields.bytes_within(fields.text(content, "content"), limits.APP_TEXT_MAX_BYTES)


def _file(kind: str) -> Check:
    def check(call: Call, account: Account, content: fields.Body) -> None:
        media.checked(call, account.key, content.get("media_id"), kind)

    return check


def _card(call: Call, account: Account, content: fields.Body) -> None:
    fields.bytes_within(fields.text(content, "title"), limits.CARD_TITLE_MAX_BYTES, "title")
    described = fields.text(content, "description")
    fields.bytes_within(described, limits.CARD_DESCRIPTION_MAX_BYTES, "description")
    fields.bytes_within(fields.text(content, "url"), limits.LINK_URL_MAX_BYTES, "url")


def _news(call: Call, account: Account, content: fields.Body) -> None:
    check_articles(content)


def _template_card(call: Call, account: Account, content: fields.Body) -> None:
    fields.text(content, "card_type")


def check_articles(content: fields.Body) -> None:
    """Raises Refused 45008."""
    articles = fields.objects(content, "articles")
    if len(articles) > limits.ARTICLES_MAX:
        raise Refused(45008, "article size out of limit")
    for article in articles:
        fields.text(article, "title")


CHECKS: Mapping[str, Check] = {
    "text": _text,
    "markdown": _text,
    "image": _file("image"),
    "voice": _file("voice"),
    "video": _file("video"),
    "file": _file("file"),
    "textcard": _card,
    "news": _news,
    "template_card": _template_card,
}
