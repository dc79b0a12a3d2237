"""Group welcome templates (入群欢迎语素材): kept at WeCom, chosen by a group's owner, sent by WeCom
itself to whoever joins.

Official documentation: "Group welcome templates": a text of 3000 bytes, in which ``%NICKNAME%`` is
whoever joined, and one attachment; up to 100 templates.
"""

from collections.abc import Mapping
from typing import Any

from bots.messages import Answer, Outgoing
from bots.wecom import attachments, ways
from bots.wecom.api import WeComApi
from bots.wecom.ways import Way

ADDING = "group_welcome"
EDITING = "group_welcome_editing"
DELETING = "group_welcome_deleting"

TEXT_MAX_BYTES = 3000
_PATH = "externalcontact/group_welcome_template"


def add(api: WeComApi, outgoing: Outgoing) -> Answer:
    """Makes a template of {text, attachments, notify}; ``platform_id`` and ``TemplateId`` name
    it. Asked again it would be there twice."""
    body = _body(outgoing.content)
    if isinstance(body, Answer):
        return body
    body["notify"] = int(bool(outgoing.content.get("notify")))
    body["agentid"] = int(api.agent_id) if api.agent_id else None
    reply = ways.ask(api, f"{_PATH}/add", {k: v for k, v in body.items() if v is not None})
    template_id = str(reply.get("template_id", ""))
    return ways.made(template_id, {"TemplateId": template_id})


def edit(api: WeComApi, outgoing: Outgoing) -> Answer:
    """Gives the template that ``through`` names another content."""
    body = _body(outgoing.content)
    if isinstance(body, Answer):
        return body
    ways.ask(api, f"{_PATH}/edit", {"template_id": outgoing.through, **body})
    return ways.told({"TemplateId": outgoing.through})


def delete(api: WeComApi, outgoing: Outgoing) -> Answer:
    ways.ask(api, f"{_PATH}/del", {"template_id": outgoing.through})
    return ways.told({"TemplateId": outgoing.through})


WAYS: Mapping[str, Way] = {
    ADDING: Way(add),
    EDITING: Way(edit, is_repeatable=True),
    DELETING: Way(delete, is_repeatable=True),
}


def _body(content: Mapping[str, Any]) -> dict[str, Any] | Answer:
    text = str(content.get("text", ""))
    if len(text.encode()) > TEXT_MAX_BYTES:
        return ways.refused("text_too_long")
    attached = list(content.get("attachments") or [])
    if len(attached) > 1:
        return ways.refused("too_many_attachments")
    try:
        rendered = attachments.rendered(attached)
    except attachments.BadAttachment as bad:
        return ways.refused(str(bad))
    if not text and not rendered:
        return ways.refused("nothing_to_say")
    body: dict[str, Any] = {"text": {"content": text}} if text else {}
    for one in rendered:  # here an attachment stands beside the text, not in a list
        body[one["msgtype"]] = one[one["msgtype"]]
    return body
