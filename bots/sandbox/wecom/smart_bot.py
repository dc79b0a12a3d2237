"""Smart bots (智能机器人): they are asked in private, or by name in an internal group."""

import secrets
import sqlite3
from collections.abc import Mapping
from typing import Any

from flask import request

from bots.sandbox import acts, said, sent, wiring
from bots.sandbox.accounts import Account
from bots.sandbox.acts import CannotAct
from bots.sandbox.calls import Call
from bots.sandbox.deliveries import Delivery
from bots.sandbox.refusals import Refused
from bots.sandbox.store import moment
from bots.sandbox.wecom import bot_answers, callbacks, fields, limits

RESPONSE_PATH = "/cgi-bin/aibot/response"
TABLES = """
CREATE TABLE IF NOT EXISTS wecom_bot_responses (
  code TEXT PRIMARY KEY, account TEXT NOT NULL, recipient TEXT NOT NULL, made_at TEXT NOT NULL,
  used_at TEXT);
"""


def perform(
    sandbox: wiring.Sandbox, account: Account, entry: Mapping[str, Any]
) -> tuple[Delivery, Mapping[str, Any]]:
    """``text`` says something, ``enter_chat`` opens the chat, ``poll`` asks now how the answers
    go on. Raises CannotAct."""
    if entry.get("do") == "poll":
        return bot_answers.poll_all(sandbox, account), {}
    who = acts.person(sandbox, account, str(entry.get("member", "")))
    asked = bot_answers.Asked(account, who, str(entry.get("room") or ""))
    content = _content(entry)
    with sandbox.store.writing() as db:
        if len(bot_answers.open_ones(db, account.key, who.platform_id)) >= limits.INTERACTIONS_MAX:
            raise CannotAct(f"{who.name} waits for {limits.INTERACTIONS_MAX} answers already")
        code = _new_code(db, asked, moment(sandbox.clock()))
        note = {"text": entry["text"]} if entry.get("text") else {}
        what = said.Said(
            account.key, (who.platform_id, who.name), asked.room, str(entry["do"]), note
        )
        said_id = said.note(db, what, sandbox.clock())
    if asked.room and f"@{account.name}" not in str(entry.get("text", "")):
        quiet = Delivery(True, 0, "a bot in a group hears only what names it")
        return said.noted(sandbox.store, said_id, quiet), {}
    push = {**bot_answers.push_of(asked), "response_url": _response_url(code), **content}
    delivery, reply = callbacks.deliver_json(sandbox, account, push)
    told = bot_answers.take(sandbox, asked, reply) if reply else {}
    return said.noted(sandbox.store, said_id, delivery), {"response_code": code, **told}


def respond(call: Call) -> dict[str, Any]:
    """POST response_url: once, within an hour. Raises Refused 40058, 40008."""
    row = call.db.execute(
        "SELECT * FROM wecom_bot_responses WHERE code = ? AND used_at IS NULL AND made_at > ?",
        (
            call.query.get("response_code", ""),
            moment(call.now - limits.RESPONSE_URL_LIVES),
        ),
    ).fetchone()
    if row is None:
        raise Refused(40058, "invalid Request Parameter, response_code")
    body = call.body()
    kind = fields.text(body, "msgtype")
    if kind not in ("markdown", "template_card"):
        raise Refused(40008, "invalid message type")
    content = fields.object_(body, kind)
    if kind == "markdown":
        fields.bytes_within(fields.text(content, "content"), limits.STREAM_MAX_BYTES)
    call.db.execute(
        "UPDATE wecom_bot_responses SET used_at = ? WHERE code = ?", (moment(call.now), row["code"])
    )
    message = sent.Message(row["account"], RESPONSE_PATH, kind, content, row["code"], call.client)
    sent.record(call.db, message, [row["recipient"]], call.now)
    return {"errcode": 0, "errmsg": "ok"}


def _content(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Raises CannotAct."""
    if entry.get("do") == "enter_chat":
        return {"msgtype": "event", "event": {"eventtype": "enter_chat"}}
    if entry.get("do") != "text" or not entry.get("text"):
        raise CannotAct("a smart bot is told text, enter_chat, or to poll")
    return {"msgtype": "text", "text": {"content": str(entry["text"])}}


def _response_url(code: str) -> str:
    """At the sandbox itself, so that whoever is told can really answer there."""
    return f"{request.host_url.rstrip('/')}{RESPONSE_PATH}?response_code={code}"


def _new_code(db: sqlite3.Connection, asked: bot_answers.Asked, now: str) -> str:
    code = secrets.token_urlsafe(32)
    db.execute(
        "INSERT INTO wecom_bot_responses VALUES (?, ?, ?, ?, NULL)",
        (code, asked.account.key, asked.recipient, now),
    )
    return code
