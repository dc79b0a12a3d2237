"""Customer groups: which there are, and who is in one.

Official documentation: "Getting the list of customer groups", "Getting the details of a customer
group".
"""

from collections.abc import Mapping
from typing import Any

from bots.messages import Answer, Outgoing
from bots.wecom import ways
from bots.wecom.api import WeComApi
from bots.wecom.ways import Way

GROUP = "customer_group"
GROUP_LIST = "customer_group_list"
PAGE_MAX = 1000
GONE = frozenset({40050, 86003})


def customer_group(api: WeComApi, outgoing: Outgoing) -> Answer:
    """The group's name, owner, version and members. ``IsGone`` when there is none any more.
    ``Number`` is that of the question."""
    chat_id = str(outgoing.content["chat_id"])
    asked = {"ChatId": chat_id, "Number": outgoing.content["number"]}
    try:
        reply = ways.ask(api, "externalcontact/groupchat/get", {"chat_id": chat_id, "need_name": 1})
    except ways.Refused as refusal:
        if refusal.answer.code in GONE:
            return ways.told({**asked, "IsGone": "true"})
        raise
    found = reply.get("group_chat") or {}
    return ways.told(
        {
            **asked,
            "Name": str(found.get("name") or ""),
            "Owner": str(found.get("owner") or ""),
            "Notice": str(found.get("notice") or ""),
            "MemberVersion": str(found.get("member_version") or ""),
            "Members": [_group_member(one) for one in found.get("member_list") or []],
        }
    )


def customer_group_list(api: WeComApi, outgoing: Outgoing) -> Answer:
    """One page of the ids of all customer groups of up to 100 owners; ``NextCursor`` names the
    next."""
    asked = {
        "status_filter": 0,
        "owner_filter": {"userid_list": outgoing.content["userids"]},
        "cursor": outgoing.content.get("cursor", ""),
        "limit": PAGE_MAX,
    }
    reply = ways.ask(api, "externalcontact/groupchat/list", asked)
    chat_ids = [str(one["chat_id"]) for one in reply.get("group_chat_list") or []]
    return ways.told({"ChatIds": chat_ids, "NextCursor": str(reply.get("next_cursor") or "")})


def _group_member(one: Mapping[str, Any]) -> dict[str, str]:
    """``Type`` is 1 for staff, 2 for external contacts."""
    return {
        "UserID": str(one.get("userid", "")),
        "Type": str(one.get("type", "")),
        "Name": str(one.get("name") or one.get("group_nickname") or ""),
        "UnionId": str(one.get("unionid") or ""),
        "JoinTime": str(one.get("join_time") or ""),
        "JoinScene": str(one.get("join_scene") or ""),
        "State": str(one.get("state") or ""),
    }


WAYS: Mapping[str, Way] = {
    GROUP: Way(customer_group, is_repeatable=True),
    GROUP_LIST: Way(customer_group_list, is_repeatable=True),
}
