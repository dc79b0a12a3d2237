"""The session archive (会话内容存档): what is said in customer groups and private chats, for
who has paid for it and whose members agree.

The platform hands it out through a native library whose format is not public. Here it is a JSON
feed in the shape that library answers with; the layer inside ``encrypt_chat_msg`` is ours.
"""

import base64
import json
import secrets
import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from bots.sandbox.accounts import WECOM, Account
from bots.sandbox.calls import Call
from bots.sandbox.refusals import Refused
from bots.sandbox.store import moment
from bots.sandbox.wecom import fields, limits

PATH = "/sandbox/archive"
KEY_BYTES, NONCE_BYTES = 32, 12
SEQ_MAX = 2**53
TABLES = """
CREATE TABLE IF NOT EXISTS wecom_archive (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, msgid TEXT NOT NULL,
  at TEXT NOT NULL, message TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS wecom_archive_of ON wecom_archive (account, seq);
CREATE TABLE IF NOT EXISTS wecom_archive_news (account TEXT PRIMARY KEY, at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS wecom_archive_calls (
  account TEXT PRIMARY KEY, minute TEXT NOT NULL, times INTEGER NOT NULL);
"""


def is_on(account: Account) -> bool:
    return bool(account.settings.get("archive_public_key") or account.settings.get("archive"))


def keep(
    db: sqlite3.Connection, account: Account, message: Mapping[str, Any], now: datetime
) -> bool:
    """Keeps a message (from, tolist, roomid, msgtype and its content). True if the app is to be
    told that there is something: once in fifteen seconds at most."""
    whole = {
        "msgid": f"{secrets.randbelow(10**18)}_{int(now.timestamp() * 1000)}_external",
        "action": "send",
        **message,
        "msgtime": int(now.timestamp() * 1000),
    }
    db.execute(
        "INSERT INTO wecom_archive (account, msgid, at, message) VALUES (?, ?, ?, ?)",
        (account.key, whole["msgid"], moment(now), json.dumps(whole, ensure_ascii=False)),
    )
    told = db.execute(
        "INSERT INTO wecom_archive_news VALUES (?1, ?2) ON CONFLICT (account) DO UPDATE"
        " SET at = ?2 WHERE at <= ?3",
        (account.key, moment(now), moment(now - limits.ARCHIVE_NEWS_APART)),
    )
    return told.rowcount > 0


def feed(call: Call) -> dict[str, Any]:
    """POST /sandbox/archive {corpid, secret, seq, limit}: what came after ``seq`` in the last
    five days. Raises Refused 40013, 40001, 301042 without the archive, 45009, 40058."""
    body = call.body()
    account = _account(call, body)
    after = fields.number(body, "seq", 0, SEQ_MAX)
    limit = fields.number(body, "limit", 1, limits.ARCHIVE_PAGE_MAX, default=100)
    _count(call, account)
    rows = call.db.execute(
        "SELECT * FROM wecom_archive WHERE account = ? AND seq > ? AND at > ? ORDER BY seq LIMIT ?",
        (account.key, after, moment(call.now - limits.ARCHIVE_KEPT), limit),
    )
    chatdata = [_sealed(account, row) for row in rows]
    return {"errcode": 0, "errmsg": "ok", "chatdata": chatdata}


def _account(call: Call, body: fields.Body) -> Account:
    corpid, secret = fields.text(body, "corpid"), fields.text(body, "secret")
    apps = [one for one in call.sandbox.directory.accounts if one.kind == WECOM]
    apps = [one for one in apps if one.appid == corpid]
    if not apps:
        raise Refused(40013, "invalid corpid")
    account = next((one for one in apps if secrets.compare_digest(one.secret, secret)), None)
    if account is None:
        raise Refused(40001, "invalid credential")
    if not is_on(account):
        raise Refused(301042, "no permission of the session archive")
    return account


def _count(call: Call, account: Account) -> None:
    row = call.db.execute(
        "INSERT INTO wecom_archive_calls VALUES (?1, ?2, 1) ON CONFLICT (account) DO UPDATE"
        " SET times = CASE minute WHEN ?2 THEN times + 1 ELSE 1 END, minute = ?2 RETURNING times",
        (account.key, moment(call.now)[:16]),
    ).fetchone()
    if row["times"] > limits.ARCHIVE_CALLS_A_MINUTE:
        raise Refused(45009, "api freq out of limit")


def _sealed(account: Account, row: sqlite3.Row) -> dict[str, Any]:
    """Without a public key the message itself, as the library's DecryptData would give it."""
    place = {"seq": row["seq"], "msgid": row["msgid"]}
    pem = account.settings.get("archive_public_key")
    if not pem:
        return {**place, "chat_msg": json.loads(row["message"])}
    public_key = load_pem_public_key(str(pem).encode())
    if not isinstance(public_key, rsa.RSAPublicKey):
        raise Refused(-1, "the archive's public key is not RSA")
    key, nonce = secrets.token_bytes(KEY_BYTES), secrets.token_bytes(NONCE_BYTES)
    sealed = nonce + AESGCM(key).encrypt(nonce, row["message"].encode(), None)
    return {
        **place,
        "publickey_ver": int(account.settings.get("archive_public_key_version", 1)),
        "encrypt_random_key": _base64(public_key.encrypt(key, padding.PKCS1v15())),
        "encrypt_chat_msg": _base64(sealed),
    }


def _base64(plain: bytes) -> str:
    return base64.b64encode(plain).decode()
