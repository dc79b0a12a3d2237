"""Who has sent a group send, whom it has reached, and the sending itself (pages
获取群发成员发送任务列表, 获取企业群发成员执行结果)."""

import calendar
import json
import sqlite3
from datetime import datetime, timedelta, timezone
from typing import Any

from bots.sandbox import sent
from bots.sandbox.accounts import Account
from bots.sandbox.calls import Call
from bots.sandbox.store import moment
from bots.sandbox.wecom import contacts, fields, group_sends, groups, limits, paging, staff

BEIJING = timezone(timedelta(hours=8))
UNSENT, SENT, NO_FRIEND, HAD_ENOUGH = 0, 1, 2, 3  # of a recipient
TASK_SENT = 2  # of a member of staff
CHECKED = 1  # check_status


def tasks(call: Call, account: Account) -> dict[str, Any]:
    """POST get_groupmsg_task."""
    send, body = group_sends.checked(call, account), call.body()
    most = limits.SENDS_RESULTS_PAGE_MAX
    limit = fields.number(body, "limit", 1, most, default=500)
    after = paging.after(fields.text(body, "cursor", needed=False))
    found = call.db.execute(
        "SELECT userid, min(number) AS number, max(sent_at) AS sent_at"
        " FROM wecom_group_send_targets WHERE msgid = ? GROUP BY userid"
        " HAVING min(number) > ? ORDER BY min(number) LIMIT ?",
        (send["msgid"], after, limit + 1),
    ).fetchall()
    rows, cursor = paging.cut(found, limit)
    return {"next_cursor": cursor, "task_list": [_task(row) for row in rows]}


def recipients(call: Call, account: Account) -> dict[str, Any]:
    """POST get_groupmsg_send_result of one member of staff."""
    send, body = group_sends.checked(call, account), call.body()
    userid = staff.checked(account, fields.text(body, "userid"))
    most = limits.SENDS_RESULTS_PAGE_MAX
    limit = fields.number(body, "limit", 1, most, default=500)
    after = paging.after(fields.text(body, "cursor", needed=False))
    found = call.db.execute(
        "SELECT * FROM wecom_group_send_targets WHERE msgid = ? AND userid = ? AND number > ?"
        " ORDER BY number LIMIT ?",
        (send["msgid"], userid, after, limit + 1),
    ).fetchall()
    rows, cursor = paging.cut(found, limit)
    is_group = send["chat_type"] == group_sends.GROUP
    return {"next_cursor": cursor, "send_list": [_recipient(row, is_group) for row in rows]}


def at_once(call: Call, account: Account) -> dict[str, Any]:
    """POST get_group_msg_result, of which old clients ask what the two above tell in pages."""
    send = group_sends.checked(call, account)
    rows = call.db.execute(
        "SELECT * FROM wecom_group_send_targets WHERE msgid = ? ORDER BY number", (send["msgid"],)
    )
    is_group = send["chat_type"] == group_sends.GROUP
    return {"check_status": CHECKED, "detail_list": [_recipient(row, is_group) for row in rows]}


def confirm(
    db: sqlite3.Connection, send: sqlite3.Row, userid: str, now: datetime
) -> dict[str, int] | None:
    """He sends it to all of his: how many it reached, and how many not. None if nothing waits
    for him."""
    rows = db.execute(
        "SELECT * FROM wecom_group_send_targets WHERE msgid = ? AND userid = ? AND status = 0",
        (send["msgid"], userid),
    ).fetchall()
    if not rows or send["cancelled_at"]:
        return None
    outcomes = [(_outcome(db, send, row, now), moment(now), row["number"]) for row in rows]
    db.executemany(
        "UPDATE wecom_group_send_targets SET status = ?, sent_at = ? WHERE number = ?", outcomes
    )
    pairs = zip(rows, outcomes, strict=True)
    reached = [row["recipient"] for row, outcome in pairs if outcome[0] == SENT]
    _record(db, send, reached, now)
    return {"sent": len(reached), "not_sent": len(rows) - len(reached)}


def _outcome(db: sqlite3.Connection, send: sqlite3.Row, target: sqlite3.Row, now: datetime) -> int:
    account, recipient = send["account"], target["recipient"]
    if send["chat_type"] == group_sends.GROUP:
        group = groups.find(db, account, recipient)
        has_it = group is not None and group["dismissed_at"] is None
    else:
        relation = contacts.relation(db, account, target["userid"], recipient)
        has_it = relation is not None and relation["left_at"] is None
    if not has_it:
        return NO_FRIEND
    row = db.execute(
        "SELECT times FROM wecom_group_send_months WHERE account = ? AND recipient = ?"
        " AND month = ?",
        (account, recipient, _month(now)),
    ).fetchone()
    return HAD_ENOUGH if row is not None and row["times"] >= _days_in_month(now) else SENT


def _record(db: sqlite3.Connection, send: sqlite3.Row, reached: list[str], now: datetime) -> None:
    content = json.loads(send["content"])
    kind = "text" if set(content) == {"text"} else "group_send"
    kept = content["text"] if kind == "text" else content
    message = sent.Message(
        send["account"], group_sends.API, kind, kept, send["msgid"], send["client"]
    )
    sent.record(db, message, reached, now)
    db.executemany(
        "INSERT INTO wecom_group_send_months VALUES (?, ?, ?, 1)"
        " ON CONFLICT DO UPDATE SET times = times + 1",
        [(send["account"], one, _month(now)) for one in reached],
    )


def _task(row: sqlite3.Row) -> dict[str, Any]:
    if row["sent_at"] is None:
        return {"userid": row["userid"], "status": UNSENT}
    at = group_sends.seconds(row["sent_at"])
    return {"userid": row["userid"], "status": TASK_SENT, "send_time": at}


def _recipient(row: sqlite3.Row, is_group: bool) -> dict[str, Any]:
    who = {"chat_id" if is_group else "external_userid": row["recipient"]}
    shown = {**who, "userid": row["userid"], "status": row["status"]}
    at = group_sends.seconds(row["sent_at"])
    return {**shown, "send_time": at} if row["status"] == SENT else shown


def _month(now: datetime) -> str:
    return now.astimezone(BEIJING).strftime("%Y-%m")


def _days_in_month(now: datetime) -> int:
    here = now.astimezone(BEIJING)
    return calendar.monthrange(here.year, here.month)[1]
