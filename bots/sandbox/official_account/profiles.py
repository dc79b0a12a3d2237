"""Which members follow, and what the account may know of them. Official documentation: "User
management" (getUserInfo, batchGetUserInfo, getFans)."""

from typing import Any

from bots.sandbox.accounts import Account
from bots.sandbox.calls import Call
from bots.sandbox.official_account import openids, remarks, subscriptions, tags
from bots.sandbox.refusals import Refused
from bots.sandbox.store import moment_from

BATCH_MAX = 100
SUBSCRIBED_LONG_AGO = 1_700_000_000  # for members who were there before the sandbox was


def one(call: Call) -> dict[str, Any]:
    account = call.account()
    return _profile(call, account, call.query.get("openid"))


def several(call: Call) -> dict[str, Any]:
    account, body = call.account(), call.body()
    wanted = body.get("user_list")
    if not isinstance(wanted, list) or not 1 <= len(wanted) <= BATCH_MAX:
        raise Refused(40032, "invalid openid list size")
    asked = [entry.get("openid") if isinstance(entry, dict) else None for entry in wanted]
    return {"user_info_list": [_profile(call, account, openid) for openid in asked]}


def listed(call: Call) -> dict[str, Any]:
    """Ten thousand openids a page."""
    account = call.account()
    everyone = subscriptions.subscribed_openids(call.db, call.sandbox.directory, account.key)
    found = openids.page(everyone, call.query.get("next_openid", ""))
    return {"total": len(everyone), **found}


def _profile(call: Call, account: Account, given: object) -> dict[str, Any]:
    directory = call.sandbox.directory
    openid = subscriptions.check_openid(directory, account, given)
    member = directory.owner(account.key, openid)
    union = {"unionid": member.unionid} if member and member.unionid else {}
    if not subscriptions.is_subscribed(call.db, directory, account.key, openid):
        return {"subscribe": 0, "openid": openid, **union}
    change = subscriptions.found(call.db, account.key, openid)
    scene = change["scene"] if change else ""
    since = moment_from(change["changed_at"]).timestamp() if change else SUBSCRIBED_LONG_AGO
    return {
        "subscribe": 1,
        "openid": openid,
        "language": "zh_CN",
        "subscribe_time": int(since),
        **union,
        "remark": remarks.of_member(call.db, account.key, openid),
        "groupid": 0,
        "tagid_list": tags.ids_of(call.db, account.key, openid),
        "subscribe_scene": "ADD_SCENE_QR_CODE" if scene else "ADD_SCENE_SEARCH",
        "qr_scene": int(scene) if scene.isdigit() else 0,
        "qr_scene_str": "" if scene.isdigit() else scene,
    }
