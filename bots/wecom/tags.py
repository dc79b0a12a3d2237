"""Corp tags (企业客户标签): which there are, and who is marked with ours.

Official documentation: "Managing corp tags", "Editing the corp tags of a customer".
"""

from collections.abc import Callable, Mapping
from typing import Any

from bots.messages import Answer, Outgoing
from bots.wecom import ways
from bots.wecom.api import WeComApi
from bots.wecom.ways import Way

CORP_TAGS = "corp_tags"
NAMED, GIVE, TAKE = "platform_tag_named", "platform_tag", "platform_untag"

GROUP_NAME = "Siyu"  # of the tags that are made for us
NAME_TAKEN, NO_SUCH_TAG = 40071, 40068
NO_RELATION = frozenset({84061, 60111})  # she is not, or not any more, a contact of theirs


def corp_tags(api: WeComApi, outgoing: Outgoing) -> Answer:
    """All tags of the corp, each with the name of its group."""
    return ways.told({"Tags": _all(api)})


def named(api: WeComApi, outgoing: Outgoing) -> Answer:
    """The id of the tag of this name; one that the corp has already is adopted."""
    return ways.told({"TagId": _named(api, str(outgoing.content["name"]))})


def give(api: WeComApi, outgoing: Outgoing) -> Answer:
    """Marks her as the contact of the first of ``userids`` who still has her. A tag that is gone
    is looked up by its name once more, and made again; ``TagId`` is the one she has now."""
    return _on_the_tag_there_is(
        outgoing, lambda name: _named(api, name), lambda tag: _mark(api, outgoing, tag)
    )


def take(api: WeComApi, outgoing: Outgoing) -> Answer:
    """Takes the mark away, whoever of ``userids`` has given it to her."""
    return _on_the_tag_there_is(
        outgoing, lambda name: _found(api, name), lambda tag: _unmark(api, outgoing, tag)
    )


WAYS: Mapping[str, Way] = {
    CORP_TAGS: Way(corp_tags, is_repeatable=True),
    NAMED: Way(named, is_repeatable=True),
    GIVE: Way(give, is_repeatable=True),
    TAKE: Way(take, is_repeatable=True),
}


def _on_the_tag_there_is(
    outgoing: Outgoing, look_up: Callable[[str], str | None], do: Callable[[str], None]
) -> Answer:
    tag_id = str(outgoing.content["tag_id"])
    try:
        do(tag_id)
    except ways.Refused as refusal:
        if refusal.answer.code != NO_SUCH_TAG:
            raise
        there_is = look_up(str(outgoing.content["name"]))
        if there_is is None:  # what is not there is nobody's mark
            return ways.told({"TagId": tag_id})
        do(there_is)
        return ways.told({"TagId": there_is})
    return ways.told({"TagId": tag_id})


def _mark(api: WeComApi, outgoing: Outgoing, tag_id: str) -> None:
    """Raises Refused when none of them has her."""
    *others, last = outgoing.content["userids"]
    for userid in others:
        if _changed(api, userid, outgoing.recipient, {"add_tag": [tag_id]}):
            return
    _change(api, last, outgoing.recipient, {"add_tag": [tag_id]})


def _unmark(api: WeComApi, outgoing: Outgoing, tag_id: str) -> None:
    for userid in outgoing.content["userids"]:
        _changed(api, userid, outgoing.recipient, {"remove_tag": [tag_id]})


def _changed(api: WeComApi, userid: str, external_userid: str, change: Mapping[str, Any]) -> bool:
    """False when the two are no contacts of each other."""
    try:
        _change(api, userid, external_userid, change)
    except ways.Refused as refusal:
        if refusal.answer.code not in NO_RELATION:
            raise
        return False
    return True


def _change(api: WeComApi, userid: str, external_userid: str, change: Mapping[str, Any]) -> None:
    whose = {"userid": userid, "external_userid": external_userid}
    ways.ask(api, "externalcontact/mark_tag", {**whose, **change})


def _named(api: WeComApi, name: str) -> str:
    found = _found(api, name)
    if found is not None:
        return found
    wanted = {"group_name": GROUP_NAME, "tag": [{"name": name}]}
    try:
        made = ways.ask(api, "externalcontact/add_corp_tag", wanted)
    except ways.Refused as refusal:  # another process of ours was quicker
        found = _found(api, name) if refusal.answer.code == NAME_TAKEN else None
        if found is None:
            raise
        return found
    (tag,) = made["tag_group"]["tag"]
    return str(tag["id"])


def _found(api: WeComApi, name: str) -> str | None:
    """The id of the tag of this name; ours before those of other groups."""
    called = [tag for tag in _all(api) if tag["Name"] == name]
    called.sort(key=lambda tag: tag["GroupName"] != GROUP_NAME)
    return called[0]["Id"] if called else None


def _all(api: WeComApi) -> list[dict[str, str]]:
    reply = ways.ask(api, "externalcontact/get_corp_tag_list", {})
    return [
        {"Id": str(tag["id"]), "Name": str(tag["name"]), "GroupName": str(group["group_name"])}
        for group in reply.get("tag_group") or []
        for tag in group.get("tag") or []
        if not group.get("deleted") and not tag.get("deleted")
    ]
