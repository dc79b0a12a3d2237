"""Reading customer groups (pages 获取客户群列表, 获取客户群详情)."""

import sqlite3
from typing import Any

from bots.sandbox.accounts import Account
from bots.sandbox.calls import Call
from bots.sandbox.refusals import Refused
from bots.sandbox.store import moment_from
from bots.sandbox.wecom import contacts, fields, groups, limits, paging, staff

OPENGID_PREFIX = "og"
EVERY_STATUS, STATUS_MAX = 0, 3
FOLLOWED = 0  # the status of a group whose owner has not left the corp; here nobody does


def listed(call: Call, account: Account) -> dict[str, Any]:
    """POST groupchat/list. Raises Refused 40058, 60111."""
    body = call.body()
    status = fields.number(body, "status_filter", EVERY_STATUS, STATUS_MAX)
    limit = fields.number(body, "limit", 1, limits.GROUPS_PAGE_MAX, needed=True)
    after = paging.after(fields.text(body, "cursor", needed=False))
    owners = owners_in(account, body)
    groups.begin(call.db, call.sandbox.directory, account, call.now)
    found = groups.listed(call.db, account.key, owners, after, limit + 1)
    rows, cursor = paging.cut(found if status == EVERY_STATUS else [], limit)
    listed = [{"chat_id": row["chat_id"], "status": FOLLOWED} for row in rows]
    return {"group_chat_list": listed, **({"next_cursor": cursor} if cursor else {})}


def one(call: Call, account: Account) -> dict[str, Any]:
    """POST groupchat/get. Raises Refused 40050."""
    body = call.body()
    chat_id, with_names = fields.text(body, "chat_id"), fields.number(body, "need_name", 0, 1)
    groups.begin(call.db, call.sandbox.directory, account, call.now)
    group = groups.checked(call.db, account.key, chat_id)
    members = groups.members(call.db, account.key, chat_id)
    return {
        "group_chat": {
            "chat_id": chat_id,
            "name": group["name"],
            "owner": group["owner"],
            "create_time": _seconds(group["made_at"]),
            "notice": group["notice"],
            "member_list": [_shown(call, account, row, bool(with_names)) for row in members],
            "admin_list": [],
            "member_version": group["version"],
        }
    }


def of_opengid(call: Call, account: Account) -> dict[str, Any]:
    """POST opengid_to_chatid: what a mini-program opened in a group is told the group is. Here it
    is the chat_id with another prefix. Raises Refused 40050."""
    opengid = fields.text(call.body(), "opengid")
    groups.begin(call.db, call.sandbox.directory, account, call.now)
    group = groups.checked(call.db, account.key, "wr" + opengid.removeprefix(OPENGID_PREFIX))
    return {"chat_id": group["chat_id"]}


def owners_in(account: Account, body: fields.Body) -> list[str]:
    """The owner_filter of a body. Raises Refused 40058, 60111."""
    owner_filter = fields.object_(body, "owner_filter", needed=False)
    owners = fields.texts(owner_filter, "userid_list", limits.OWNERS_MAX, needed=False)
    for userid in owners:
        if userid not in staff.userids(account):
            raise Refused(60111, "userid not found")
    return owners


def _shown(call: Call, account: Account, row: sqlite3.Row, with_name: bool) -> dict[str, Any]:
    is_staff = row["type"] == groups.STAFF
    person = None if is_staff else call.sandbox.directory.owner(account.key, row["member_id"])
    shown = {
        "userid": row["member_id"],
        "type": row["type"],
        "unionid": person.unionid if person else "",
        "join_time": _seconds(row["joined_at"]),
        "join_scene": row["join_scene"],
        "invitor": {"userid": row["invitor"]} if row["invitor"] else None,
        "state": row["state"],
        "group_nickname": "",
    }
    if with_name:
        outside = contacts.name_of(call.sandbox.directory, account.key, row["member_id"])
        shown["name"] = staff.name_of(account, row["member_id"]) if is_staff else outside
    needless = [name for name in ("unionid", "invitor", "state") if not shown[name]]
    return {name: value for name, value in shown.items() if name not in needless}


def _seconds(at: str) -> int:
    return int(moment_from(at).timestamp())
