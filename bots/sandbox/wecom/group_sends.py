"""Group sends (pages 创建企业群发, 获取企业的全部群发记录, 停止企业群发, 提醒成员群发): a task for
members of staff, who send it, or do not."""

import json
import secrets
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bots.sandbox.accounts import Account
from bots.sandbox.calls import Call
from bots.sandbox.refusals import Refused
from bots.sandbox.store import moment, moment_from
from bots.sandbox.wecom import (
    attachments,
    contacts,
    fields,
    groups,
    limits,
    paging,
    rates,
    staff,
    tag_book,
    tag_marks,
)

API = "/cgi-bin/externalcontact/add_msg_template"
TABLES = """
CREATE TABLE IF NOT EXISTS wecom_group_sends (
  number INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, msgid TEXT NOT NULL UNIQUE,
  chat_type TEXT NOT NULL, content TEXT NOT NULL, made_at TEXT NOT NULL, cancelled_at TEXT,
  client TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS wecom_group_sends_of ON wecom_group_sends (account, made_at);
CREATE TABLE IF NOT EXISTS wecom_group_send_targets (
  number INTEGER PRIMARY KEY AUTOINCREMENT, msgid TEXT NOT NULL, userid TEXT NOT NULL,
  recipient TEXT NOT NULL, status INTEGER NOT NULL DEFAULT 0, sent_at TEXT,
  UNIQUE (msgid, recipient));
CREATE INDEX IF NOT EXISTS wecom_group_send_targets_of
  ON wecom_group_send_targets (msgid, userid, number);
CREATE TABLE IF NOT EXISTS wecom_group_send_months (
  account TEXT NOT NULL, recipient TEXT NOT NULL, month TEXT NOT NULL, times INTEGER NOT NULL,
  PRIMARY KEY (account, recipient, month));
"""
SINGLE, GROUP = "single", "group"
Target = tuple[str, str]  # userid, external_userid or chat_id


def add(call: Call, account: Account) -> dict[str, Any]:
    """POST add_msg_template. Raises Refused 40063, 40058, 60111, 41048 if nobody is left."""
    body = call.body()
    chat_type = fields.text(body, "chat_type", needed=False) or SINGLE
    if chat_type not in (SINGLE, GROUP):
        raise fields.invalid("chat_type")
    content = attachments.checked_message(call, account, body, limits.SENDS_TEXT_MAX_BYTES)
    contacts.begin(call.db, call.sandbox.directory, account, call.now)
    groups.begin(call.db, call.sandbox.directory, account, call.now)
    find = _chats if chat_type == GROUP else _people
    targets, failed = find(call, account, body)
    if not targets:
        raise Refused(41048, "no customer to send", fail_list=failed)
    msgid = f"msg{secrets.token_urlsafe(24)}"
    call.db.execute(
        "INSERT INTO wecom_group_sends (account, msgid, chat_type, content, made_at, client)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (account.key, msgid, chat_type, json.dumps(content), moment(call.now), call.client),
    )
    call.db.executemany(
        "INSERT INTO wecom_group_send_targets (msgid, userid, recipient) VALUES (?, ?, ?)",
        [(msgid, *target) for target in targets],
    )
    return {"fail_list": failed, "msgid": msgid}


def remind(call: Call, account: Account) -> dict[str, Any]:
    """POST remind_groupmsg_send. Raises Refused 45009 for the fourth in 24 hours."""
    send = checked(call, account)
    if send["cancelled_at"]:
        raise Refused(40058, "invalid Request Parameter, the task was cancelled")
    most, period = limits.REMINDS_MAX, limits.REMINDS_PERIOD
    rates.count(call.db, account.key, f"remind:{send['msgid']}", most, period, call.now)
    return {}


def cancel(call: Call, account: Account) -> dict[str, Any]:
    """POST cancel_groupmsg_send: whoever has not sent it no longer can."""
    send = checked(call, account)
    call.db.execute(
        "UPDATE wecom_group_sends SET cancelled_at = coalesce(cancelled_at, ?) WHERE number = ?",
        (moment(call.now), send["number"]),
    )
    return {}


def listed(call: Call, account: Account) -> dict[str, Any]:
    """POST get_groupmsg_list_v2. All are of the corp (create_type 0)."""
    body = call.body()
    chat_type = fields.text(body, "chat_type")
    begins = fields.number(body, "start_time", 0, 2**33, needed=True)
    ends = fields.number(body, "end_time", 0, 2**33, needed=True)
    if not timedelta() <= timedelta(seconds=ends - begins) <= limits.SENDS_SPAN:
        raise Refused(40058, "invalid Request Parameter, at most a month")
    personal = fields.number(body, "filter_type", 0, 2, default=2) == 1
    limit = fields.number(body, "limit", 1, limits.SENDS_PAGE_MAX, default=50)
    after = paging.after(fields.text(body, "cursor", needed=False))
    found = call.db.execute(
        "SELECT * FROM wecom_group_sends WHERE account = ? AND chat_type = ? AND made_at >= ?"
        " AND made_at < ? AND number > ? ORDER BY number LIMIT ?",
        (account.key, chat_type, _at(begins), _at(ends + 1), after, limit + 1),
    ).fetchall()
    rows, cursor = paging.cut([] if personal else found, limit)
    shown = [
        {"msgid": row["msgid"], "creator": "", "create_time": seconds(row["made_at"])}
        | {"create_type": 0, **_as_asked(json.loads(row["content"]))}
        for row in rows
    ]
    return {"next_cursor": cursor, "group_msg_list": shown}


