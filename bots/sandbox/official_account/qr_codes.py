"""Parametric QR codes (platform.md §1.9)."""

import secrets
import sqlite3
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bots.sandbox.calls import Call
from bots.sandbox.pushes import ticket_of
from bots.sandbox.refusals import Refused
from bots.sandbox.store import moment

EXPIRE_DEFAULT_S, EXPIRE_MAX_S = 60, 2_592_000
PERMANENT_ID_MAX = 100_000
SCENE_MAX_CHARS = 64
TEMPORARY = ("QR_SCENE", "QR_STR_SCENE")
PERMANENT = ("QR_LIMIT_SCENE", "QR_LIMIT_STR_SCENE")


def create(call: Call) -> dict[str, Any]:
    account, body = call.account(), call.body()
    action = body.get("action_name")
    if action not in TEMPORARY + PERMANENT:
        raise Refused(40035, "invalid action_name")
    scene = _scene(str(action), body)
    lives_s = _lives_s(body) if action in TEMPORARY else None
    expires_at = moment(call.now + timedelta(seconds=lives_s)) if lives_s else None
    ticket = "gQ" + secrets.token_urlsafe(60)
    call.db.execute(
        "INSERT INTO qr_codes VALUES (?, ?, ?, ?)", (ticket, account.key, scene, expires_at)
    )
    expiry = {"expire_seconds": lives_s} if lives_s else {}
    url = f"http://weixin.qq.com/q/{ticket[-22:]}"
    return {"ticket": ticket, **expiry, "url": url}


def behind(db: sqlite3.Connection, ticket: str, now: datetime) -> sqlite3.Row | None:
    """The code with this ticket; None if there is none, or no longer."""
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM qr_codes WHERE ticket = ? AND (expires_at IS NULL OR expires_at > ?)",
        (ticket, moment(now)),
    ).fetchone()
    return row


def ticket_for(db: sqlite3.Connection, account: str, scene: str, now: datetime) -> str:
    """The ticket of the newest code with that scene."""
    row = db.execute(
        "SELECT ticket FROM qr_codes WHERE account = ? AND scene = ?"
        " AND (expires_at IS NULL OR expires_at > ?) ORDER BY rowid DESC",
        (account, scene, moment(now)),
    ).fetchone()
    return str(row["ticket"]) if row else ticket_of(scene)


def _scene(action: str, body: Mapping[str, Any]) -> str:
    wrapped = body.get("action_info")
    scene = wrapped.get("scene") if isinstance(wrapped, dict) else None
    if not isinstance(scene, dict):
        raise Refused(47001, "data format error, action_info.scene missing")
    if action.endswith("STR_SCENE"):
        text = scene.get("scene_str")
        if not isinstance(text, str) or not 1 <= len(text) <= SCENE_MAX_CHARS:
            raise Refused(40035, "invalid scene_str, 1 to 64 characters")
        return text
    number = scene.get("scene_id")
    highest = PERMANENT_ID_MAX if action in PERMANENT else 2**32 - 1
    if not isinstance(number, int) or not 1 <= number <= highest:
        raise Refused(40035, "invalid scene_id")
    return str(number)


def _lives_s(body: Mapping[str, Any]) -> int:
    lives_s = body.get("expire_seconds", EXPIRE_DEFAULT_S)
    if not isinstance(lives_s, int) or not 1 <= lives_s <= EXPIRE_MAX_S:
        raise Refused(40035, "invalid expire_seconds")
    return lives_s
