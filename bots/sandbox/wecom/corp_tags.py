"""The corp's tags and marking contacts with them (pages 管理企业标签, 编辑客户企业标签)."""

import sqlite3
from typing import Any

from bots.sandbox.accounts import Account
from bots.sandbox.calls import Call
from bots.sandbox.refusals import Refused
from bots.sandbox.store import moment_from
from bots.sandbox.wecom import contacts, fields, limits, staff, tag_book, tag_marks

ORDER_MAX = 2**32 - 1


def listed(call: Call, account: Account) -> dict[str, Any]:
    """POST get_corp_tag_list: all, or those of some ids; tag_id counts before group_id."""
    body = call.body()
    tag_ids = fields.texts(body, "tag_id", needed=False)
    group_ids = fields.texts(body, "group_id", needed=False)
    groups = [_shown_group(call.db, row) for row in tag_book.groups(call.db, account.key)]
    if tag_ids:
        groups = [_only(group, set(tag_ids)) for group in groups]
        groups = [group for group in groups if group["tag"]]
    elif group_ids:
        groups = [group for group in groups if group["group_id"] in group_ids]
    return {"tag_group": groups}


def add(call: Call, account: Account) -> dict[str, Any]:
    """POST add_corp_tag: into the group of an id, else of a name, which is made if there is none.
    Raises Refused 40058, 40068 for an unknown group, 40071 for a name there is already."""
    body = call.body()
    wanted = [(_name(tag, "name"), _order(tag)) for tag in fields.objects(body, "tag")]
    (count,) = call.db.execute(
        "SELECT count(*) FROM wecom_tags WHERE account = ?", (account.key,)
    ).fetchone()
    if count + len(wanted) > limits.TAGS_MAX:
        raise Refused(40058, f"invalid Request Parameter, at most {limits.TAGS_MAX} tags")
    group = _group_for(call, account, body)
    if group is not None:
        tag_book.refuse_taken(call.db, group["group_id"], [name for name, _ in wanted])
    if len({name for name, _ in wanted}) < len(wanted):
        raise Refused(40071, "UserTag Name Already Exist")
    if group is None:
        name = _name(body, "group_name")
        group = tag_book.make_group(call.db, account.key, name, call.now, _order(body))
    ids = [tag_book.make(call.db, group, name, call.now, order) for name, order in wanted]
    return {"tag_group": _only(_shown_group(call.db, group), set(ids))}


def edit(call: Call, account: Account) -> dict[str, Any]:
    """POST edit_corp_tag: a tag or a group by its id. Raises Refused 40068, 40071."""
    body = call.body()
    one_id = fields.text(body, "id")
    table, column = tag_book.place_of(call.db, account.key, one_id)
    name = _name(body, "name") if body.get("name") else ""
    if name:
        tag_book.rename(call.db, table, column, one_id, name)
    if "order" in body:
        call.db.execute(
            f"UPDATE {table} SET position = ? WHERE {column} = ?",  # nosec B608
            (_order(body), one_id),
        )
    return {}


def remove(call: Call, account: Account) -> dict[str, Any]:
    """POST del_corp_tag: tags and whole groups. Raises Refused 40063 without any, 40068."""
    body = call.body()
    tag_ids = fields.texts(body, "tag_id", needed=False)
    group_ids = fields.texts(body, "group_id", needed=False)
    if not tag_ids and not group_ids:
        raise Refused(40063, "some parameters are empty, tag_id or group_id")
    for one in (*tag_ids, *group_ids):
        tag_book.place_of(call.db, account.key, one)
    for group_id in group_ids:
        tag_book.drop_group(call.db, group_id)
    for tag_id in tag_ids:
        tag_book.drop(call.db, tag_id)
    return {}


def mark(call: Call, account: Account) -> dict[str, Any]:
    """POST mark_tag. Raises Refused 40063 if nothing is added or removed, 40068, 84061."""
    body = call.body()
    userid = staff.checked(account, fields.text(body, "userid"))
    contacts.begin(call.db, call.sandbox.directory, account, call.now)
    row = contacts.checked(call.db, account.key, userid, body.get("external_userid"))
    added = fields.texts(body, "add_tag", needed=False)
    removed = fields.texts(body, "remove_tag", needed=False)
    if not added and not removed:
        raise Refused(40063, "some parameters are empty, add_tag or remove_tag")
    tag_book.check_tags(call.db, account.key, (*added, *removed))
    tag_marks.put(call.db, account.key, userid, row["external_userid"], added)
    tag_marks.take(call.db, account.key, userid, row["external_userid"], removed)
    return {}


def _group_for(call: Call, account: Account, body: fields.Body) -> sqlite3.Row | None:
    group_id = fields.text(body, "group_id", needed=False)
    if not group_id:
        return tag_book.group_of_name(call.db, account.key, _name(body, "group_name"))
    for row in tag_book.groups(call.db, account.key):
        if row["group_id"] == group_id:
            return row
    raise Refused(40068, "invalid tagid")


def _shown_group(db: sqlite3.Connection, group: sqlite3.Row) -> dict[str, Any]:
    rows = db.execute(
        "SELECT * FROM wecom_tags WHERE group_id = ? ORDER BY position DESC, number",
        (group["group_id"],),
    )
    tags = [{"id": row["tag_id"], **_named(row)} for row in rows]
    shown = {"group_id": group["group_id"], "group_name": group["name"]}
    return {**shown, **{k: v for k, v in _named(group).items() if k != "name"}, "tag": tags}


def _named(row: sqlite3.Row) -> dict[str, Any]:
    made = int(moment_from(row["made_at"]).timestamp())
    return {"name": row["name"], "create_time": made, "order": row["position"], "deleted": False}


def _only(group: dict[str, Any], tag_ids: set[str]) -> dict[str, Any]:
    return {**group, "tag": [tag for tag in group["tag"] if tag["id"] in tag_ids]}


def _name(body: fields.Body, field: str) -> str:
    return fields.text(body, field, most_chars=limits.TAG_NAME_MAX_CHARS)


def _order(body: fields.Body) -> int:
    return fields.number(body, "order", 0, ORDER_MAX)
