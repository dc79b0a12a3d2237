"""Sessions: how a person and a kf account stand, and how much the app may still say (pages
分配客服会话, 发送消息)."""

import sqlite3
from datetime import datetime
from typing import Any

from bots.sandbox.accounts import Account
from bots.sandbox.calls import Call
from bots.sandbox.refusals import Refused
from bots.sandbox.store import moment
from bots.sandbox.wecom import contacts, fields, limits
from bots.sandbox.wecom.kf import accounts, codes

TABLES = """
CREATE TABLE IF NOT EXISTS wecom_kf_sessions (
  account TEXT NOT NULL, open_kfid TEXT NOT NULL, external_userid TEXT NOT NULL,
  state INTEGER NOT NULL DEFAULT 0, servicer TEXT NOT NULL DEFAULT '',
  said_at TEXT, messages_left INTEGER NOT NULL DEFAULT 0, welcomed_at TEXT,
  scene TEXT NOT NULL DEFAULT '', scene_param TEXT NOT NULL DEFAULT '',
  rejects INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (account, open_kfid, external_userid));
CREATE INDEX IF NOT EXISTS wecom_kf_sessions_of ON wecom_kf_sessions (account, external_userid);
"""
NEW, BOT, POOL, HUMAN, ENDED = range(5)
LEADS_TO = {NEW: (BOT, POOL, HUMAN, ENDED), BOT: (POOL, HUMAN, ENDED), POOL: (HUMAN, ENDED)}
LEADS_TO |= {HUMAN: (POOL, HUMAN, ENDED), ENDED: ()}
APP_SPEAKS_IN = (NEW, BOT)

Key = tuple[str, str, str]  # account, open_kfid, external_userid


def get(call: Call, account: Account) -> dict[str, Any]:
    """POST kf/service_state/get. Raises Refused 95004, 84061."""
    session = _asked(call, account)
    servicer = {"servicer_userid": session["servicer"]} if session["servicer"] else {}
    return {"service_state": session["state"], **servicer}


def trans(call: Call, account: Account) -> dict[str, Any]:
    """POST kf/service_state/trans. Raises Refused 95013 once it has ended, 95016 for a state it
    does not lead to, 95014 for somebody who does not serve this account."""
    session, body = _asked(call, account), call.body()
    state = fields.number(body, "service_state", NEW, ENDED, needed=True)
    if session["state"] == ENDED:
        raise Refused(95013, "conversation end")
    if state not in LEADS_TO[session["state"]]:
        raise Refused(95016, "invalid service state")
    servicer = ""
    if state == HUMAN:
        servicer = fields.text(body, "servicer_userid")
        if not accounts.serves(call.db, account.key, session["open_kfid"], servicer):
            raise Refused(95014, "servicer userid is not a servicer of the kf account")
    key = key_of(session)
    change(call.db, key, state, servicer)
    lives = {POOL: limits.KF_QUEUE_LIVES, ENDED: limits.KF_END_LIVES}.get(state)
    return {"msg_code": codes.new(call.db, key, call.now, lives)} if lives else {}


def find(db: sqlite3.Connection, key: Key) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM wecom_kf_sessions"
        " WHERE account = ? AND open_kfid = ? AND external_userid = ?",
        key,
    ).fetchone()
    return row


def here(db: sqlite3.Connection, key: Key) -> sqlite3.Row:
    """Made if there is none; one that has ended begins anew."""
    db.execute(
        "INSERT INTO wecom_kf_sessions (account, open_kfid, external_userid) VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET state = 0, servicer = '' WHERE state = 4",
        key,
    )
    row: sqlite3.Row = db.execute(
        "SELECT * FROM wecom_kf_sessions"
        " WHERE account = ? AND open_kfid = ? AND external_userid = ?",
        key,
    ).fetchone()
    return row


def change(db: sqlite3.Connection, key: Key, state: int, servicer: str = "") -> None:
    db.execute(
        "UPDATE wecom_kf_sessions SET state = ?, servicer = ?"
        " WHERE account = ? AND open_kfid = ? AND external_userid = ?",
        (state, servicer, *key),
    )


def said(db: sqlite3.Connection, key: Key, now: datetime) -> None:
    """She has written: the app may say five things in two days."""
    db.execute(
        "UPDATE wecom_kf_sessions SET said_at = ?, messages_left = ?"
        " WHERE account = ? AND open_kfid = ? AND external_userid = ?",
        (moment(now), limits.KF_MESSAGES, *key),
    )


def enter(db: sqlite3.Connection, key: Key, scene: str, param: str) -> None:
    db.execute(
        "UPDATE wecom_kf_sessions SET scene = ?, scene_param = ?"
        " WHERE account = ? AND open_kfid = ? AND external_userid = ?",
        (scene, param, *key),
    )


def reject(db: sqlite3.Connection, key: Key, rejects: bool) -> None:
    db.execute(
        "UPDATE wecom_kf_sessions SET rejects = ?"
        " WHERE account = ? AND open_kfid = ? AND external_userid = ?",
        (rejects, *key),
    )


def may_be_welcomed(session: sqlite3.Row, now: datetime) -> bool:
    """Neither has she written in two days, nor been welcomed."""
    since = moment(now - limits.KF_WINDOW)
    return (session["said_at"] or "") <= since and (session["welcomed_at"] or "") <= since


def welcomed(db: sqlite3.Connection, key: Key, now: datetime) -> None:
    db.execute(
        "UPDATE wecom_kf_sessions SET welcomed_at = ?"
        " WHERE account = ? AND open_kfid = ? AND external_userid = ?",
        (moment(now), *key),
    )


def spend(db: sqlite3.Connection, session: sqlite3.Row, now: datetime) -> None:
    """One of the five. Raises Refused 95018 in a state the app does not speak in, 95002 later
    than two days, 95001 for the sixth."""
    if session["state"] not in APP_SPEAKS_IN:
        raise Refused(95018, "send msg session status invalid")
    if (session["said_at"] or "") <= moment(now - limits.KF_WINDOW):
        raise Refused(95002, "send msg time limit")
    if not session["messages_left"]:
        raise Refused(95001, "send msg count limit")
    db.execute(
        "UPDATE wecom_kf_sessions SET messages_left = messages_left - 1"
        " WHERE account = ? AND open_kfid = ? AND external_userid = ?",
        key_of(session),
    )


def has_been_here(db: sqlite3.Connection, account: str, external_userid: str) -> bool:
    found = db.execute(
        "SELECT 1 FROM wecom_kf_sessions WHERE account = ? AND external_userid = ?",
        (account, external_userid),
    )
    return found.fetchone() is not None


def entered(db: sqlite3.Connection, account: str, external_userid: str) -> dict[str, str] | None:
    """Through which scene she came last."""
    row = db.execute(
        "SELECT scene, scene_param FROM wecom_kf_sessions WHERE account = ?"
        " AND external_userid = ? AND scene != ''",
        (account, external_userid),
    ).fetchone()
    return dict(row) if row else None


def key_of(session: sqlite3.Row) -> Key:
    return session["account"], session["open_kfid"], session["external_userid"]


def asked(call: Call, account: Account, external_userid: object) -> sqlite3.Row:
    """The session of a body. Raises Refused 95004, 40096, 84061 for who has never come."""
    open_kfid = accounts.checked(call, account)
    who = contacts.checked_id(external_userid)
    session = find(call.db, (account.key, open_kfid, who))
    if session is None:
        raise Refused(84061, "not external contact")
    return session


def _asked(call: Call, account: Account) -> sqlite3.Row:
    return asked(call, account, call.body().get("external_userid"))
