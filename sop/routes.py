"""The ways in which a message can go to a member or a group, and the order in which a step tries
them: the first that is allowed is taken.

    ["customer_service", {"way": "sms", "channel": "sms",
                          "message": {"kind": "sms", "content": {"params": ["{nickname|亲}"]}}}]

A way without a channel goes over the plan's own; one without a message says what the step says.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sop import contents
from sop.contents import Message
from sop.reading import Reader, under

WAYS_MAX = 8
# The ways of members and of groups. ``usual`` is the one that is natural to the channel: a
# customer-service message, a message in a group, an SMS.
WAYS: Mapping[str, frozenset[str]] = {
    "member": frozenset(
        {"usual", "customer_service", "staff", "template", "subscribe", "mass"}
        | {"sms", "mail", "call"}
    ),
    "group": frozenset({"usual", "group", "staff"}),
}
# Ways that say something of their own kind, so that a step's text cannot go over them as it is.
KINDS_OF_OWN: Mapping[str, str] = {
    "template": "template",
    "subscribe": "subscribe",
    "sms": "sms",
    "mail": "mail",
    "call": "call",
}


@dataclass(frozen=True, slots=True)
class Way:
    """``channel`` is the key of an account of ours; None is the plan's."""

    name: str
    channel: str | None = None
    message: Message | None = None


def read(
    reader: Reader, path: str, value: Any, audience: str, known: Collection[str]
) -> tuple[Way, ...]:
    """The ways in order, each at most once over one channel."""
    ways = []
    for index, one in enumerate(reader.listed(path, value, 1, WAYS_MAX)):
        way = _way(reader, f"{path}[{index}]", one, audience, known)
        if way is not None:
            ways.append(way)
    places = [(way.name, way.channel) for way in ways]
    if len(set(places)) != len(places):
        reader.wrong(path, "同一方式只能出现一次", "the same way can be there only once")
    return tuple(ways)


def _way(
    reader: Reader, path: str, value: Any, audience: str, known: Collection[str]
) -> Way | None:
    if isinstance(value, str):
        value = {"way": value}
    fields = reader.mapping(path, value, ("way",), ("channel", "message"))
    if fields is None:
        return None
    name = reader.choice(under(path, "way"), fields.get("way"), sorted(WAYS[audience]))
    channel, message = fields.get("channel"), None
    if channel is not None:
        channel = reader.name(under(path, "channel"), channel, 64)
    if fields.get("message") is not None:
        message = contents.read(reader, under(path, "message"), fields["message"], known)
    wanted = KINDS_OF_OWN.get(name or "")
    if wanted is not None and (message is None or message.kind != wanted):
        reader.wrong(
            under(path, "message"),
            f"要是一条 {wanted} 消息",
            f"has to be a message of kind {wanted}",
        )
    return Way(name, channel, message) if name else None
