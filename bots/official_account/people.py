"""An official account's people: who follows, what the platform knows of them, how it labels them.

Official documentation: "User management" (getUserInfo, batchGetUserInfo, getFans, updateRemark,
getBlacklist, batchBlackList). Nicknames and pictures are not among what it tells, since 2021-12-27.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bots import answers
from bots.messages import Answer, Outcome, Outgoing
from bots.official_account.customer_service import of_question
from bots.wechat_api import PlatformRefused, WeChatApi, checked
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


# What the trunk can ask through the outbox; nobody is told anything by it.
QUESTIONS: Mapping[str, Callable[[WeChatApi, Outgoing], Mapping[str, Any]]] = {
    "profile": _ask_profile,
    "followers": _ask_followers,
    "follower_profiles": _ask_profiles,
}
