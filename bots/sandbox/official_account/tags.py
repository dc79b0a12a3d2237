"""The account's tags and who has them.

Official documentation: "Tag management" (createTag, getTags, updateTag, deleteTag, batchTagging,
batchUnTagging, getTagidList, getTagFans).
"""

import sqlite3
from typing import Any

from bots.sandbox import limits
from bots.sandbox.accounts import Account
from bots.sandbox.calls import Call
from bots.sandbox.official_account import openids
from bots.sandbox.refusals import Refused

STARRED = 2  # there from the beginning, as are 0 and 1, which nobody sees
RESERVED = (0, 1, STARRED)
FIRST = 100
TABLES = """
CREATE TABLE IF NOT EXISTS account_tags (
  account TEXT NOT NULL, id INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (account, id),
  UNIQUE (account, name));
CREATE TABLE IF NOT EXISTS taggings (
  account TEXT NOT NULL, openid TEXT NOT NULL, tag_id INTEGER NOT NULL,
  PRIMARY KEY (account, openid, tag_id));
CREATE INDEX IF NOT EXISTS taggings_of ON taggings (account, tag_id, openid);
"""


def create(call: Call) -> dict[str, Any]:
    account = call.account()
    name = _name(call, account, _tag_in(call).get("name"))
    db = call.db
    last, count = db.execute(
        "SELECT coalesce(max(id), ?), count(*) FROM account_tags WHERE account = ?",
        (FIRST - 1, account.key),
    ).fetchone()
    if count >= limits.TAGS_MAX:
        raise Refused(45056, "too many tag now, no need to add new")
    db.execute("INSERT INTO account_tags VALUES (?, ?, ?)", (account.key, last + 1, name))
    return {"tag": {"id": last + 1, "name": name}}


def listed(call: Call) -> dict[str, Any]:
    account = call.account()
    rows = call.db.execute(
        "SELECT id, name FROM account_tags WHERE account = ? ORDER BY id", (account.key,)
    ).fetchall()
    known = [(STARRED, "星标组"), *((row["id"], row["name"]) for row in rows)]
    return {
        "tags": [
            {"id": tag_id, "name": name, "count": len(_openids_with(call.db, account, tag_id))}
            for tag_id, name in known
        ]
    }


def update(call: Call) -> dict[str, Any]:
    account, tag = call.account(), _tag_in(call)
    tag_id = _changeable(call, account, tag.get("id"))
    name = _name(call, account, tag.get("name"), tag_id)
    call.db.execute(
        "UPDATE account_tags SET name = ? WHERE account = ? AND id = ?", (name, account.key, tag_id)
    )
    return {"errcode": 0, "errmsg": "ok"}


def delete(call: Call) -> dict[str, Any]:
    account = call.account()
    tag_id = _changeable(call, account, _tag_in(call).get("id"))
    if len(_openids_with(call.db, account, tag_id)) > limits.DELETED_TAG_FOLLOWERS_MAX:
        raise Refused(45057, "can't delete the tag that has too many fans")
    where = (account.key, tag_id)
    call.db.execute("DELETE FROM account_tags WHERE account = ? AND id = ?", where)
    call.db.execute("DELETE FROM taggings WHERE account = ? AND tag_id = ?", where)
    return {"errcode": 0, "errmsg": "ok"}


def tag_members(call: Call) -> dict[str, Any]:
    account, body = call.account(), call.body()
    tag_id = _known(call, account, body.get("tagid"))
    tagged = openids.of_list(call, account, body.get("openid_list"), limits.TAGGED_AT_ONCE_MAX)
    for openid in tagged:
        held = set(ids_of(call.db, account.key, openid)) | {tag_id}
        if len(held) > limits.TAGS_A_FOLLOWER_MAX:
            raise Refused(45059, "can't add this tag because of too many tags on this user")
    call.db.executemany(
        "INSERT OR IGNORE INTO taggings VALUES (?, ?, ?)",
        [(account.key, openid, tag_id) for openid in tagged],
    )
    return {"errcode": 0, "errmsg": "ok"}


