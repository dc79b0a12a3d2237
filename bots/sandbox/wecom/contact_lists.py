"""Reading contacts and writing remarks on them (pages 获取客户列表, 获取客户详情, 批量获取客户详情,
修改客户备注信息)."""

import json
import sqlite3
from typing import Any

from bots.sandbox.accounts import Account
from bots.sandbox.calls import Call
from bots.sandbox.refusals import Refused
from bots.sandbox.store import moment_from
from bots.sandbox.wecom import contacts, fields, limits, paging, staff, tag_marks

ALL = 1_000_000


def listed(call: Call, account: Account) -> dict[str, Any]:
    """GET externalcontact/list?userid=. Raises Refused 60111, 84074, 84061 for nobody."""
    userid = staff.checked(account, call.query.get("userid", ""))
    contacts.begin(call.db, call.sandbox.directory, account, call.now)
    rows = contacts.of_staff(call.db, account.key, [userid], 0, ALL)
    if not rows:
        raise Refused(84061, "not external contact")
    return {"external_userid": [row["external_userid"] for row in rows]}


def one(call: Call, account: Account) -> dict[str, Any]:
    """GET externalcontact/get?external_userid=. Raises Refused 40096, 84061."""
    external_userid = contacts.checked_id(call.query.get("external_userid"))
    contacts.begin(call.db, call.sandbox.directory, account, call.now)
    rows = contacts.of_person(call.db, account.key, external_userid)
    if not rows:
        raise Refused(84061, "not external contact")
    person = contacts.described(call.sandbox.directory, account.key, external_userid)
    follow_user = [{**_follow_info(row), "tags": tag_marks.shown(call.db, row)} for row in rows]
    return {"external_contact": person, "follow_user": follow_user, "next_cursor": ""}


def of_several(call: Call, account: Account) -> dict[str, Any]:
    """POST externalcontact/batch/get_by_user."""
    body = call.body()
    userids = fields.texts(body, "userid_list", limits.USERIDS_MAX)
    for userid in userids:
        staff.checked(account, userid)
    limit = fields.number(body, "limit", 1, limits.BATCH_MAX, default=50)
    after = paging.after(fields.text(body, "cursor", needed=False))
    contacts.begin(call.db, call.sandbox.directory, account, call.now)
    found = contacts.of_staff(call.db, account.key, userids, after, limit + 1)
    rows, cursor = paging.cut(found, limit)
    return {
        "external_contact_list": [_in_batch(call, account, row) for row in rows],
        "next_cursor": cursor,
    }


def remark(call: Call, account: Account) -> dict[str, Any]:
    """POST externalcontact/remark: what is given is changed, the rest stays. Raises Refused."""
    body = call.body()
    userid = staff.checked(account, fields.text(body, "userid"))
    contacts.begin(call.db, call.sandbox.directory, account, call.now)
    row = contacts.checked(call.db, account.key, userid, body.get("external_userid"))
    changed = _remarks(body)
    if not changed:
        raise Refused(40063, "some parameters are empty, nothing to change")
    names = ", ".join(f"{name} = ?" for name in changed)  # of the columns below, nothing else
    call.db.execute(
        f"UPDATE wecom_contacts SET {names} WHERE number = ?",  # nosec B608
        (*changed.values(), row["number"]),
    )
    return {}


def _remarks(body: fields.Body) -> dict[str, str]:
    changed = {}
    for name, column, most in (
        ("remark", "remark", limits.REMARK_MAX_CHARS),
        ("description", "description", limits.DESCRIPTION_MAX_CHARS),
        ("remark_company", "remark_company", limits.REMARK_MAX_CHARS),
    ):
        if name in body:
            changed[column] = fields.text(body, name, needed=False, most_chars=most)
    if "remark_mobiles" in body:
        most = limits.REMARK_MOBILES_MAX
        changed["mobiles"] = json.dumps(fields.texts(body, "remark_mobiles", most, needed=False))
    return changed


def _follow_info(row: sqlite3.Row) -> dict[str, Any]:
    shown = {
        "userid": row["userid"],
        "remark": row["remark"],
        "description": row["description"],
        "createtime": int(moment_from(row["added_at"]).timestamp()),
        "remark_corp_name": row["remark_company"],
        "remark_mobiles": json.loads(row["mobiles"]),
        "oper_userid": row["external_userid"],
        "add_way": row["add_way"],
    }
    return {**shown, "state": row["state"]} if row["state"] else shown


def _in_batch(call: Call, account: Account, row: sqlite3.Row) -> dict[str, Any]:
    person = contacts.described(call.sandbox.directory, account.key, row["external_userid"])
    tag_id = [tag["tag_id"] for tag in tag_marks.shown(call.db, row) if tag["type"] == 1]
    return {"external_contact": person, "follow_info": {**_follow_info(row), "tag_id": tag_id}}
