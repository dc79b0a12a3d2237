"""The answers of a smart bot: whole at once, or in a stream that is polled until it is finished.

An answer is recorded as sent when it is finished, or with what there is of it after six minutes.
"""

import secrets
import sqlite3
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bots.sandbox import sent, wiring
from bots.sandbox.accounts import Account
from bots.sandbox.acts import CannotAct, Person
from bots.sandbox.deliveries import Delivery
from bots.sandbox.store import moment, moment_from
from bots.sandbox.wecom import callbacks, limits

REPLY_API, STREAM_API = "aibot reply", "aibot stream"
POLL_EVERY_S = 1.0
CLIENT = "smart bot"
REPLIES = ("stream", "text", "template_card", "stream_with_template_card")
TABLES = """
CREATE TABLE IF NOT EXISTS wecom_bot_streams (
  number INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, stream_id TEXT NOT NULL,
  userid TEXT NOT NULL, room TEXT NOT NULL, content TEXT NOT NULL, started_at TEXT NOT NULL,
  finished_at TEXT);
CREATE INDEX IF NOT EXISTS wecom_bot_streams_open ON wecom_bot_streams (account, userid)
  WHERE finished_at IS NULL;
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, and in which group (empty in private)."""

    account: Account
    who: Person
    room: str

    @property
    def recipient(self) -> str:
        return self.room or self.who.platform_id


def take(sandbox: wiring.Sandbox, asked: Asked, reply: Mapping[str, Any]) -> dict[str, Any]:
    """Records a whole reply, or begins to poll one that goes on. Raises CannotAct for a reply the
    platform would not show."""
    kind = reply.get("msgtype")
    if kind not in REPLIES:
        raise CannotAct(f"the bot replied with an unknown msgtype {kind!r}")
    if kind in ("text", "template_card"):
        content = reply.get(kind)
        kept = content.get("content") if kind == "text" and isinstance(content, dict) else content
        message = sent.Message(asked.account.key, REPLY_API, kind, kept, None, CLIENT)
        with sandbox.store.writing() as db:
            sent.record(db, message, [asked.recipient], sandbox.clock())
        return {}
    stream = _stream(reply)
    with sandbox.store.writing() as db:
        made = db.execute(
            "INSERT INTO wecom_bot_streams (account, stream_id, userid, room, content, started_at)"
            " VALUES (?, ?, ?, ?, ?, ?) RETURNING *",
            (
                asked.account.key,
                stream["id"],
                asked.who.platform_id,
                asked.room,
                stream["content"],
                moment(sandbox.clock()),
            ),
        ).fetchone()
    if stream["finish"]:
        _finish(sandbox, made, stream["content"])
    else:
        _begin_polling(sandbox, asked.account, made["number"])
    return {"stream": stream["id"]}


def poll_all(sandbox: wiring.Sandbox, account: Account) -> Delivery:
    """Asks once after every answer that is not finished; the outcome of the last."""
    delivery = Delivery(True, 0, "nothing is open")
    for stream in open_ones(sandbox.store.reading(), account.key):
        delivery = _poll(sandbox, account, stream)
    return delivery


def open_ones(db: sqlite3.Connection, account: str, userid: str = "") -> list[sqlite3.Row]:
    return db.execute(
        "SELECT * FROM wecom_bot_streams WHERE account = ?1 AND finished_at IS NULL"
        " AND (?2 = '' OR userid = ?2) ORDER BY number",
        (account, userid),
    ).fetchall()


def push_of(asked: Asked) -> dict[str, Any]:
    place = {"chatid": asked.room, "chattype": "group"} if asked.room else {"chattype": "single"}
    return {
        "msgid": secrets.token_hex(16),
        "aibotid": asked.account.appid,
        **place,
        "from": {"userid": asked.who.platform_id},
    }


def _stream(reply: Mapping[str, Any]) -> dict[str, Any]:
    """id, finish and content of a stream. Raises CannotAct."""
    stream = reply.get("stream")
    if not isinstance(stream, dict) or not isinstance(stream.get("id"), str):
        raise CannotAct("the bot replied with a stream without an id")
    content = str(stream.get("content") or "")
    if len(content.encode()) > limits.STREAM_MAX_BYTES:
        raise CannotAct(f"the bot's answer is longer than {limits.STREAM_MAX_BYTES} bytes")
    return {"id": stream["id"], "finish": stream.get("finish") is True, "content": content}


def _begin_polling(sandbox: wiring.Sandbox, account: Account, number: int) -> None:
    thread = threading.Thread(target=_poll_on, args=(sandbox, account, number), daemon=True)
    thread.start()


def _poll_on(sandbox: wiring.Sandbox, account: Account, number: int) -> None:
    """Until it is finished, six minutes have passed, or the bot's server is gone."""
    delivered = True
    while delivered:
        time.sleep(POLL_EVERY_S)
        still = open_ones(sandbox.store.reading(), account.key)
        stream = next((one for one in still if one["number"] == number), None)
        if stream is None:
            return
        delivered = _poll(sandbox, account, stream).delivered


def _poll(sandbox: wiring.Sandbox, account: Account, stream: sqlite3.Row) -> Delivery:
    started_at = moment_from(stream["started_at"])
    if sandbox.clock() - started_at >= limits.STREAM_LASTS:
        _finish(sandbox, stream, stream["content"])
        return Delivery(True, 0, "six minutes are over")
    who = Person(stream["userid"], stream["userid"])
    about = {"msgtype": "stream", "stream": {"id": stream["stream_id"]}}
    push = {**push_of(Asked(account, who, stream["room"])), **about}
    delivery, reply = callbacks.deliver_json(sandbox, account, push)
    if reply is None:
        return delivery
    try:
        going_on = _stream(reply)
    except CannotAct as error:
        return Delivery(False, delivery.tries, str(error))
    if going_on["finish"]:
        _finish(sandbox, stream, going_on["content"])
    else:
        with sandbox.store.writing() as db:
            db.execute(
                "UPDATE wecom_bot_streams SET content = ? WHERE number = ?",
                (going_on["content"], stream["number"]),
            )
    return delivery


def _finish(sandbox: wiring.Sandbox, stream: sqlite3.Row, content: str) -> None:
    """Once, however many polls hear of it."""
    now = sandbox.clock()
    with sandbox.store.writing() as db:
        done = db.execute(
            "UPDATE wecom_bot_streams SET finished_at = ?, content = ?"
            " WHERE number = ? AND finished_at IS NULL",
            (moment(now), content, stream["number"]),
        )
        if done.rowcount:
            key = stream["stream_id"]
            message = sent.Message(stream["account"], STREAM_API, "text", content, key, CLIENT)
            sent.record(db, message, [stream["room"] or stream["userid"]], now)
