"""Handing contacts over to a colleague (pages 分配在职成员的客户, 查询客户接替状态): she has a day
to refuse, and then it is done."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from bots.sandbox import wiring
from bots.sandbox.accounts import Account
from bots.sandbox.calls import Call
from bots.sandbox.refusals import Refused
from bots.sandbox.store import moment, moment_from
from bots.sandbox.wecom import callbacks, contacts, fields, limits, paging, pushes, staff
from bots.sandbox.wecom.pushes import Push

BY_TRANSFER = "DELETE_BY_TRANSFER"
ALLOTTED = 202  # add_way
DONE, WAITING, REFUSED, FULL = 1, 2, 3, 4  # status
REASONS = {REFUSED: "customer_refused", FULL: "customer_limit_exceed"}
PAGE_MAX = 1000
TABLES = """
CREATE TABLE IF NOT EXISTS wecom_transfers (
  number INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, giver TEXT NOT NULL,
  taker TEXT NOT NULL, external_userid TEXT NOT NULL, status INTEGER NOT NULL,
  asked_at TEXT NOT NULL, changed_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS wecom_transfers_of ON wecom_transfers (account, status);
"""


def ask(call: Call, account: Account) -> dict[str, Any]:
    """POST transfer_customer: one errcode per contact (40096, 84061, or 40129 while one is under
    way). Raises Refused 60111, 84074, 40058."""
    body = call.body()
    giver = staff.checked(account, fields.text(body, "handover_userid"))
    taker = staff.checked(account, fields.text(body, "takeover_userid"))
    people = fields.texts(body, "external_userid", limits.TRANSFER_MAX)
    contacts.begin(call.db, call.sandbox.directory, account, call.now)
    outcomes = [_asked(call, account.key, giver, taker, one) for one in people]
    pairs = zip(people, outcomes, strict=True)
    return {"customer": [{"external_userid": one, "errcode": code} for one, code in pairs]}


def ask_one(call: Call, account: Account) -> dict[str, Any]:
    """POST transfer, the call before transfer_customer, of one contact. Raises Refused 60111,
    84074, 40096, 84061, 40129."""
    body = call.body()
    giver = staff.checked(account, fields.text(body, "handover_userid"))
    taker = staff.checked(account, fields.text(body, "takeover_userid"))
    contacts.begin(call.db, call.sandbox.directory, account, call.now)
    refused = _asked(call, account.key, giver, taker, fields.text(body, "external_userid"))
    if refused:
        raise Refused(refused, "this contact cannot be handed over")
    return {}


def unassigned(call: Call, account: Account) -> dict[str, Any]:
    """POST get_unassigned_list: nobody of the accounts file resigns, so nobody waits."""
    fields.number(call.body(), "page_size", 1, PAGE_MAX, default=PAGE_MAX)
    return {"info": [], "is_last": True, "next_cursor": ""}


def results(call: Call, account: Account) -> dict[str, Any]:
    """POST transfer_result. Those whose day is over are handed over first, and the app is told."""
    body = call.body()
    giver, taker = fields.text(body, "handover_userid"), fields.text(body, "takeover_userid")
    after = paging.after(fields.text(body, "cursor", needed=False))
    told = settle(call.sandbox, call.db, account, call.now)
    call.after_commit.extend(
        partial(call.sandbox.background.submit, callbacks.deliver, call.sandbox, account, push)
        for push in told
    )
    found = call.db.execute(
        "SELECT * FROM wecom_transfers WHERE account = ? AND giver = ? AND taker = ?"
        " AND number > ? ORDER BY number LIMIT ?",
        (account.key, giver, taker, after, PAGE_MAX + 1),
    ).fetchall()
    rows, cursor = paging.cut(found, PAGE_MAX)
    return {"customer": [_shown(row) for row in rows], "next_cursor": cursor}


def settle(
    sandbox: wiring.Sandbox, db: sqlite3.Connection, account: Account, now: datetime
) -> list[Push]:
    """Hands over those nobody has refused for a day; what the app is to be told."""
    rows = db.execute(
        "SELECT * FROM wecom_transfers WHERE account = ? AND status = ? AND asked_at <= ?",
        (account.key, WAITING, moment(now - limits.TRANSFER_TAKES)),
    ).fetchall()
    real = sandbox.clock.real()
    return [push for row in rows for push in hand_over(db, account, row, now, real)]


def hand_over(
    db: sqlite3.Connection, account: Account, row: sqlite3.Row, now: datetime, real: datetime
) -> Sequence[Push]:
    who = row["external_userid"]
    _change(db, row, DONE, now)
    contacts.add(db, account.key, row["taker"], who, now, way=ALLOTTED)
    contacts.delete(db, account.key, row["giver"], who)
    return (
        pushes.contact_change(account, "add_external_contact", row["taker"], who, real),
        pushes.contact_change(
            account, "del_external_contact", row["giver"], who, real, Source=BY_TRANSFER
        ),
    )


def fail(
    db: sqlite3.Connection,
    account: Account,
    row: sqlite3.Row,
    status: int,
    now: datetime,
    real: datetime,
) -> Push:
    """``status`` is REFUSED or FULL."""
    _change(db, row, status, now)
    reason, who = REASONS[status], row["external_userid"]
    return pushes.contact_change(
        account, "transfer_fail", row["taker"], who, real, FailReason=reason
    )


def waiting(db: sqlite3.Connection, account: str, external_userid: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM wecom_transfers WHERE account = ? AND status = ? AND external_userid = ?",
        (account, WAITING, external_userid),
    ).fetchone()
    return row


def _asked(call: Call, account: str, giver: str, taker: str, who: str) -> int:
    if not contacts.EXTERNAL_ID.fullmatch(who):
        return 40096
    if contacts.relation(call.db, account, giver, who) is None:
        return 84061
    if waiting(call.db, account, who) is not None:
        return 40129
    call.db.execute(
        "INSERT INTO wecom_transfers (account, giver, taker, external_userid, status, asked_at,"
        " changed_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (account, giver, taker, who, WAITING, moment(call.now), moment(call.now)),
    )
    return 0


def _change(db: sqlite3.Connection, row: sqlite3.Row, status: int, now: datetime) -> None:
    db.execute(
        "UPDATE wecom_transfers SET status = ?, changed_at = ? WHERE number = ?",
        (status, moment(now), row["number"]),
    )


def _shown(row: sqlite3.Row) -> dict[str, Any]:
    shown = {"external_userid": row["external_userid"], "status": row["status"]}
    at = int(moment_from(row["changed_at"]).timestamp())
    return {**shown, "takeover_time": at} if row["status"] == DONE else shown
