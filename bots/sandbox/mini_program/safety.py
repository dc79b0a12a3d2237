"""Whether a text may be shown (/wxa/msg_sec_check, platform.md §3), judged by a few words."""

import secrets
from typing import Any

from bots.sandbox.calls import Call
from bots.sandbox.mini_program import limits
from bots.sandbox.official_account import subscriptions
from bots.sandbox.refusals import Refused

RISKY_WORDS = {"赌博": 20002, "裸聊": 20002, "代开发票": 21000, "刷单返利": 20008}
FINE = 100
SCENES = (1, 2, 3, 4)  # profile, comment, forum, social log


def check_text(call: Call) -> dict[str, Any]:
    account, body = call.account(), call.body()
    text = body.get("content")
    if not isinstance(text, str) or not text:
        raise Refused(44004, "empty content")
    if len(text) > limits.CHECKED_TEXT_MAX_CHARS:
        raise Refused(45002, "content size out of limit")
    label = next((label for word, label in RISKY_WORDS.items() if word in text), FINE)
    if "version" not in body:
        return _first_version(label)
    if body.get("version") != 2 or body.get("scene") not in SCENES:
        raise Refused(40097, "invalid args")
    subscriptions.check_openid(call.sandbox.directory, account, body.get("openid"))
    verdict = {"suggest": "pass" if label == FINE else "risky", "label": label}
    detail = [{"strategy": "content_model", "errcode": 0, "prob": 90, **verdict}]
    answer = {"errcode": 0, "errmsg": "ok", "result": verdict, "detail": detail}
    return answer | {"trace_id": secrets.token_hex(16)}


def _first_version(label: int) -> dict[str, Any]:
    """As older clients ask: the answer is an error code. Raises Refused 87014."""
    if label != FINE:
        raise Refused(87014, "risky content")
    return {"errcode": 0, "errmsg": "ok"}
