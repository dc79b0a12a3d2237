"""The account's own tags, up to 100, of which a follower has up to 20.

Official documentation: "Tag management". A name has up to 30 characters; 0, 1 and 2 are the
platform's own. All raise PlatformRefused and PlatformUnavailable.
"""

from collections.abc import Sequence
from typing import Any

from bots.wechat_api import PlatformRefused, WeChatApi, checked

AT_ONCE_MAX = 50
NAME_TAKEN = 45157
RESERVED = frozenset({0, 1, 2})


def all_of(api: WeChatApi) -> list[dict[str, Any]]:
    """[{id, name, count}]"""
    return list(checked(api.ask("GET", "/cgi-bin/tags/get")).get("tags", []))


def create(api: WeChatApi, name: str) -> int:
    made = checked(api.ask("POST", "/cgi-bin/tags/create", body={"tag": {"name": name}}))
    return int(made["tag"]["id"])


def named(api: WeChatApi, name: str) -> int:
    """The id of the tag of this name, made if there is none yet."""
    try:
        return create(api, name)
    except PlatformRefused as refused:
        if refused.code != NAME_TAKEN:
            raise
        for tag in all_of(api):
            if tag["name"] == name and tag["id"] not in RESERVED:
                return int(tag["id"])
        raise  # the name is not allowed at all


def rename(api: WeChatApi, tag_id: int, name: str) -> None:
    body = {"tag": {"id": tag_id, "name": name}}
    checked(api.ask("POST", "/cgi-bin/tags/update", body=body))


def delete(api: WeChatApi, tag_id: int) -> None:
    checked(api.ask("POST", "/cgi-bin/tags/delete", body={"tag": {"id": tag_id}}))


def give(api: WeChatApi, tag_id: int, openids: Sequence[str]) -> None:
    """To up to 50 followers."""
    body = {"openid_list": list(openids), "tagid": tag_id}
    checked(api.ask("POST", "/cgi-bin/tags/members/batchtagging", body=body))


def take(api: WeChatApi, tag_id: int, openids: Sequence[str]) -> None:
    body = {"openid_list": list(openids), "tagid": tag_id}
    checked(api.ask("POST", "/cgi-bin/tags/members/batchuntagging", body=body))


def of(api: WeChatApi, openid: str) -> list[int]:
    told = checked(api.ask("POST", "/cgi-bin/tags/getidlist", body={"openid": openid}))
    return [int(tag_id) for tag_id in told.get("tagid_list", [])]


def members(api: WeChatApi, tag_id: int, after: str = "") -> dict[str, Any]:
    """A page of 10,000 openids: {count, data: {openid: […]}, next_openid}."""
    body = {"tagid": tag_id, "next_openid": after}
    return checked(api.ask("POST", "/cgi-bin/user/tag/get", body=body))
