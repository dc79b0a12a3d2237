"""The menu under an official account's conversation ("Custom menus"): up to three buttons, each
with up to five below it."""

import json
from collections.abc import Mapping
from typing import Any

from bots.sandbox.accounts import OFFICIAL_ACCOUNT, Account
from bots.sandbox.calls import Call
from bots.sandbox.refusals import Refused
from bots.sandbox.store import moment

TABLE = """
CREATE TABLE IF NOT EXISTS menus (
  account TEXT PRIMARY KEY, definition TEXT NOT NULL, changed_at TEXT NOT NULL);
"""
BUTTONS_MAX, BELOW_MAX = 3, 5
NAME_MAX_BYTES, NAME_BELOW_MAX_BYTES = 16, 60
KEY_MAX_BYTES, URL_MAX_BYTES = 128, 1024
_BY_KEY = ("click", "scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album")
NEEDS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys((*_BY_KEY, "pic_weixin", "location_select"), ("key",)),
    "view": ("url",),
    "miniprogram": ("url", "appid", "pagepath"),
    "media_id": ("media_id",),
    "view_limited": ("media_id",),
    "article_id": ("article_id",),
    "article_view_limited": ("article_id",),
}
_MISSING = {"key": 40019, "url": 40020, "media_id": 40007, "appid": 40035, "pagepath": 40035}
_LONGEST = {"key": (KEY_MAX_BYTES, 40019), "url": (URL_MAX_BYTES, 40055)}


def create(call: Call) -> dict[str, Any]:
    """Raises Refused 40016, 40017, 40018, 40019, 40020, 40023, 40024, 40025 and 40055."""
    account, body = _account(call), call.body()
    buttons = body.get("button")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= BUTTONS_MAX:
        raise Refused(40016, "invalid button size")
    for button in buttons:
        _check(button)
    call.db.execute(
        "INSERT OR REPLACE INTO menus VALUES (?, ?, ?)",
        (account.key, json.dumps({"button": buttons}, ensure_ascii=False), moment(call.now)),
    )
    return {"errcode": 0, "errmsg": "ok"}


def get(call: Call) -> dict[str, Any]:
    """Raises Refused 46003."""
    row = call.db.execute(
        "SELECT definition FROM menus WHERE account = ?", (_account(call).key,)
    ).fetchone()
    if row is None:
        raise Refused(46003, "menu no exist")
    buttons = json.loads(row["definition"])["button"]
    return {"menu": {"button": [_shown(one) for one in buttons]}}


def delete(call: Call) -> dict[str, Any]:
    call.db.execute("DELETE FROM menus WHERE account = ?", (_account(call).key,))
    return {"errcode": 0, "errmsg": "ok"}


def _shown(button: Mapping[str, Any]) -> dict[str, Any]:
    """Every button has the list of those below it, be it empty."""
    below = button.get("sub_button") or []
    return {**button, "sub_button": [{**one, "sub_button": []} for one in below]}


def _check(button: Any) -> None:
    if not isinstance(button, dict):
        raise Refused(40016, "invalid button size")
    _check_name(button, NAME_MAX_BYTES, 40018)
    below = button.get("sub_button")
    if not below:
        _check_action(button, 40017)
        return
    if not isinstance(below, list) or len(below) > BELOW_MAX:
        raise Refused(40023, "invalid sub button size")
    for one in below:
        if not isinstance(one, dict) or one.get("sub_button"):
            raise Refused(40022, "invalid sub button level")
        _check_name(one, NAME_BELOW_MAX_BYTES, 40025)
        _check_action(one, 40024)


def _check_name(button: Mapping[str, Any], bytes_max: int, code: int) -> None:
    name = button.get("name")
    if not isinstance(name, str) or not 0 < len(name.encode()) <= bytes_max:
        raise Refused(code, "invalid button name size")


def _check_action(button: Mapping[str, Any], code: int) -> None:
    kind = str(button.get("type", ""))
    if kind not in NEEDS:
        raise Refused(code, "invalid button type")
    for name in NEEDS[kind]:
        value = button.get(name)
        if not isinstance(value, str) or not value:
            raise Refused(_MISSING.get(name, 40035), f"invalid button {name} size")
        longest, too_long = _LONGEST.get(name, (URL_MAX_BYTES, 40035))
        if len(value.encode()) > longest:
            raise Refused(too_long, f"invalid button {name} size")


def _account(call: Call) -> Account:
    account = call.account()
    if account.kind != OFFICIAL_ACCOUNT:
        raise Refused(48001, "api unauthorized")
    return account


ROUTES = (
    ("POST", "/cgi-bin/menu/create", create),
    ("GET", "/cgi-bin/menu/get", get),
    ("GET", "/cgi-bin/menu/delete", delete),
)
