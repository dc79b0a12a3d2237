"""Permanent material of an official account ("Permanent material management"): files that stay
until they are deleted, and pictures that stand in articles. Drafts of articles are not played."""

import hashlib
import json
from typing import Any

from bots.sandbox import files, limits
from bots.sandbox.accounts import OFFICIAL_ACCOUNT
from bots.sandbox.calls import Answer, Call
from bots.sandbox.official_account import media
from bots.sandbox.refusals import Refused
from bots.sandbox.store import moment, moment_from

ADD, GET, DELETE, COUNT, LIST = (
    f"/cgi-bin/material/{name}"
    for name in (
        "add_material",
        "get_material",
        "del_material",
        "get_materialcount",
        "batchget_material",
    )
)
PICTURE = "/cgi-bin/media/uploadimg"
KINDS = ("image", "voice", "video", "thumb")
PAGE_MAX = 20
TABLE = """
CREATE TABLE IF NOT EXISTS materials (
  number INTEGER PRIMARY KEY AUTOINCREMENT, media_id TEXT NOT NULL UNIQUE, account TEXT NOT NULL,
  kind TEXT NOT NULL, name TEXT NOT NULL, title TEXT NOT NULL, introduction TEXT NOT NULL,
  made_at TEXT NOT NULL, content BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS materials_of ON materials (account, kind);
"""


def add(call: Call) -> dict[str, Any]:
    """Raises Refused 40004, 40005, 40006, 40009, 41005, and 40035 for a film without a title."""
    account, kind = _account(call), call.query.get("type", "")
    file = media.checked_file(call, kind)
    title, introduction = _description(call) if kind == "video" else ("", "")
    media_id = _new_id(call, file.content)
    call.db.execute(
        "INSERT INTO materials (media_id, account, kind, name, title, introduction, made_at,"
        " content) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (media_id, account, kind, file.name, title, introduction, moment(call.now), file.content),
    )
    return {"media_id": media_id, **_address(media_id, kind)}


def get(call: Call) -> Answer:
    """The file; of a film, what it is called and the address it is at. Raises Refused 40007."""
    row = _found(call)
    if row["kind"] != "video":
        return files.as_picture(row["media_id"], bytes(row["content"]))
    told = {"title": row["title"], "description": row["introduction"]}
    return {**told, "down_url": media.address_of(call, row["media_id"])}


def delete(call: Call) -> dict[str, Any]:
    """Raises Refused 40007."""
    call.db.execute("DELETE FROM materials WHERE media_id = ?", (_found(call)["media_id"],))
    return {"errcode": 0, "errmsg": "ok"}


def counts(call: Call) -> dict[str, Any]:
    rows = call.db.execute(
        "SELECT kind, count(*) AS times FROM materials WHERE account = ? GROUP BY kind",
        (_account(call),),
    )
    times = {row["kind"]: int(row["times"]) for row in rows}
    shown = {f"{kind}_count": times.get(kind, 0) for kind in ("voice", "video", "image")}
    return {**shown, "news_count": 0}


def listed(call: Call) -> dict[str, Any]:
    """The newest first. Raises Refused 40004, 40035."""
    account, body = _account(call), call.body()
    kind, offset, count = body.get("type"), body.get("offset", 0), body.get("count", PAGE_MAX)
    if kind not in (*KINDS, "news"):
        raise Refused(40004, "invalid media type")
    if not isinstance(offset, int) or not isinstance(count, int) or not 1 <= count <= PAGE_MAX:
        raise Refused(40035, "invalid offset or count")
    rows = call.db.execute(
        "SELECT * FROM materials WHERE account = ? AND kind = ? ORDER BY number DESC",
        (account, kind),
    ).fetchall()
    page = rows[max(offset, 0) :][:count]
    shown = [
        {
            "media_id": row["media_id"],
            "name": row["name"],
            "update_time": int(moment_from(row["made_at"]).timestamp()),
            **_address(row["media_id"], kind),
        }
        for row in page
    ]
    return {"total_count": len(rows), "item_count": len(page), "item": shown}


def picture(call: Call) -> dict[str, Any]:
    """The address of a picture that stands in an article. Raises Refused 40005, 40009, 41005."""
    _account(call)
    file = media.checked_file(call, "image")
    if len(file.content) > limits.PICTURE_IN_ARTICLE_MAX_BYTES:
        raise Refused(40009, "invalid image size")
    return {"url": _address(hashlib.sha256(file.content).hexdigest(), "image")["url"]}


def _account(call: Call) -> str:
    """Raises Refused 48001."""
    account = call.account()
    if account.kind != OFFICIAL_ACCOUNT:
        raise Refused(48001, "api unauthorized")
    return account.key


def _found(call: Call) -> Any:
    row = call.db.execute(
        "SELECT * FROM materials WHERE account = ? AND media_id = ?",
        (_account(call), str(call.body().get("media_id", ""))),
    ).fetchone()
    if row is None:
        raise Refused(40007, "invalid media_id")
    return row


def _new_id(call: Call, content: bytes) -> str:
    (last,) = call.db.execute("SELECT coalesce(max(number), 0) FROM materials").fetchone()
    return f"m{hashlib.sha256(content).hexdigest()[:32]}_{last + 1}"


def _description(call: Call) -> tuple[str, str]:
    """What a film is called, in a field of JSON beside it; some clients put it in the query."""
    told_of = files.field_of(call, "description") or call.query.get("description", "")
    try:
        told = json.loads(told_of)
    except ValueError as error:
        raise Refused(47001, "data format error, description") from error
    if not isinstance(told, dict) or not told.get("title"):
        raise Refused(40035, "invalid parameter, description")
    return str(told["title"]), str(told.get("introduction", ""))


def _address(name: str, kind: str) -> dict[str, str]:
    return {"url": f"http://mmbiz.qpic.cn/mmbiz/{name}/0"} if kind in ("image", "thumb") else {}


ROUTES = (
    ("POST", ADD, add),
    ("POST", GET, get),
    ("POST", DELETE, delete),
    ("GET", COUNT, counts),
    ("POST", LIST, listed),
    ("POST", PICTURE, picture),
)
