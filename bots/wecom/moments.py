"""Moments (客户朋友圈): prepared here, published by each member of staff who confirms it.

Official documentation: "Enterprise moments": the task is made in the background and asked about by
its job id for 24 hours. There is no idempotency key.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from bots.messages import Answer, Outgoing
from bots.wecom import attachments, ways
from bots.wecom.api import WeComApi
from bots.wecom.ways import Way

MOMENT = "moment"
JOB = "moment_job"
TASKS = "moment_tasks"
CANCELLING = "moment_cancelling"

TEXT_MAX_CHARS = 2000
PICTURES_MAX = 9
PAGE_MAX = 1000


def prepare(api: WeComApi, outgoing: Outgoing) -> Answer:
    """Gives staff a moment to confirm. ``content`` is {text, attachments, userids, tag_ids}: up to
    nine pictures, or one video or link; without userids all staff, without tags all contacts.
    ``platform_id`` and ``JobId`` name the job that makes it."""
    content = outgoing.content
    text, attached = str(content.get("text", "")), list(content.get("attachments") or [])
    reason = _reason_against(text, attached)
    if reason:
        return ways.refused(reason)
    body: dict[str, Any] = {}
    if text:
        body["text"] = {"content": text}
    try:
        body["attachments"] = attachments.rendered(attached)
    except attachments.BadAttachment as bad:
        return ways.refused(str(bad))
    seen_by = _seen_by(content)
    if seen_by:
        body["visible_range"] = seen_by
    reply = ways.ask(api, "externalcontact/add_moment_task", body)
    return ways.made(str(reply.get("jobid", "")), {"JobId": str(reply.get("jobid", ""))})


def job(api: WeComApi, outgoing: Outgoing) -> Answer:
    """Whether the job is done: {JobId, Status, MomentId}; status 1 waits, 2 works, 3 is done."""
    reply = ways.look(api, "externalcontact/get_moment_task_result", jobid=outgoing.through)
    result = reply.get("result") or {}
    return ways.told(
        {
            "JobId": outgoing.through,
            "Status": str(reply.get("status", "")),
            "MomentId": str(result.get("moment_id") or ""),
            "Error": str(result.get("errcode") or ""),
        }
    )


def tasks(api: WeComApi, outgoing: Outgoing) -> Answer:
    """Who has published it: {UserID, Status} each; status 1 is published, 0 is not."""
    listed, cursor = [], ""
    while True:
        asked = {"moment_id": outgoing.through, "cursor": cursor, "limit": PAGE_MAX}
        page = ways.ask(api, "externalcontact/get_moment_task", asked)
        for one in page.get("task_list") or []:
            status = str(one.get("publish_status", ""))
            listed.append({"UserID": str(one.get("userid", "")), "Status": status})
        cursor = str(page.get("next_cursor") or "")
        if not cursor:
            return ways.told({"MomentId": outgoing.through, "Tasks": listed})


def cancel(api: WeComApi, outgoing: Outgoing) -> Answer:
    """Who has not published it cannot any more."""
    ways.ask(api, "externalcontact/cancel_moment_task", {"moment_id": outgoing.through})
    return ways.told({"MomentId": outgoing.through})


WAYS: Mapping[str, Way] = {
    MOMENT: Way(prepare),
    JOB: Way(job, is_repeatable=True),
    TASKS: Way(tasks, is_repeatable=True),
    CANCELLING: Way(cancel, is_repeatable=True),
}


def _reason_against(text: str, attached: Sequence[Mapping[str, Any]]) -> str:
    kinds = [str(one.get("kind", "")) for one in attached]
    if len(text) > TEXT_MAX_CHARS:
        return "text_too_long"
    if not text and not attached:
        return "nothing_to_say"
    if set(kinds) - {"image"} and len(kinds) > 1:
        return "one_video_or_link_or_pictures"
    return "too_many_attachments" if len(kinds) > PICTURES_MAX else ""


def _seen_by(content: Mapping[str, Any]) -> dict[str, Any]:
    seen_by: dict[str, Any] = {}
    if content.get("userids"):
        seen_by["sender_list"] = {"user_list": list(content["userids"])}
    if content.get("tag_ids"):
        seen_by["external_contact_list"] = {"tag_list": list(content["tag_ids"])}
    return seen_by
