"""What a step says as fields, in one wording or in variants. The fields of a message itself are
those of ``message_fields``, which plans share with all else that says something."""

from collections.abc import Mapping
from typing import Any

from app.console.content import message_fields
from app.console.fields.written import Written, whole

NEW: Mapping[str, Any] = {"kind": "text", "content": {"text": ""}}


def read(written: Written) -> dict[str, Any]:
    kind = written.text("message_kind", NEW["kind"])
    return {"kind": kind, "content": message_fields.content_in(kind, written.text)}


def variants(written: Written) -> list[dict[str, Any]]:
    """The arms of an A/B test; two with the message the step had, when it is to have them."""
    listed = [_variant(one) for one in written.listed("variants")]
    return listed or [
        {"name": name, "share": 50, "message": read(written.under("message"))} for name in "AB"
    ]


def _variant(written: Written) -> dict[str, Any]:
    return {
        "name": written.text("name"),
        "share": whole(written.text("share", "50")),
        "message": read(written.under("message")),
    }
