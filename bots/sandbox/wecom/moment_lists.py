"""Reading moments: which there are, who has published them, and who may see them (pages
获取企业全部的发表列表, 获取客户朋友圈企业发表的列表, 获取客户朋友圈发表后的可见客户列表)."""

import json
import sqlite3
from typing import Any

from bots.sandbox.accounts import Account
from bots.sandbox.calls import Call
from bots.sandbox.refusals import Refused
from bots.sandbox.store import moment_from
from bots.sandbox.wecom import contacts, fields, limits, moments, paging, staff, tag_marks

LIST_MAX, TASKS_MAX = 20, 1000  # a page


def listed(call: Call, account: Account) -> dict[str, Any]:
    """POST get_moment_list: those of a month at most."""
    body = call.body()
    begins = fields.number(body, "start_time", 0, 2**33, needed=True)
    ends = fields.number(body, "end_time", 0, 2**33, needed=True)
    if not 0 <= ends - begins <= limits.SENDS_SPAN.total_seconds():
        raise Refused(40058, "invalid Request Parameter, at most a month")
    limit = fields.number(body, "limit", 1, LIST_MAX, default=LIST_MAX)
    after = paging.after(fields.text(body, "cursor", needed=False))
    found = call.db.execute(
        "SELECT * FROM wecom_moments WHERE account = ? AND number > ? ORDER BY number LIMIT ?",
        (account.key, after, limit + 1),
    ).fetchall()
    rows, cursor = paging.cut(found, limit)
    made = [(row, int(moment_from(row["made_at"]).timestamp())) for row in rows]
    shown = [
        {"moment_id": row["moment_id"], "create_time": at, "create_type": 0}
        | {"visible_type": int(row["tags"] != "[]"), **json.loads(row["content"])}
        for row, at in made
        if begins <= at <= ends
    ]
    return {"next_cursor": cursor, "moment_list": shown}


def tasks(call: Call, account: Account) -> dict[str, Any]:
    """POST get_moment_task: who has published it."""
    row, body = moments.known(call, account), call.body()
    limit = fields.number(body, "limit", 1, TASKS_MAX, default=500)
    after = paging.after(fields.text(body, "cursor", needed=False))
    found = call.db.execute(
        "SELECT * FROM wecom_moment_tasks WHERE moment_id = ? AND number > ?"
        " ORDER BY number LIMIT ?",
        (row["moment_id"], after, limit + 1),
    ).fetchall()
    rows, cursor = paging.cut(found, limit)
    shown = [
        {"userid": one["userid"], "publish_status": int(bool(one["published_at"]))} for one in rows
    ]
    return {"next_cursor": cursor, "task_list": shown}


def audience(call: Call, account: Account) -> dict[str, Any]:
    """POST get_moment_customer_list: who of his contacts may see it."""
    row, userid = moments.known(call, account), _userid(call, account)
    people = _audience(call.db, row, userid)
    shown = [{"userid": userid, "external_userid": one} for one in people]
    return {"next_cursor": "", "customer_list": shown}


def send_result(call: Call, account: Account) -> dict[str, Any]:
    """POST get_moment_send_result: whom it has reached, once he has published it."""
    row, userid = moments.known(call, account), _userid(call, account)
    task = _task(call.db, row["moment_id"], userid)
    people = _audience(call.db, row, userid) if task and task["published_at"] else []
    return {"next_cursor": "", "customer_list": [{"external_userid": one} for one in people]}


def comments(call: Call, account: Account) -> dict[str, Any]:
    """POST get_moment_comments: nobody comments here."""
    moments.known(call, account), _userid(call, account)
    return {"comment_list": [], "like_list": []}


def _audience(db: sqlite3.Connection, row: sqlite3.Row, userid: str) -> list[str]:
    wanted = set(json.loads(row["tags"]))
    his = contacts.of_staff(db, row["account"], [userid], 0, 1_000_000)
    return [
        one["external_userid"]
        for one in his
        if not wanted
        or wanted & tag_marks.of_contact(db, row["account"], userid, one["external_userid"])
    ]


def _task(db: sqlite3.Connection, moment_id: str, userid: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM wecom_moment_tasks WHERE moment_id = ? AND userid = ?", (moment_id, userid)
    ).fetchone()
    return row


def _userid(call: Call, account: Account) -> str:
    return staff.checked(account, fields.text(call.body(), "userid"))
