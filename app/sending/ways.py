"""Ways: over which account of ours a message goes, and in which of the platform's ways.

A step names its ways as ``sop.routes`` does. Here each has its channel, or what is wrong with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.outreach import mass_messages
from app.domain.outreach.allowances import windows
from app.domain.people.channel_kinds import MEDIA
from app.domain.people.channels import Channel, Kind
from app.outbox import OutboxMessage
from sop import routes
from sop.contents import Message

USUAL, CUSTOMER_SERVICE, STAFF, GROUP = "usual", "customer_service", "staff", "group"
TEMPLATE, SUBSCRIBE, MASS = "template", "subscribe", "mass"
GATHERED = frozenset({MASS, STAFF})  # many at once, who all get the same words
NO_CHANNEL, NOT_OFFERED = "no_such_channel", "way_not_offered"

_OF_MEDIA = {"sms": "sms", "mail": "mail", "voice": "call"}
_WECHAT = frozenset({Kind.OFFICIAL_ACCOUNT, Kind.MINI_PROGRAM})
_ROOMS = frozenset({Kind.GROUP_GATEWAY, Kind.GROUP_ROBOT})
# On which kinds of channels a way can be gone.
KINDS: Mapping[str, frozenset[Kind]] = {
    CUSTOMER_SERVICE: _WECHAT | {Kind.WECOM},
    STAFF: frozenset({Kind.WECOM}),
    TEMPLATE: frozenset({Kind.OFFICIAL_ACCOUNT}),
    SUBSCRIBE: _WECHAT,
    MASS: frozenset({Kind.OFFICIAL_ACCOUNT}),
    GROUP: _ROOMS,
    **{
        name: frozenset(kind for kind, medium in MEDIA.items() if _OF_MEDIA[medium] == name)
        for name in _OF_MEDIA.values()
    },
}


@dataclass(frozen=True, slots=True)
class Way:
    """``name`` is never ``usual`` where the channel has a more telling one. ``message`` is what is
    said this way; None: what the step says. ``problem``: why nobody can be told this way at all."""

    name: str
    channel: Channel
    message: Message | None = None
    problem: str = ""

    @property
    def outbox_way(self) -> str:
        """As the platform's client calls it, see ``bots.messages.Outgoing``."""
        if self.name == CUSTOMER_SERVICE and self.channel.kind == Kind.WECOM:
            return windows.KF
        is_named = self.name in (TEMPLATE, SUBSCRIBE, STAFF)
        return mass_messages.TO_MANY if self.name == MASS else self.name if is_named else ""

    @property
    def medium(self) -> str | None:
        return MEDIA.get(Kind(self.channel.kind))

    def passed_over(self, reason: str) -> dict[str, Any]:
        """As a message keeps it."""
        return {"way": self.name, "channel": self.channel.id, "reason": reason}

    def kept(self, message: Message) -> dict[str, Any]:
        """As a message keeps what is still to be tried, with the words as they were written."""
        said = self.message or message
        content = dict(said.content)
        return {"way": self.name, "channel": self.channel.id, "kind": said.kind, "content": content}


def resolved(
    route: Sequence[routes.Way], plan_channel: Channel, known: Sequence[Channel], audience: str
) -> tuple[Way, ...]:
    """The ways with their channels, out of all that are ``known``; without a route the one that is
    usual on the plan's channel."""
    if not route:
        return (Way(natural(USUAL, plan_channel.kind, audience), plan_channel),)
    return tuple(_resolved(way, plan_channel, known, audience) for way in route)


def natural(name: str, kind: str, audience: str) -> str:
    """What ``usual`` means on a kind of channel; other names stay."""
    if name not in (USUAL, GROUP):
        return name
    if kind == Kind.WECOM:
        return STAFF
    if audience == "group":
        return GROUP
    medium = MEDIA.get(Kind(kind))
    if medium is not None:
        return _OF_MEDIA[medium]
    return CUSTOMER_SERVICE if kind in _WECHAT else USUAL


def name_of(message: OutboxMessage, kind: str) -> str:
    """By which way a message goes that is on a channel of this kind."""
    if message.way == windows.KF:
        return CUSTOMER_SERVICE
    if message.way in (TEMPLATE, SUBSCRIBE, MASS, STAFF):
        return message.way
    return natural(USUAL, kind, "group" if message.to_group else "member")


def _resolved(
    way: routes.Way, plan_channel: Channel, known: Sequence[Channel], audience: str
) -> Way:
    channel = _channel_of(way, plan_channel, known)
    if channel is None:
        return Way(way.name, plan_channel, way.message, NO_CHANNEL)
    name = natural(way.name, channel.kind, audience)
    is_offered = name == USUAL or channel.kind in KINDS[name]
    return Way(name, channel, way.message, "" if is_offered else NOT_OFFERED)


def _channel_of(way: routes.Way, plan_channel: Channel, known: Sequence[Channel]) -> Channel | None:
    """The one it names; else the plan's, or for SMS, mail and calls the first there is."""
    if way.channel is not None:
        return next((one for one in known if one.key == way.channel), None)
    if way.name not in _OF_MEDIA.values() or plan_channel.kind in KINDS[way.name]:
        return plan_channel
    return next((one for one in known if one.kind in KINDS[way.name]), None)
