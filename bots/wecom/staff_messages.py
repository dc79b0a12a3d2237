"""Messages by staff (企业群发): prepared here, sent by each member of staff who confirms it, to
contacts of theirs or into customer groups of theirs.

Official documentation: "Creating a corp's group send", "Reminding members to send", "Stopping a
group send", "Getting the records of group sends". There is no idempotency key: what has an
ambiguous outcome may have reached the staff.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bots.messages import Answer, Outgoing
from bots.wecom import attachments, ways
from bots.wecom.api import WeComApi
from bots.wecom.ways import Way

STAFF_MESSAGE = "staff_message"
TASKS = "staff_message_tasks"
RESULTS = "staff_message_results"
REMINDER = "staff_message_reminder"
CANCELLING = "staff_message_cancelling"

CONTACTS, GROUPS = "single", "group"
CONTACTS_MAX, GROUPS_MAX = 10_000, 2000
TEXT_MAX_BYTES = 4000
PAGE_MAX = 1000


def prepare(api: WeComApi, outgoing: Outgoing) -> Answer:
    """Gives the staff a message to confirm. ``content`` is {chat_type, recipients, text,
    attachments}; ``through`` is the member of staff who shall send it, who is needed for groups.
    ``platform_id`` and ``MsgId`` name it, ``Refused`` are the recipients it cannot reach."""
    content = outgoing.content
    recipients, text = list(content["recipients"]), str(content.get("text", ""))
    reason = _reason_against(str(content["chat_type"]), recipients, text, outgoing.through)
    if reason:
        return ways.refused(reason)
    try:
        attached = attachments.rendered(content.get("attachments") or [])
    except attachments.BadAttachment as bad:
        return ways.refused(str(bad))
    if not text and not attached:
        return ways.refused("nothing_to_say")
    field = "external_userid" if content["chat_type"] == CONTACTS else "chat_id_list"
    body: dict[str, Any] = {"chat_type": content["chat_type"], field: recipients}
    if outgoing.through:
        body["sender"] = outgoing.through
    if text:
        body["text"] = {"content": text}
    if attached:
        body["attachments"] = attached
    reply = ways.ask(api, "externalcontact/add_msg_template", body)
    refused = [str(one) for one in reply.get("fail_list") or []]
    return ways.made(str(reply.get("msgid", "")), {"MsgId": reply.get("msgid"), "Refused": refused})


def tasks(api: WeComApi, outgoing: Outgoing) -> Answer:
    """Who has confirmed: {UserID, Status, SendTime} each; status 2 is sent, 0 is not."""
    asked = {"msgid": outgoing.through}
    told = _pages(api, "externalcontact/get_groupmsg_task", asked, "task_list")
    listed = [
        {
            "UserID": str(one.get("userid", "")),
            "Status": str(one.get("status", "")),
            "SendTime": str(one.get("send_time") or ""),
        }
        for one in told
    ]
    return ways.told({"MsgId": outgoing.through, "Tasks": listed})


def results(api: WeComApi, outgoing: Outgoing) -> Answer:
    """Whom one member of staff, the recipient of the question, has reached: {Recipient, Status,
    SendTime} each; status 0 not sent, 1 sent, 2 no contact any more, 3 has got too many."""
    asked = {"msgid": outgoing.through, "userid": outgoing.recipient}
    told = _pages(api, "externalcontact/get_groupmsg_send_result", asked, "send_list")
    listed = [
        {
            "Recipient": str(one.get("external_userid") or one.get("chat_id") or ""),
            "Status": str(one.get("status", "")),
            "SendTime": str(one.get("send_time") or ""),
        }
        for one in told
    ]
    named = {"MsgId": outgoing.through, "UserID": outgoing.recipient}
    return ways.told({**named, "Results": listed})


def remind(api: WeComApi, outgoing: Outgoing) -> Answer:
    """Reminds all who have not confirmed; three times in 24 hours at most."""
    ways.ask(api, "externalcontact/remind_groupmsg_send", {"msgid": outgoing.through})
    return ways.told({"MsgId": outgoing.through})


def cancel(api: WeComApi, outgoing: Outgoing) -> Answer:
    """Who has not confirmed cannot any more."""
    ways.ask(api, "externalcontact/cancel_groupmsg_send", {"msgid": outgoing.through})
    return ways.told({"MsgId": outgoing.through})


WAYS: Mapping[str, Way] = {
    STAFF_MESSAGE: Way(prepare),
    TASKS: Way(tasks, is_repeatable=True),
    RESULTS: Way(results, is_repeatable=True),
    REMINDER: Way(remind),  # each one counts
    CANCELLING: Way(cancel, is_repeatable=True),
}


def _reason_against(chat_type: str, recipients: Sequence[str], text: str, sender: str) -> str:
    if len(text.encode()) > TEXT_MAX_BYTES:
        return "text_too_long"
    if not 1 <= len(recipients) <= (CONTACTS_MAX if chat_type == CONTACTS else GROUPS_MAX):
        return "too_many_recipients" if recipients else "no_recipients"
    if chat_type == GROUPS and not sender:
        return "groups_need_a_sender"
    return ""


def _pages(
    api: WeComApi, path: str, asked: Mapping[str, Any], listed: str
) -> Iterator[Mapping[str, Any]]:
    cursor = ""
    while True:
        page = ways.ask(api, path, {**asked, "limit": PAGE_MAX, "cursor": cursor})
        yield from page.get(listed) or []
        cursor = str(page.get("next_cursor") or "")
        if not cursor:
            return
