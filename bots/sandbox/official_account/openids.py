"""Openids in a call: whose they are, lists of them, and pages of them."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from bots.sandbox.accounts import Account
from bots.sandbox.calls import Call
from bots.sandbox.official_account.subscriptions import OPENID
from bots.sandbox.refusals import Refused

PAGE = 10_000


def own(call: Call, account: Account, openid: object) -> str:
    """Returns it. Raises Refused 40003 for what cannot be an openid, 49003 for somebody whom
    another account of ours knows by it."""
    if not isinstance(openid, str) or not OPENID.fullmatch(openid):
        raise Refused(40003, "invalid openid")
    if call.sandbox.directory.is_of_another_account(account.key, openid):
        raise Refused(49003, "not match openid with appid")
    return openid


def of_list(call: Call, account: Account, given: object, most: int) -> list[str]:
    """Raises Refused 40032 for a list of another length, and as ``own``."""
    if not isinstance(given, list) or not 1 <= len(given) <= most:
        raise Refused(40032, "invalid openid list size")
    return [own(call, account, openid) for openid in given]


def page(everyone: Sequence[str], after: str) -> dict[str, Any]:
    """Those that come after the last one of the page before; all are in the order of openids."""
    start = bisect_right(everyone, after) if after else 0
    some = list(everyone[start : start + PAGE])
    found = {"data": {"openid": some}} if some else {}
    return {"count": len(some), **found, "next_openid": some[-1] if some else ""}
