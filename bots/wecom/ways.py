"""Ways: what can be said to WeCom, or asked of it, each a function of the API and what is put.

A way that asks answers with what it was told, under the names of ``Received.fields``; the trunk
hears it as an event of the question's own kind.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bots import answers
from bots.error_tables import WECOM
from bots.messages import Answer, Outcome, Outgoing
from bots.wecom.api import WeComApi
from bots.wire import PlatformUnavailable


@dataclass(frozen=True, slots=True)
class Way:
    """``is_repeatable``: what has an ambiguous outcome may be done again, since the platform drops
    the second one or nobody notices it."""

    go: Callable[[WeComApi, Outgoing], Answer]
    is_repeatable: bool = False


class Refused(Exception):
    """WeCom will not do it, or cannot at present; ``answer`` says what that means."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"{answer.reason} ({answer.code})")
        self.answer = answer


def say(api: WeComApi, path: str, body: Mapping[str, Any], id_field: str = "msgid") -> Answer:
    """Posts something said; ``id_field`` names the platform's id of it. Raises nothing."""
    try:
        reply = api.ask("POST", f"/cgi-bin/{path}", body=body)
    except PlatformUnavailable as failure:
        return answers.of_failure(failure)
    return answers.of_reply(reply, id_field, WECOM)


def ask(api: WeComApi, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """What WeCom answers to a question with a body. Raises Refused."""
    return _accepted(api, "POST", path, body=body)


def look(api: WeComApi, path: str, **params: str) -> dict[str, Any]:
    """What WeCom answers to a question in an address. Raises Refused."""
    return _accepted(api, "GET", path, params=params)


def told(fields: Mapping[str, Any]) -> Answer:
    return Answer(Outcome.ACCEPTED, told=fields)


def made(platform_id: str, fields: Mapping[str, Any]) -> Answer:
    """Something is there now, under the platform's id."""
    return Answer(Outcome.ACCEPTED, platform_id=platform_id, told=fields)


def refused(reason: str) -> Answer:
    return Answer(Outcome.REFUSED, reason=reason)


def _accepted(api: WeComApi, method: str, path: str, **how: Any) -> dict[str, Any]:
    try:
        reply = api.ask(method, f"/cgi-bin/{path}", **how)
    except PlatformUnavailable as failure:
        raise Refused(answers.of_failure(failure)) from None
    answer = answers.of_reply(reply, "", WECOM)
    if answer.outcome is Outcome.PARKED:  # the quota of questions, not that of messages
        answer = replace(answer, outcome=Outcome.LATER)
    if answer.outcome is not Outcome.ACCEPTED:
        raise Refused(answer)
    return reply
