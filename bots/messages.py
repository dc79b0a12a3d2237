"""The words every platform is translated into and out of.

``Received`` is one thing a platform told us, ``Outgoing`` one thing we say, ``Answer`` what the
platform made of it. The trunk knows only these; XML, JSON, signatures and error codes stay in the
platform's own module.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class NotGenuine(Exception):
    """A callback that cannot be shown to come from the platform. Its text is for the log only:
    the caller learns nothing but 403."""


class TooLarge(NotGenuine):
    """A callback over the size limit: 413."""


@dataclass(frozen=True, slots=True)
class Received:
    """One thing a platform told us.

    ``key`` names the fact, not the delivery: the platform repeating itself yields the same key.
    ``kind`` is the message type (``text``) or ``event.`` and the event's name in lower case
    (``event.subscribe``); kinds we do not know are passed on as they are.
    ``sender`` is the platform's id of the person, ``room`` that of the group, if any.
    ``fields`` is everything that was said, scalars as strings.
    """

    key: str
    kind: str
    sender: str
    happened_at: datetime
    room: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return str(self.fields.get("Content", ""))

    @property
    def fingerprint(self) -> str:
        """Digest of the content, to tell a repetition from another content under the same key."""
        return fingerprint(self.fields)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One thing we say: to one person, or into one group.

    ``content`` by ``kind``: text {text}; link {title, description, url, picture_url};
    image {media_id}; voice {media_id}; video {media_id, thumb_media_id, title, description};
    music {title, description, url, hq_url, thumb_media_id};
    miniprogram {title, appid, page_path, thumb_media_id}; choices {head, choices: [{id, text}],
    tail}; articles {media_id}, of the platform's own drafts; published_article {article_id};
    card {card_id}. Wherever a ``media_id`` or a ``thumb_media_id`` stands, ``media`` or
    ``thumb_media`` may stand instead: the digest of a file of ours, see ``bots.media``.
    Two kinds say nothing. ``profile`` is a question: who is the recipient? ``typing`` {on} shows
    her that we are writing.
    ``key`` is the platform-side idempotency key, where the platform has one.
    ``way`` is how it is said where a platform has several ways (``template``, ``mass``, …; each
    platform's client names its own), empty for the usual one. ``through`` is what the way needs
    beside the recipient: the kf account, the member of staff, the welcome code. ``recipients`` are
    those of a message that is handed over once for many.
    """

    key: str
    recipient: str
    kind: str
    content: Mapping[str, Any]
    to_group: bool = False
    way: str = ""
    through: str = ""
    recipients: tuple[str, ...] = ()


class Outcome(StrEnum):
    """What became of an attempt, in the only terms the sender needs."""

    ACCEPTED = "accepted"
    LATER = "later"  # busy or over a short rate: try again after ``retry_after_s``
    PARKED = "parked"  # quota used up: nothing more until ``retry_after_s`` has passed
    REFUSED = "refused"  # this recipient or this content will never be accepted
    MISCONFIGURED = "misconfigured"  # credentials or rights: an operator has to act
    AMBIGUOUS = "ambiguous"  # it may have been accepted; only an idempotency key can tell


@dataclass(frozen=True, slots=True)
class Answer:
    """The platform's answer to one attempt. ``code`` is its error code, 0 for none; ``told`` is
    what it said in answer to a question, in the names of ``Received.fields``."""

    outcome: Outcome
    code: int = 0
    reason: str = ""
    platform_id: str = ""
    retry_after_s: int = 0
    told: Mapping[str, Any] = field(default_factory=dict)


def canonical(value: Any) -> Any:
    """The same fact in the same form, whether it came as XML or JSON: every scalar a string."""
    if isinstance(value, Mapping):
        return {str(name): canonical(value[name]) for name in sorted(value, key=str)}
    if isinstance(value, (list, tuple)):
        return [canonical(item) for item in value]
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def fingerprint(fields: Mapping[str, Any]) -> str:
    text = json.dumps(canonical(fields), ensure_ascii=True, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
