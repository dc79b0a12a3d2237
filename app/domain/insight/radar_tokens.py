"""What stands in the addresses of radar links, signed by us: whose link it is, whose page it was,
and which showing of it a report is about.

Three kinds of tokens, each signed under a name of its own, so that none passes for another:

* a member's own link, as ``{radar:key}`` becomes: which link, whose;
* an onward link, the address of a page as a reader has it: the reader who passes it on;
* a view: one showing of a page, to which its script's reports belong.

A token is read only in the one spelling in which we wrote it.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer


@dataclass(frozen=True, slots=True)
class Through:
    """Through what somebody came: the member whose own link it was, or the reader who passed it
    on; one of the two."""

    link_id: int
    member_id: int | None = None
    reader_id: int | None = None


@dataclass(frozen=True, slots=True)
class Opener:
    """What the server knows of who opens: the ``browser`` by our cookie; ``channel_id`` and
    ``openid`` by WeChat's own word. ``unnamed``: WeChat was asked and did not say who it is."""

    browser: str
    channel_id: int | None = None
    openid: str = ""
    unnamed: bool = False


@dataclass(frozen=True, slots=True)
class Showing:
    """One showing of a page, under a ``key`` of its own."""

    key: str
    through: Through
    opener: Opener
    began_at: datetime


class RadarSigner:
    """Makes and reads the tokens of ``/r/<token>`` and of the reports of its pages."""

    def __init__(self, secret: str):
        self._own, self._onward, self._view = (
            URLSafeSerializer(secret, salt=name) for name in ("radar", "radar-onward", "radar-view")
        )

    def token(self, link_id: int, member_id: int) -> str:
        return str(self._own.dumps([link_id, member_id]))

    def onward(self, link_id: int, reader_id: int) -> str:
        return str(self._onward.dumps([link_id, reader_id]))

    def view(self, showing: Showing) -> str:
        began_ms = round(showing.began_at.timestamp() * 1000)
        through, opener = astuple(showing.through), astuple(showing.opener)
        return str(self._view.dumps([showing.key, [*through], [*opener], began_ms]))

    def read(self, token: str) -> tuple[int, int] | None:
        """(link, member) of a member's own link, or None when the token is not ours."""
        told = _told(self._own, token)
        return None if told is None else (int(told[0]), int(told[1]))

    def through(self, token: str) -> Through | None:
        """What a link leads through, her own or one passed on; None when it is not ours."""
        own = self.read(token)
        if own is not None:
            return Through(own[0], member_id=own[1])
        told = _told(self._onward, token)
        return None if told is None else Through(int(told[0]), reader_id=int(told[1]))

    def showing(self, token: str) -> Showing | None:
        told = _told(self._view, token)
        if told is None:
            return None
        key, through, opener, began_ms = told
        began_at = datetime.fromtimestamp(began_ms / 1000, UTC)
        return Showing(key, Through(*through), Opener(*opener), began_at)


def _told(serializer: URLSafeSerializer, token: str) -> Sequence[Any] | None:
    try:
        told: Sequence[Any] = serializer.loads(token)
    except BadSignature:
        return None
    return told if serializer.dumps(told) == token else None
