"""Who answers for an official account in its own console ("Customer service management"): the
``kf_accounts`` of its settings, each ``{"account", "nick"}``. Nobody is ever online here."""

from typing import Any

from bots.sandbox.accounts import OFFICIAL_ACCOUNT
from bots.sandbox.calls import Call
from bots.sandbox.refusals import Refused

FIRST_ID = 1001


def listed(call: Call) -> dict[str, Any]:
    shown = [
        {
            "kf_account": str(one["account"]),
            "kf_headimgurl": "",
            "kf_id": str(number),
            "kf_nick": str(one.get("nick", one["account"])),
        }
        for number, one in enumerate(_accounts(call), start=FIRST_ID)
    ]
    return {"kf_list": shown}


def online(call: Call) -> dict[str, Any]:
    _accounts(call)
    return {"kf_online_list": []}


def _accounts(call: Call) -> list[dict[str, Any]]:
    account = call.account()
    if account.kind != OFFICIAL_ACCOUNT:
        raise Refused(48001, "api unauthorized")
    return list(account.settings.get("kf_accounts", ()))


ROUTES = (
    ("GET", "/cgi-bin/customservice/getkflist", listed),
    ("GET", "/cgi-bin/customservice/getonlinekflist", online),
)
