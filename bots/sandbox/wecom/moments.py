"""Moments (pages 创建发表任务, 获取客户朋友圈全部的发表记录): a task for staff, like a group
send; what a member of staff publishes is recorded once, under his userid."""

import json
import secrets
import sqlite3
from datetime import datetime, timedelta
from typing import Any

from bots.sandbox import sent
from bots.sandbox.accounts import Account
from bots.sandbox.calls import Call
from bots.sandbox.refusals import Refused
from bots.sandbox.store import moment
from bots.sandbox.wecom import (
    attachments,
    fields,
    limits,
    rates,
    staff,
    tag_book,
)

API = "/cgi-bin/externalcontact/add_moment_task"
MINUTE = timedelta(minutes=1)
DONE = 3  # of the job: it is done at once here
TABLES = """
CREATE TABLE IF NOT EXISTS wecom_moments (
  number INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, job TEXT NOT NULL UNIQUE,
  moment_id TEXT NOT NULL UNIQUE, content TEXT NOT NULL, tags TEXT NOT NULL, wrong TEXT NOT NULL,
  made_at TEXT NOT NULL, cancelled_at TEXT, client TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS wecom_moment_tasks (
  number INTEGER PRIMARY KEY AUTOINCREMENT, moment_id TEXT NOT NULL, userid TEXT NOT NULL,
  published_at TEXT, UNIQUE (moment_id, userid));
"""


def add(call: Call, account: Account) -> dict[str, Any]:
    """POST add_moment_task → jobid. Raises Refused 45009 for the eleventh in a minute, 45002,
    40058, 40068."""
    body = call.body()
    content = _content(call, account, body)
    senders, wrong, tag_ids = _visible(call, account, body)
    rates.count(call.db, account.key, "moment", limits.MOMENTS_A_MINUTE, MINUTE, call.now)
    job, moment_id = secrets.token_urlsafe(24), f"mom{secrets.token_urlsafe(24)}"
    call.db.execute(
        "INSERT INTO wecom_moments (account, job, moment_id, content, tags, wrong, made_at,"
        " client) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            account.key,
            job,
            moment_id,
            json.dumps(content),
            json.dumps(tag_ids),
            json.dumps(wrong),
            moment(call.now),
            call.client,
        ),
    )
    call.db.executemany(
        "INSERT INTO wecom_moment_tasks (moment_id, userid) VALUES (?, ?)",
        [(moment_id, userid) for userid in senders],
    )
    return {"jobid": job}


def job_result(call: Call, account: Account) -> dict[str, Any]:
    """GET get_moment_task_result?jobid=, for a day. Raises Refused 40058."""
    row = call.db.execute(
        "SELECT * FROM wecom_moments WHERE job = ? AND account = ? AND made_at > ?",
        (call.query.get("jobid", ""), account.key, moment(call.now - limits.MOMENT_JOB_LIVES)),
    ).fetchone()
    if row is None:
        raise fields.invalid("jobid")
    result = {
        "errcode": 0,
        "errmsg": "ok",
        "moment_id": row["moment_id"],
        "invalid_sender_list": {"user_list": json.loads(row["wrong"]), "department_list": []},
        "invalid_external_contact_list": {"tag_list": []},
    }
    return {"status": DONE, "type": "add_moment_task", "result": result}


def cancel(call: Call, account: Account) -> dict[str, Any]:
    row = known(call, account)
    call.db.execute(
        "UPDATE wecom_moments SET cancelled_at = coalesce(cancelled_at, ?) WHERE number = ?",
        (moment(call.now), row["number"]),
    )
    return {}


def publish(
    db: sqlite3.Connection, account: Account, moment_id: str, userid: str, now: datetime
) -> bool:
    """He publishes it. False if nothing waits for him."""
    row = find(db, account.key, moment_id)
    if row is None or row["cancelled_at"]:
        return False
    done = db.execute(
        "UPDATE wecom_moment_tasks SET published_at = ? WHERE moment_id = ? AND userid = ?"
        " AND published_at IS NULL",
        (moment(now), moment_id, userid),
    )
    if done.rowcount:
        content = json.loads(row["content"])
        message = sent.Message(account.key, API, "moment", content, moment_id, row["client"])
        sent.record(db, message, [userid], now)
    return done.rowcount > 0


def waiting(db: sqlite3.Connection, account: str) -> list[sqlite3.Row]:
    return db.execute(
        "SELECT m.moment_id, m.content, t.userid FROM wecom_moments m JOIN wecom_moment_tasks t"
        " USING (moment_id) WHERE m.account = ? AND m.cancelled_at IS NULL"
        " AND t.published_at IS NULL ORDER BY m.number DESC LIMIT 50",
        (account,),
    ).fetchall()


def _content(call: Call, account: Account, body: fields.Body) -> dict[str, Any]:
    said = fields.text(fields.object_(body, "text", needed=False), "content", needed=False)
    if len(said) > limits.MOMENT_TEXT_MAX_CHARS:
        raise Refused(45002, "content size out of limit")
    kinds = ("image", "video", "link")
    attached = attachments.checked_attachments(call, account, body, *kinds)
    of_kind = [one["msgtype"] for one in attached]
    if len(set(of_kind)) > 1 or (of_kind and of_kind[0] != "image" and len(of_kind) > 1):
        raise Refused(40058, "invalid Request Parameter, nine images, one video or one link")
    if not said and not attached:
        raise Refused(40063, "some parameters are empty, text or attachments")
    content: dict[str, Any] = {"text": {"content": said}} if said else {}
    return {**content, "attachments": attached} if attached else content


def _visible(
    call: Call, account: Account, body: fields.Body
) -> tuple[list[str], list[str], list[str]]:
    """(who is to publish it, who is not ours, the tags of who may see it)."""
    visible = fields.object_(body, "visible_range", needed=False)
    chosen = fields.object_(visible, "sender_list", needed=False)
    asked = fields.texts(chosen, "user_list", needed=False)
    able = staff.with_contacts(account)
    seen_by = fields.object_(visible, "external_contact_list", needed=False)
    tag_ids = fields.texts(seen_by, "tag_list", needed=False)
    tag_book.check_tags(call.db, account.key, tag_ids)
    senders = [one for one in asked if one in able] if asked else able
    return senders, [one for one in asked if one not in able], tag_ids


def known(call: Call, account: Account) -> sqlite3.Row:
    row = find(call.db, account.key, fields.text(call.body(), "moment_id"))
    if row is None:
        raise fields.invalid("moment_id")
    return row


def find(db: sqlite3.Connection, account: str, moment_id: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM wecom_moments WHERE moment_id = ? AND account = ?", (moment_id, account)
    ).fetchone()
    return row
