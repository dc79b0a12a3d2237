"""Subscribe messages: to somebody who has agreed to this very template, one message an agreement.
Official accounts and mini-programs have the same kind of message at two addresses.

Official documentation: "Subscribe notifications" (bizsend) of official accounts, "Subscribe
messages" (sendMessage, getTemplateList) of mini-programs. There is no idempotency key. What became
of it comes as the event subscribe_msg_sent_event.
"""

from collections.abc import Mapping
from typing import Any

from bots import subscribe_fields
from bots.messages import Answer, Outcome, Outgoing
from bots.wechat_api import WeChatApi, checked

WAY = "subscribe"
STATES = ("formal", "trial", "developer")
LANGUAGES = ("zh_CN", "en_US", "zh_HK", "zh_TW")


def send_as_account(api: WeChatApi, outgoing: Outgoing) -> Answer:
    """Content: {template_id, data, page?, mini_program?: {appid, page_path}}. Raises nothing."""
    said = _written(outgoing)
    if isinstance(said, Answer):
        return said
    page = outgoing.content.get("mini_program")
    if page:
        said["miniprogram"] = {"appid": page["appid"], "pagepath": page.get("page_path", "")}
    return api.tell("/cgi-bin/message/subscribe/bizsend", said, id_field="msgid")


def send_as_mini_program(api: WeChatApi, outgoing: Outgoing) -> Answer:
    """Content: {template_id, data, page?, state?, language?}: ``state`` is which of the programme's
    versions a tap opens. Raises nothing."""
    said = _written(outgoing)
    if isinstance(said, Answer):
        return said
    state = outgoing.content.get("state", STATES[0])
    language = outgoing.content.get("language", LANGUAGES[0])
    if state not in STATES or language not in LANGUAGES:
        return Answer(Outcome.REFUSED, reason="bad_parameters")
    body = {**said, "miniprogram_state": state, "lang": language}
    return api.tell("/cgi-bin/message/subscribe/send", body, id_field="msgid")


def listed(api: WeChatApi) -> list[dict[str, Any]]:
    """The account's subscribe templates: {priTmplId, title, content, example, type} each. Raises
    PlatformRefused and PlatformUnavailable."""
    found = checked(api.ask("GET", "/wxaapi/newtmpl/gettemplate")).get("data")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _written(outgoing: Outgoing) -> dict[str, Any] | Answer:
    content = outgoing.content
    template_id, values = content.get("template_id"), content.get("data")
    if not template_id or not isinstance(values, Mapping):
        return Answer(Outcome.REFUSED, reason="no_template_id" if not template_id else "no_data")
    try:
        fitting = subscribe_fields.fitted_all(values)
    except subscribe_fields.BadField as bad:
        return Answer(Outcome.REFUSED, reason=f"bad_field:{bad.name}")
    written = {
        "touser": outgoing.recipient,
        "template_id": template_id,
        "data": {name: {"value": value} for name, value in fitting.items()},
    }
    return written | ({"page": content["page"]} if content.get("page") else {})
