"""Temporary media (素材管理 › 上传临时素材): an id for three days, checked wherever one is used,
and fetched again (获取临时素材)."""

import secrets
from typing import Any

from bots.sandbox import files
from bots.sandbox.accounts import Account
from bots.sandbox.calls import Call, Picture
from bots.sandbox.refusals import Refused
from bots.sandbox.store import moment
from bots.sandbox.wecom import limits

GET = "/cgi-bin/media/get"
TABLES = """
CREATE TABLE IF NOT EXISTS wecom_media (
  media_id TEXT PRIMARY KEY, account TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
  size INTEGER NOT NULL, made_at TEXT NOT NULL);
"""


def upload(call: Call, account: Account) -> dict[str, Any]:
    """POST media/upload?type=. Raises Refused 40004, 41005, 40006."""
    kind = call.query.get("type", "")
    if kind not in limits.MEDIA_MAX_BYTES:
        raise Refused(40004, "invalid media type")
    media_id = kept(call, account.key, kind)
    made = str(int(call.now.timestamp()))
    return {"type": kind, "media_id": media_id, "created_at": made}


def upload_attachment(call: Call, account: Account) -> dict[str, Any]:
    """POST media/upload_attachment?media_type=&attachment_type=, 1 for moments and 2 for albums of
    goods (page 上传附件资源). Raises Refused 40004, 40058, 41005, 40006."""
    kind = call.query.get("media_type", "")
    if kind not in ("image", "video", "file"):
        raise Refused(40004, "invalid media type")
    if call.query.get("attachment_type", "") not in ("1", "2"):
        raise Refused(40058, "invalid Request Parameter, attachment_type")
    media_id = kept(call, account.key, kind)
    return {"type": kind, "media_id": media_id, "created_at": int(call.now.timestamp())}


def get(call: Call, account: Account) -> Picture:
    """GET media/get?media_id=. Raises Refused 40007."""
    media_id = call.query.get("media_id", "")
    checked(call, account.key, media_id)
    return files.fetched(call.db, media_id)


def kept(call: Call, account: str, kind: str) -> str:
    """Keeps the file of a multipart body and returns its media_id. Raises Refused 41005, 40006."""
    file = files.of(call)
    size = len(file.content)
    if not limits.MEDIA_MIN_BYTES < size <= limits.MEDIA_MAX_BYTES[kind]:
        raise Refused(40006, "invalid media size")
    media_id = "3" + secrets.token_urlsafe(48)
    call.db.execute(
        "INSERT INTO wecom_media VALUES (?, ?, ?, ?, ?, ?)",
        (media_id, account, kind, file.name, size, moment(call.now)),
    )
    gone = moment(call.now - limits.MEDIA_LIVES)
    files.keep(call.db, media_id, file.content, moment(call.now), gone)
    return media_id


def checked(call: Call, account: str, media_id: object, *kinds: str) -> None:
    """Raises Refused 40007 for no media of this account, or none any more, or of another kind."""
    row = call.db.execute(
        "SELECT kind FROM wecom_media WHERE media_id = ? AND account = ? AND made_at > ?",
        (str(media_id), account, moment(call.now - limits.MEDIA_LIVES)),
    ).fetchone()
    if row is None or (kinds and row["kind"] not in kinds):
        raise Refused(40007, "invalid media_id")
