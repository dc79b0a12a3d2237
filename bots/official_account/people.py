"""An official account's people: who follows, what the platform knows of them, how it labels them.

Official documentation: "User management" (getUserInfo, batchGetUserInfo, getFans, updateRemark,
getBlacklist, batchBlackList). Nicknames and pictures are not among what it tells, since 2021-12-27.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bots import answers
from bots.messages import Answer, Outcome, Outgoing
from bots.official_account import tags
from bots.wechat_api import PlatformRefused, WeChatApi, checked
from bots.wechat_media import of_question
from bots.wire import PlatformUnavailable

PROFILES_MAX = 100  # a call
FOLLOWERS_A_PAGE = 10_000
LANGUAGE = "zh_CN"


def profile(api: WeChatApi, openid: str) -> dict[str, Any]:
    """subscribe, unionid, remark, tagid_list, subscribe_scene, qr_scene_str and so on. Raises
    PlatformRefused and PlatformUnavailable, as everything here."""
    params = {"openid": openid, "lang": LANGUAGE}
    return checked(api.ask("GET", "/cgi-bin/user/info", params=params))


def profiles(api: WeChatApi, openids: Sequence[str]) -> list[dict[str, Any]]:
    """The same of up to a hundred people."""
    wanted = [{"openid": openid, "lang": LANGUAGE} for openid in openids]
    body = {"user_list": wanted}
    told = checked(api.ask("POST", "/cgi-bin/user/info/batchget", body=body))
    return list(told.get("user_info_list", []))


def followers(api: WeChatApi, after: str = "") -> dict[str, Any]:
    """A page of up to 10,000 openids: {total, count, data: {openid: […]}, next_openid}. ``after``
    is the last openid of the page before."""
    params = {"next_openid": after} if after else {}
    return checked(api.ask("GET", "/cgi-bin/user/get", params=params))


def set_remark(api: WeChatApi, openid: str, remark: str) -> None:
    """What operators see in the account's console; fewer than 30 characters."""
    body = {"openid": openid, "remark": remark}
    checked(api.ask("POST", "/cgi-bin/user/info/updateremark", body=body))


def blacklist(api: WeChatApi, openids: Sequence[str], *, listed: bool) -> None:
    """From now on (``listed``) the account does not hear them; or it does again. Up to 20."""
    verb = "batchblacklist" if listed else "batchunblacklist"
    body = {"openid_list": list(openids)}
    checked(api.ask("POST", f"/cgi-bin/tags/members/{verb}", body=body))


def blacklisted(api: WeChatApi, after: str = "") -> dict[str, Any]:
    """A page of those whom the account does not hear, in the form of ``followers``."""
    body = {"begin_openid": after}
    return checked(api.ask("POST", "/cgi-bin/tags/members/getblacklist", body=body))


def is_blacklisted(api: WeChatApi, openid: str) -> bool:
    after = ""
    while True:
        page = blacklisted(api, after)
        found = page.get("data", {}).get("openid", [])
        if openid in found or len(found) < FOLLOWERS_A_PAGE:
            return openid in found
        after = str(found[-1])


def quota(api: WeChatApi, path: str) -> dict[str, Any]:
    """{daily_limit, used, remain} of an API today."""
    found = checked(api.ask("POST", "/cgi-bin/openapi/quota/get", body={"cgi_path": path}))
    return dict(found["quota"])


def clear_quota(api: WeChatApi, appid: str) -> None:
    """All counts of today begin anew; ten times a month, so for an operator to decide."""
    checked(api.ask("POST", "/cgi-bin/clear_quota", body={"appid": appid}))


def refused_call(api: WeChatApi, rid: str) -> dict[str, Any]:
    """What became of the call whose error text had this request id; for seven days."""
    found = checked(api.ask("POST", "/cgi-bin/openapi/rid/get", body={"rid": rid}))
    return dict(found["request"])


def answer(api: WeChatApi, outgoing: Outgoing) -> Answer:
    """The platform's answer to one of ``QUESTIONS``. Raises nothing."""
    try:
        return Answer(Outcome.ACCEPTED, told=QUESTIONS[outgoing.kind](api, outgoing))
    except PlatformUnavailable as failure:
        return answers.of_failure(failure)
    except PlatformRefused as refusal:
        return of_question(refusal)
    except (KeyError, TypeError, ValueError, AttributeError):
        return Answer(Outcome.AMBIGUOUS, reason="broken answer")


def _ask_profile(api: WeChatApi, outgoing: Outgoing) -> Mapping[str, Any]:
    """Her UnionId, where the account is bound to an Open Platform account."""
    unionid = profile(api, outgoing.recipient).get("unionid")
    return {"UnionId": str(unionid)} if unionid else {}


def _ask_followers(api: WeChatApi, outgoing: Outgoing) -> Mapping[str, Any]:
    page = followers(api, str(outgoing.content.get("after", "")))
    openids = page.get("data", {}).get("openid", [])
    return {"Total": int(page.get("total", 0)), "OpenIds": [str(openid) for openid in openids]}


def _ask_profiles(api: WeChatApi, outgoing: Outgoing) -> Mapping[str, Any]:
    found = profiles(api, outgoing.content["openids"])
    return {"Profiles": [_in_our_words(one) for one in found]}


def _in_our_words(told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "OpenId": str(told["openid"]),
        "Follows": bool(told.get("subscribe")),
        "FollowedAt": int(told.get("subscribe_time", 0)),
        "UnionId": str(told.get("unionid", "")),
        "Scene": str(told.get("qr_scene_str", "")),
        "TagIds": [str(tag_id) for tag_id in told.get("tagid_list", [])],
    }


def _tag(api: WeChatApi, outgoing: Outgoing) -> Mapping[str, Any]:
    tags.give(api, int(outgoing.content["tag_id"]), [outgoing.recipient])
    return {"TagId": outgoing.content["tag_id"]}


def _untag(api: WeChatApi, outgoing: Outgoing) -> Mapping[str, Any]:
    tags.take(api, int(outgoing.content["tag_id"]), [outgoing.recipient])
    return {"TagId": outgoing.content["tag_id"]}


def _name_tag(api: WeChatApi, outgoing: Outgoing) -> Mapping[str, Any]:
    return {"TagId": str(tags.named(api, str(outgoing.content["name"])))}


# What the trunk can ask through the outbox; nobody is told anything by it.
QUESTIONS: Mapping[str, Callable[[WeChatApi, Outgoing], Mapping[str, Any]]] = {
    "profile": _ask_profile,
    "followers": _ask_followers,
    "follower_profiles": _ask_profiles,
    "platform_tag": _tag,
    "platform_untag": _untag,
    "platform_tag_named": _name_tag,
}