def untag_members(call: Call) -> dict[str, Any]:
    account, body = call.account(), call.body()
    tag_id = _known(call, account, body.get("tagid"))
    untagged = openids.of_list(call, account, body.get("openid_list"), limits.TAGGED_AT_ONCE_MAX)
    call.db.executemany(
        "DELETE FROM taggings WHERE account = ? AND openid = ? AND tag_id = ?",
        [(account.key, openid, tag_id) for openid in untagged],
    )
    return {"errcode": 0, "errmsg": "ok"}


def of_member(call: Call) -> dict[str, Any]:
    account = call.account()
    openid = openids.own(call, account, call.body().get("openid"))
    return {"tagid_list": ids_of(call.db, account.key, openid)}


def members(call: Call) -> dict[str, Any]:
    """Ten thousand openids a page."""
    account, body = call.account(), call.body()
    everyone = _openids_with(call.db, account, _known(call, account, body.get("tagid")))
    return openids.page(everyone, str(body.get("next_openid") or ""))


def ids_of(db: sqlite3.Connection, account: str, openid: str) -> list[int]:
    rows = db.execute(
        "SELECT tag_id FROM taggings WHERE account = ? AND openid = ? ORDER BY rowid",
        (account, openid),
    )
    return [int(row["tag_id"]) for row in rows]


def openids_with(db: sqlite3.Connection, account: Account, tag_id: str) -> list[str] | None:
    """Who has a tag; None if there is no such tag."""
    known = db.execute(
        "SELECT 1 FROM account_tags WHERE account = ? AND id = ?", (account.key, tag_id)
    ).fetchone()
    if known is None and tag_id != str(STARRED):
        return None
    return _openids_with(db, account, int(tag_id))


def _openids_with(db: sqlite3.Connection, account: Account, tag_id: int) -> list[str]:
    rows = db.execute(
        "SELECT openid FROM taggings WHERE account = ? AND tag_id = ? ORDER BY openid",
        (account.key, tag_id),
    )
    return [str(row["openid"]) for row in rows]


def _tag_in(call: Call) -> dict[str, Any]:
    tag = call.body().get("tag")
    if not isinstance(tag, dict):
        raise Refused(47001, "data format error, tag missing")
    return tag


def _name(call: Call, account: Account, name: object, own_id: int = 0) -> str:
    """Raises Refused 45157, 45158."""
    if not isinstance(name, str) or not name.strip():
        raise Refused(45157, "invalid tag name")
    if len(name) > limits.TAG_NAME_MAX_CHARS:
        raise Refused(45158, "invalid tag name, it is too long")
    taken = call.db.execute(
        "SELECT id FROM account_tags WHERE account = ? AND name = ? AND id != ?",
        (account.key, name, own_id),
    ).fetchone()
    if taken is not None or name == "星标组":
        raise Refused(45157, "invalid tag name, there is one of this name")
    return name


def _changeable(call: Call, account: Account, tag_id: object) -> int:
    """Raises Refused 45058, 45159."""
    if tag_id in RESERVED:
        raise Refused(45058, "can't modify sys tag")
    return _known(call, account, tag_id)


def _known(call: Call, account: Account, tag_id: object) -> int:
    """Raises Refused 45159."""
    if tag_id == STARRED:
        return STARRED
    found = call.db.execute(
        "SELECT id FROM account_tags WHERE account = ? AND id = ?", (account.key, str(tag_id))
    ).fetchone()
    if found is None:
        raise Refused(45159, "invalid tag id")
    return int(found["id"])


ROUTES = (
    ("POST", "/cgi-bin/tags/create", create),
    ("GET", "/cgi-bin/tags/get", listed),
    ("POST", "/cgi-bin/tags/update", update),
    ("POST", "/cgi-bin/tags/delete", delete),
    ("POST", "/cgi-bin/tags/members/batchtagging", tag_members),
    ("POST", "/cgi-bin/tags/members/batchuntagging", untag_members),
    ("POST", "/cgi-bin/tags/getidlist", of_member),
    ("POST", "/cgi-bin/user/tag/get", members),
)
