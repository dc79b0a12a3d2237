"""Template messages of an official account: to one follower, outside any window, in the words of a
template that the platform has approved.

Official documentation: "Template messages". Repeating one under its ``client_msg_id`` within ten
minutes is safe. What became of it comes as the event TEMPLATESENDJOBFINISH.
"""

from collections.abc import Mapping
from typing import Any

from bots.messages import Answer, Outcome, Outgoing
from bots.wechat_api import WeChatApi, checked

WAY = "template"
_PATH = "/cgi-bin/template"


def send(api: WeChatApi, outgoing: Outgoing) -> Answer:
    """Content: {template_id, data: {field: value}, url?, mini_program?: {appid, page_path}}; a tap
    leads to the mini-program where there is one, else to the url. Raises nothing."""
    content = outgoing.content
    template_id, values = content.get("template_id"), content.get("data")
    if not template_id or not isinstance(values, Mapping):
        return Answer(Outcome.REFUSED, reason="no_template_id" if not template_id else "no_data")
    body = {
        "touser": outgoing.recipient,
        "template_id": template_id,
        "data": {name: {"value": value} for name, value in values.items()},
        "client_msg_id": outgoing.key,
        **target(content),
    }
    return api.tell("/cgi-bin/message/template/send", body, id_field="msgid")


def target(content: Mapping[str, Any]) -> dict[str, Any]:
    """Where a tap leads, in the platform's names."""
    leads: dict[str, Any] = {"url": content["url"]} if content.get("url") else {}
    page = content.get("mini_program")
    if page:
        leads["miniprogram"] = {"appid": page["appid"], "pagepath": page.get("page_path", "")}
    return leads


def listed(api: WeChatApi) -> list[dict[str, Any]]:
    """The account's templates: {template_id, title, content, example, …} each. Raises
    PlatformRefused and PlatformUnavailable, as all below."""
    told = checked(api.ask("GET", f"{_PATH}/get_all_private_template"))
    found = told.get("template_list")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def add(api: WeChatApi, short_id: str, keywords: list[str]) -> str:
    """Takes a template out of the platform's library (25 at most). Returns its template_id."""
    body = {"template_id_short": short_id, "keyword_name_list": keywords}
    return str(checked(api.ask("POST", f"{_PATH}/api_add_template", body=body))["template_id"])


def delete(api: WeChatApi, template_id: str) -> None:
    checked(api.ask("POST", f"{_PATH}/del_private_template", body={"template_id": template_id}))


def set_industry(api: WeChatApi, first: str, second: str) -> None:
    """The two industries whose templates may be taken; once a month."""
    body = {"industry_id1": first, "industry_id2": second}
    checked(api.ask("POST", f"{_PATH}/api_set_industry", body=body))


def industry(api: WeChatApi) -> dict[str, Any]:
    return checked(api.ask("GET", f"{_PATH}/get_industry"))
