"""From one platform's id of a person to another's (pages unionid与external_userid的关联,
外部联系人openid转换)."""

import hashlib
from datetime import timedelta
from typing import Any

from bots.sandbox.accounts import Account
from bots.sandbox.calls import Call
from bots.sandbox.refusals import Refused
from bots.sandbox.wecom import contacts, fields, rates

PEOPLE_MAX = 100
AN_HOUR, HOUR = 100_000, timedelta(hours=1)


def to_external_userid(call: Call, account: Account) -> dict[str, Any]:
    """POST idconvert/unionid_to_external_userid: a contact's id, else a pending_id. Raises
    Refused 40058, 45009."""
    body = call.body()
    unionid = fields.text(body, "unionid")
    fields.text(body, "openid")
    fields.number(body, "subject_type", 0, 1)
    rates.count(call.db, account.key, "convert", AN_HOUR, HOUR, call.now)
    found = _contact(call, account, unionid)
    return {"external_userid": found} if found else {"pending_id": _pending_id(unionid)}


def to_contact(call: Call, account: Account) -> dict[str, Any]:
    """POST externalcontact/unionid_to_external_userid, the older one. Raises Refused 84061."""
    unionid = fields.text(call.body(), "unionid")
    rates.count(call.db, account.key, "convert", AN_HOUR, HOUR, call.now)
    found = _contact(call, account, unionid)
    if found is None:
        raise Refused(84061, "not external contact")
    return {"external_userid": found}


def to_pending_ids(call: Call, account: Account) -> dict[str, Any]:
    """POST idconvert/batch/external_userid_to_pending_id: of those with a unionid."""
    people = fields.texts(call.body(), "external_userid", PEOPLE_MAX)
    found = []
    for one in people:
        member = call.sandbox.directory.owner(account.key, contacts.checked_id(one))
        if member is not None and member.unionid:
            found.append({"external_userid": one, "pending_id": _pending_id(member.unionid)})
    return {"result": found}


def to_openid(call: Call, account: Account) -> dict[str, Any]:
    """POST externalcontact/convert_to_openid. Raises Refused 84061."""
    who = contacts.checked_id(call.body().get("external_userid"))
    contacts.begin(call.db, call.sandbox.directory, account, call.now)
    if not contacts.of_person(call.db, account.key, who):
        raise Refused(84061, "not external contact")
    return {"openid": "o" + hashlib.sha256(who.encode()).hexdigest()[:27]}


def _contact(call: Call, account: Account, unionid: str) -> str | None:
    contacts.begin(call.db, call.sandbox.directory, account, call.now)
    of_union = (one for one in call.sandbox.directory.members if one.unionid == unionid)
    member = next(of_union, None)
    who = member.ids.get(account.key, "") if member else ""
    return who if contacts.of_person(call.db, account.key, who) else None


def _pending_id(unionid: str) -> str:
    return "p" + hashlib.sha256(unionid.encode()).hexdigest()[:31]
