"""Welcome messages of customer groups (page 入群欢迎语素材管理): the owner chooses a template in
his client, and from then on who joins is welcomed without a call."""

import json
import secrets
import sqlite3
from datetime import datetime
from typing import Any

from bots.sandbox import sent
from bots.sandbox.accounts import Account
from bots.sandbox.calls import Call
from bots.sandbox.refusals import Refused
from bots.sandbox.wecom import attachments, fields, limits

API = "/cgi-bin/externalcontact/group_welcome_template/"
CLIENT = "group welcome"
TABLES = """
CREATE TABLE IF NOT EXISTS wecom_group_welcomes (
  template_id TEXT PRIMARY KEY, account TEXT NOT NULL, content TEXT NOT NULL);
"""


def add(call: Call, account: Account) -> dict[str, Any]:
    """Raises Refused 40058 for the 101st, 45002, 40063, 40056 for an agentid of another app."""
    content = _checked(call, account)
    fields.number(call.body(), "notify", 0, 1)
    (count,) = call.db.execute(
        "SELECT count(*) FROM wecom_group_welcomes WHERE account = ?", (account.key,)
    ).fetchone()
    if count >= limits.GROUP_WELCOMES_MAX:
        raise Refused(40058, "invalid Request Parameter, at most 100 templates")
    template_id = f"msg{secrets.token_urlsafe(24)}"
    call.db.execute(
        "INSERT INTO wecom_group_welcomes VALUES (?, ?, ?)",
        (template_id, account.key, json.dumps(content)),
    )
    return {"template_id": template_id}


def edit(call: Call, account: Account) -> dict[str, Any]:
    row, content = _known(call, account), _checked(call, account)
    call.db.execute(
        "UPDATE wecom_group_welcomes SET content = ? WHERE template_id = ?",
        (json.dumps(content), row["template_id"]),
    )
    return {}


def get(call: Call, account: Account) -> dict[str, Any]:
    return dict(json.loads(_known(call, account)["content"]))


def remove(call: Call, account: Account) -> dict[str, Any]:
    row = _known(call, account)
    call.db.execute("DELETE FROM wecom_group_welcomes WHERE template_id = ?", (row["template_id"],))
    return {}


def find(db: sqlite3.Connection, account: str, template_id: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM wecom_group_welcomes WHERE template_id = ? AND account = ?",
        (template_id, account),
    ).fetchone()
    return row


def welcome(db: sqlite3.Connection, group: sqlite3.Row, nickname: str, now: datetime) -> None:
    """What the group's template says to who has just joined, if it has one."""
    template = find(db, group["account"], group["welcome_template"])
    if template is None:
        return
    content = json.loads(template["content"])
    said = content.get("text", {}).get("content", "").replace("%NICKNAME%", nickname)
    kind = "text" if set(content) == {"text"} else "welcome"
    kept = said if kind == "text" else {**content, "text": {"content": said}}
    key = template["template_id"]
    message = sent.Message(group["account"], API + "add", kind, kept, key, CLIENT)
    sent.record(db, message, [group["chat_id"]], now)


def _checked(call: Call, account: Account) -> dict[str, Any]:
    body = call.body()
    agent = body.get("agentid")
    if agent is not None and str(agent) != str(account.settings.get("agent_id")):
        raise Refused(40056, "invalid agentid")
    said = attachments.checked_text(body, limits.GROUP_WELCOME_TEXT_MAX_BYTES)
    kinds = [kind for kind in attachments.CHECKS if body.get(kind)]
    if len(kinds) > 1:
        raise Refused(40058, "invalid Request Parameter, one attachment at most")
    for kind in kinds:
        attachments.check_part(call, account, body, kind, tuple(attachments.CHECKS))
    if not said and not kinds:
        raise Refused(40063, "some parameters are empty, text")
    content: dict[str, Any] = {"text": {"content": said}} if said else {}
    return {**content, **{kind: body[kind] for kind in kinds}}


def _known(call: Call, account: Account) -> sqlite3.Row:
    row = find(call.db, account.key, fields.text(call.body(), "template_id"))
    if row is None:
        raise Refused(40037, "invalid template_id")
    return row
