"""``POST /``, where every product of both clouds is called: the headers say which."""

from typing import Any

from flask import request

from bots.sandbox.calls import Call
from bots.sandbox.providers import aliyun, tencent
from bots.sandbox.providers.signatures import Asked
from bots.sandbox.refusals import Refused

API = "/"


def take(call: Call) -> dict[str, Any]:
    """Raises Refused 47001 for a call that is nobody's."""
    asked = Asked(call.headers, request.query_string.decode(), call.raw)
    if "X-TC-Action" in call.headers:
        return tencent.answer(call, asked)
    if "x-acs-action" in call.headers:
        return aliyun.answer(call, asked)
    raise Refused(47001, "neither X-TC-Action nor x-acs-action says what is called")
