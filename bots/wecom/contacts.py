"""External contacts: who they are, whose they are, and the welcome of a new one.

Official documentation: "Getting a customer's details", "Sending a welcome message to a new
customer".
"""

from collections.abc import Mapping
from typing import Any

from bots.messages import Answer, Outgoing
from bots.wecom import attachments, ways
from bots.wecom.api import WeComApi
from bots.wecom.ways import Way

WELCOME = "welcome"
CONTACT = "contact"
CONTACTS_OF_STAFF = "contacts_of_staff"

WELCOME_MAX_BYTES = 4000
PAGE_MAX = 100
GONE = frozenset({84061, 40096})  # nobody's contact any more, or never one


def welcome(api: WeComApi, outgoing: Outgoing) -> Answer:
    """The one message to a new contact that needs no confirmation; ``through`` is its code, which
    lives for 20 s and works once. ``content`` is {text, attachments}."""
    body = _welcome_body(outgoing)
    return body if isinstance(body, Answer) else ways.say(api, _WELCOME_PATH, body)


def contact(api: WeComApi, outgoing: Outgoing) -> Answer:
    """Who the recipient is, and the staff whose contact she is. ``IsGone`` when she is nobody's."""
    follow_users: list[Mapping[str, Any]] = []
    who: Mapping[str, Any] = {}
    cursor = ""
    while True:
        try:
            page = ways.look(
                api, "externalcontact/get", external_userid=outgoing.recipient, cursor=cursor
            )
        except ways.Refused as refusal:
            if refusal.answer.code in GONE:
                return ways.told({"ExternalUserID": outgoing.recipient, "IsGone": "true"})
            raise
        who = page.get("external_contact") or who
        follow_users += page.get("follow_user") or []
        cursor = str(page.get("next_cursor") or "")
        if not cursor:
            return ways.told(_contact_fields(who, follow_users))


def contacts_of_staff(api: WeComApi, outgoing: Outgoing) -> Answer:
    """One page of the contacts of up to 100 members of staff; ``NextCursor`` names the next."""
    asked = {
        "userid_list": outgoing.content["userids"],
        "cursor": outgoing.content.get("cursor", ""),
        "limit": PAGE_MAX,
    }
    try:
        reply = ways.ask(api, "externalcontact/batch/get_by_user", asked)
    except ways.Refused as refusal:
        if refusal.answer.code in GONE:  # none of them has any
            reply = {}
        else:
            raise
    found = [
        _contact_fields(one.get("external_contact") or {}, [one.get("follow_info") or {}])
        for one in reply.get("external_contact_list") or []
    ]
    return ways.told({"Contacts": found, "NextCursor": str(reply.get("next_cursor") or "")})


WAYS: Mapping[str, Way] = {
    WELCOME: Way(welcome),
    CONTACT: Way(contact, is_repeatable=True),
    CONTACTS_OF_STAFF: Way(contacts_of_staff, is_repeatable=True),
}
_WELCOME_PATH = "externalcontact/send_welcome_msg"


def _welcome_body(outgoing: Outgoing) -> dict[str, Any] | Answer:
    text = str(outgoing.content.get("text", ""))
    if len(text.encode()) > WELCOME_MAX_BYTES:
        return ways.refused("text_too_long")
    try:
        attached = attachments.rendered(outgoing.content.get("attachments") or [])
    except attachments.BadAttachment as bad:
        return ways.refused(str(bad))
    if not text and not attached:
        return ways.refused("nothing_to_say")
    said: dict[str, Any] = {"text": {"content": text}} if text else {}
    return {"welcome_code": outgoing.through, **said, "attachments": attached}


def _contact_fields(
    who: Mapping[str, Any], follow_users: list[Mapping[str, Any]]
) -> dict[str, Any]:
    return {
        "ExternalUserID": str(who.get("external_userid", "")),
        "UnionId": str(who.get("unionid") or ""),
        "Name": str(who.get("name") or ""),
        "Type": str(who.get("type") or ""),
        "Staff": [_relation(one) for one in follow_users],
    }


def _relation(one: Mapping[str, Any]) -> dict[str, Any]:
    tags = one.get("tags") or []
    tag_ids = [str(tag.get("tag_id")) for tag in tags if tag.get("tag_id")]
    return {
        "UserID": str(one.get("userid", "")),
        "Remark": str(one.get("remark") or ""),
        "State": str(one.get("state") or ""),
        "AddWay": str(one.get("add_way", "")),
        "CreateTime": str(one.get("createtime") or ""),
        "TagIds": [*tag_ids, *(str(tag_id) for tag_id in one.get("tag_id") or [])],
    }
