"""Who follows which official account, and through which scene she came."""

import re
import sqlite3
from datetime import datetime

from bots.sandbox.accounts import Account, Directory
from bots.sandbox.refusals import Refused
from bots.sandbox.store import moment

OPENID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def subscribe(db: sqlite3.Connection, account: str, openid: str, scene: str, now: datetime) -> None:
    _change(db, account, openid, True, scene, now)


def unsubscribe(db: sqlite3.Connection, account: str, openid: str, now: datetime) -> None:
    _change(db, account, openid, False, "", now)


def found(db: sqlite3.Connection, account: str, openid: str) -> sqlite3.Row | None:
    """The last change, if there ever was one."""
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM subscriptions WHERE account = ? AND openid = ?", (account, openid)
    ).fetchone()
    return row


def is_subscribed(db: sqlite3.Connection, directory: Directory, account: str, openid: str) -> bool:
    """Until something changes it, members are as the accounts file says. Strangers count as
    subscribed: a foreign client brings members of its own, whose history is not ours."""
    change = found(db, account, openid)
    if change is not None:
        return bool(change["subscribed"])
    member = directory.owner(account, openid)
    return member is None or member.subscribed


def check_openid(directory: Directory, account: Account, openid: object) -> str:
    """Returns it. Raises Refused 40003 for what cannot be an openid, and for the openid by which
    another account of ours knows a member."""
    if not isinstance(openid, str) or not OPENID.fullmatch(openid):
        raise Refused(40003, "invalid openid")
    if directory.is_of_another_account(account.key, openid):
        raise Refused(40003, "invalid openid, it belongs to another appid")
    return openid


def subscribed_openids(db: sqlite3.Connection, directory: Directory, account: str) -> list[str]:
    """In the order of the openids."""
    rows = db.execute("SELECT openid FROM subscriptions WHERE account = ?", (account,))
    everyone = {str(row["openid"]) for row in rows}
    everyone |= {member.ids[account] for member in directory.members if account in member.ids}
    return sorted(one for one in everyone if is_subscribed(db, directory, account, one))


def _change(
    db: sqlite3.Connection, account: str, openid: str, on: bool, scene: str, now: datetime
) -> None:
    db.execute(
        "INSERT INTO subscriptions VALUES (?, ?, ?, ?, ?) ON CONFLICT (account, openid) DO UPDATE"
        " SET subscribed = excluded.subscribed, changed_at = excluded.changed_at,"
        " scene = excluded.scene",
        (account, openid, on, moment(now), scene),
    )
