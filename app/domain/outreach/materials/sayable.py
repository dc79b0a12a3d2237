"""What can be said where: the kinds of messages that each way of each kind of account takes.

Both editors (which kinds may I write?) and routes (may this way be taken?) ask here. The kinds are
those that ``bots`` render: see ``bots.official_account.customer_service``, ``bots.mini_program``,
``bots.wecom`` and the official documentation that those name. What an operator writes is often none
of them (a coupon, a form): ``shapes_of`` says what it may become, the best first.
"""

from collections.abc import Mapping

from app.domain.people.channel_kinds import MEDIA, Kind

ARTICLES = ("published_article", "articles")
_CARDS = frozenset({"text", "image", "link", "miniprogram"})
_CHAT = frozenset({"text", "image", "voice", "video", "link", "miniprogram", *ARTICLES})
_ATTACHED = frozenset({"text", "image", "video", "link", "miniprogram"})
# (kind, "") is the way that is natural to the account.
CAN_SAY: Mapping[tuple[Kind, str], frozenset[str]] = {
    (Kind.OFFICIAL_ACCOUNT, ""): _CHAT,
    (Kind.OFFICIAL_ACCOUNT, "customer_service"): _CHAT,
    (Kind.OFFICIAL_ACCOUNT, "passive"): frozenset({"text", "image", "voice", "video", "link"}),
    (Kind.OFFICIAL_ACCOUNT, "mass"): frozenset({"text", "image", "voice", "articles"}),
    (Kind.OFFICIAL_ACCOUNT, "template"): frozenset({"template"}),
    (Kind.OFFICIAL_ACCOUNT, "subscribe"): frozenset({"subscribe"}),
    (Kind.MINI_PROGRAM, ""): _CARDS,
    (Kind.MINI_PROGRAM, "customer_service"): _CARDS,
    (Kind.MINI_PROGRAM, "subscribe"): frozenset({"subscribe"}),
    (Kind.WECOM, "customer_service"): frozenset({"text"}),  # cards there need a file of WeCom's
    (Kind.WECOM, ""): _ATTACHED,
    (Kind.WECOM, "staff"): _ATTACHED,
    (Kind.WECOM, "welcome"): _ATTACHED,
    (Kind.GROUP_GATEWAY, ""): _CHAT - {*ARTICLES},
    (Kind.GROUP_GATEWAY, "group"): _CHAT - {*ARTICLES},
    (Kind.GROUP_ROBOT, ""): frozenset({"text", "link"}),
    (Kind.GROUP_ROBOT, "group"): frozenset({"text", "link"}),
    (Kind.SMART_BOT, "response_url"): frozenset({"text"}),  # it answers, and never speaks first
    (Kind.SMS_TENCENT, "sms"): frozenset({"sms"}),
    (Kind.SMS_ALIYUN, "sms"): frozenset({"sms"}),
    (Kind.MAIL, "mail"): frozenset({"mail"}),
    (Kind.VOICE_TENCENT, "call"): frozenset({"call"}),
    (Kind.VOICE_ALIYUN, "call"): frozenset({"call"}),
}
# The way that is natural to what is no chat.
_DIRECT: Mapping[str, str] = {"sms": "sms", "mail": "mail", "voice": "call"}
# What becomes of what an operator writes, the best first; every other kind stays what it is.
_SHAPES: Mapping[str, tuple[str, ...]] = {
    "article": (*ARTICLES, "link", "text"),
    "coupon": ("link", "text"),
    "form": ("link", "text"),
    "quiz": ("text",),
}


def kinds_of(channel_kind: str, way: str = "") -> frozenset[str]:
    """What goes over this way of such an account; nothing for a way that it has not."""
    kind = Kind(channel_kind)
    natural = _DIRECT.get(MEDIA.get(kind, ""), "")
    return CAN_SAY.get((kind, natural if way in ("", "usual") else way), frozenset())


def shapes_of(kind: str) -> tuple[str, ...]:
    """What a message of this kind may become, the best first."""
    return _SHAPES.get(kind, (kind,))


def can_say_somehow(kind: str, channel_kind: str) -> bool:
    """Whether it can go any of the ways of such an account."""
    ways = [way for of, way in CAN_SAY if of == channel_kind]
    return any(can_say(kind, channel_kind, way) for way in ways)


def can_say(kind: str, channel_kind: str, way: str = "") -> bool:
    """Whether what an operator writes as this kind can go that way, in whichever shape."""
    return not kinds_of(channel_kind, way).isdisjoint(shapes_of(kind))
