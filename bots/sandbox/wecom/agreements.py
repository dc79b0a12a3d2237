"""Who may be archived (pages 获取会话内容存档开启成员列表, 获取会话同意情况): staff with a
seat, and people outside who have not disagreed."""

import sqlite3
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from bots.sandbox.accounts import Account
from bots.sandbox.calls import Call
from bots.sandbox.refusals import Refused
from bots.sandbox.store import moment, moment_from
from bots.sandbox.wecom import archive, contacts, fields, groups, limits, staff

TABLES = """
CREATE TABLE IF NOT EXISTS wecom_agreements (
  account TEXT NOT NULL, external_userid TEXT NOT NULL, status TEXT NOT NULL,
  changed_at TEXT NOT NULL, PRIMARY KEY (account, external_userid));
"""
AGREE, DISAGREE, BY_DEFAULT = "Agree", "Disagree", "Default_Agree"


def permitted(call: Call, account: Account) -> dict[str, Any]:
    """POST msgaudit/get_permit_user_list. Raises Refused 301042."""
    _check_on(account)
    fields.number(call.body(), "type", 1, 3)
    return {"ids": seats(account)}


def of_private_chats(call: Call, account: Account) -> dict[str, Any]:
    """POST msgaudit/check_single_agree {info: [{userid, exteranalopenid}]}; the misspelling is
    the platform's. Raises Refused 40058, 84061."""
    _check_on(account)
    asked = fields.objects(call.body(), "info")
    if len(asked) > limits.AGREEMENTS_MAX:
        raise Refused(40058, "invalid Request Parameter, info has at most 100")
    contacts.begin(call.db, call.sandbox.directory, account, call.now)
    agreeinfo = []
    for one in asked:
        userid = fields.text(one, "userid")
        row = contacts.checked(call.db, account.key, userid, one.get("exteranalopenid"))
        state = _state(call.db, account.key, row["external_userid"], row["added_at"])
        agreeinfo.append({"userid": userid, **state})
    return {"agreeinfo": agreeinfo}


def of_group(call: Call, account: Account) -> dict[str, Any]:
    """POST msgaudit/check_room_agree {roomid}. Raises Refused 40050."""
    _check_on(account)
    chat_id = fields.text(call.body(), "roomid")
    groups.begin(call.db, call.sandbox.directory, account, call.now)
    groups.checked(call.db, account.key, chat_id)
    rows = groups.members(call.db, account.key, chat_id)
    outside = [row for row in rows if row["type"] == groups.OUTSIDER]
    states = [_state(call.db, account.key, row["member_id"], row["joined_at"]) for row in outside]
    return {"agreeinfo": states}


def say(
    db: sqlite3.Connection, account: str, external_userid: str, status: str, now: datetime
) -> None:
    db.execute(
        "INSERT INTO wecom_agreements VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE"
        " SET status = ?3, changed_at = ?4",
        (account, external_userid, status, moment(now)),
    )


def all_agree(db: sqlite3.Connection, account: str, external_userids: Iterable[str]) -> bool:
    states = (_state(db, account, one, "1970-01-01") for one in external_userids)
    return all(state["agree_status"] != DISAGREE for state in states)


def seats(account: Account) -> list[str]:
    """The staff whose sessions are archived: those of ``archive_staff``, else all."""
    chosen = account.settings.get("archive_staff")
    return staff.userids(account) if chosen is None else list(chosen)


def _state(
    db: sqlite3.Connection, account: str, external_userid: str, since: str
) -> dict[str, Any]:
    row = db.execute(
        "SELECT * FROM wecom_agreements WHERE account = ? AND external_userid = ?",
        (account, external_userid),
    ).fetchone()
    changed_at = moment_from(row["changed_at"] if row else since)
    return {
        "status_change_time": int(changed_at.timestamp()),
        "exteranalopenid": external_userid,
        "agree_status": row["status"] if row else BY_DEFAULT,
    }


def _check_on(account: Account) -> None:
    if not archive.is_on(account):
        raise Refused(301042, "no permission of the session archive")