def checked(call: Call, account: Account) -> sqlite3.Row:
    """The task of a body's msgid. Raises Refused 40058."""
    row = find(call.db, account.key, fields.text(call.body(), "msgid"))
    if row is None:
        raise fields.invalid("msgid")
    return row


def find(db: sqlite3.Connection, account: str, msgid: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM wecom_group_sends WHERE msgid = ? AND account = ?", (msgid, account)
    ).fetchone()
    return row


def waiting(db: sqlite3.Connection, account: str) -> list[sqlite3.Row]:
    """What members of staff have not sent yet: msgid, userid, content and how many."""
    return db.execute(
        "SELECT s.msgid, s.chat_type, s.content, t.userid, count(*) AS people"
        " FROM wecom_group_sends s JOIN wecom_group_send_targets t USING (msgid)"
        " WHERE s.account = ? AND s.cancelled_at IS NULL AND t.status = 0"
        " GROUP BY s.number, t.userid ORDER BY s.number DESC LIMIT 50",
        (account,),
    ).fetchall()


def seconds(at: str | None) -> int:
    return int(moment_from(at).timestamp()) if at else 0


def _as_asked(content: dict[str, Any]) -> dict[str, Any]:
    """A message as it was asked for, from how it is kept."""
    return {**content, "text": {"content": content["text"]}} if "text" in content else content


def _people(call: Call, account: Account, body: fields.Body) -> tuple[list[Target], list[str]]:
    """Each through the member of staff she talked with last, or the sender alone."""
    most = limits.SENDS_EXTERNAL_USERIDS_MAX
    asked = fields.texts(body, "external_userid", most, needed=False)
    sender = fields.text(body, "sender", needed=False)
    if sender:
        staff.checked(account, sender)
    wanted_tags = _tag_groups(call, account, body)
    if not asked and not sender and not wanted_tags:
        raise Refused(40063, "some parameters are empty, external_userid, tag_filter or sender")
    targets, failed = [], []
    for who in asked or _everyone(call, account, sender):
        rows = contacts.of_person(call.db, account.key, who)
        rows = [row for row in rows if sender in ("", row["userid"])]
        if not rows:
            failed.append(who)
        elif _carries(call.db, rows, wanted_tags):
            targets.append((rows[0]["userid"], who))
    return targets, failed


def _chats(call: Call, account: Account, body: fields.Body) -> tuple[list[Target], list[str]]:
    """The sender's groups, or some of them."""
    sender = staff.checked(account, fields.text(body, "sender"))
    asked = fields.texts(body, "chat_id_list", limits.SENDS_CHATS_MAX, needed=False)
    rows = groups.listed(call.db, account.key, [sender], 0, limits.SENDS_CHATS_MAX)
    his = [row["chat_id"] for row in rows]
    chosen = [chat_id for chat_id in asked or his if chat_id in his]
    return [(sender, one) for one in chosen], [one for one in asked if one not in his]


def _everyone(call: Call, account: Account, sender: str) -> list[str]:
    whose = [sender] if sender else staff.with_contacts(account)
    rows = contacts.of_staff(call.db, account.key, whose, 0, 1_000_000)
    return list(dict.fromkeys(row["external_userid"] for row in rows))


def _tag_groups(call: Call, account: Account, body: fields.Body) -> list[list[str]]:
    """Groups of tags: one of each group has to be carried."""
    tag_filter = fields.object_(body, "tag_filter", needed=False)
    listed = fields.objects(tag_filter, "group_list", needed=False)
    found = [fields.texts(group, "tag_list") for group in listed]
    if sum(map(len, found)) > limits.SENDS_TAGS_MAX:
        raise Refused(40058, "invalid Request Parameter, at most 100 tags")
    for tag_ids in found:
        tag_book.check_tags(call.db, account.key, tag_ids)
    return found


def _carries(
    db: sqlite3.Connection, rows: Sequence[sqlite3.Row], wanted: Sequence[Sequence[str]]
) -> bool:
    carried: set[str] = set()
    for row in rows:
        one = (row["account"], row["userid"], row["external_userid"])
        carried |= tag_marks.of_contact(db, *one)
    return all(carried & set(group) for group in wanted)


def _at(since_1970_s: int) -> str:
    return moment(datetime.fromtimestamp(since_1970_s, UTC))
