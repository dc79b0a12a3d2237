"""The ways of a step as fields, in the order in which they are tried."""

from collections.abc import Mapping
from typing import Any

from app.console.automation.plan_fields import messages
from app.console.content import message_fields
from app.console.fields.written import Written
from sop import routes

NEW = "usual"


def read(written: Written) -> list[Any]:
    return [_way(one) for one in written.listed("route")]


def has_own_words(way: str) -> bool:
    """Whether such a way needs a message of its own kind."""
    return way in routes.KINDS_OF_OWN


def as_fields(way: Any) -> Mapping[str, Any]:
    """A way is written as its name alone when there is nothing else to say of it."""
    return {"way": way} if isinstance(way, str) else way


def _way(written: Written) -> Any:
    way, channel = written.text("way", NEW), written.text("channel")
    fields: dict[str, Any] = {"way": way}
    if channel:
        fields["channel"] = channel
    if way in routes.KINDS_OF_OWN:
        kind, own = routes.KINDS_OF_OWN[way], written.under("message")
        content = message_fields.content_in(kind, own.text)
        fields["message"] = {"kind": kind, "content": content}
    elif written.text("own"):
        fields["message"] = messages.read(written.under("message"))
    return fields if len(fields) > 1 else way
