"""Who writes to a kf account (page 获取客户基础信息)."""

from typing import Any

from bots.sandbox.accounts import Account
from bots.sandbox.calls import Call
from bots.sandbox.wecom import contacts, fields, limits
from bots.sandbox.wecom.kf import sessions


def several(call: Call, account: Account) -> dict[str, Any]:
    """POST kf/customer/batchget: those who have written within two days; the others are
    invalid."""
    body = call.body()
    ids = fields.texts(body, "external_userid_list", limits.KF_CUSTOMERS_MAX)
    with_context = fields.number(body, "need_enter_session_context", 0, 1)
    known = [one for one in ids if sessions.has_been_here(call.db, account.key, one)]
    shown = []
    for one in known:
        person = contacts.described(call.sandbox.directory, account.key, one)
        person = {("nickname" if name == "name" else name): person[name] for name in person}
        context = sessions.entered(call.db, account.key, one) if with_context else None
        shown.append({**person, **({"enter_session_context": context} if context else {})})
        del shown[-1]["type"]
    return {
        "customer_list": shown,
        "invalid_external_userid": [one for one in ids if one not in known],
    }
