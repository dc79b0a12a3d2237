"""Ears: our accounts as the front door needs them, looked up and opened at most once in two
seconds, so that a burst of callbacks costs no reading and no decrypting of credentials."""

import time
from dataclasses import dataclass

from app.domain.people import channels
from app.wiring import Siyu
from bots.accounts import Account

KEPT_S = 2  # a changed token or key is heard with after so long


@dataclass(frozen=True, slots=True)
class Ear:
    """One channel to hear with. ``plaintext_allowed`` only under the setting named for it."""

    channel_id: int
    kind: str
    account: Account
    plaintext_allowed: bool
    kept_until_s: float


class Ears:
    """The ears of one process."""

    def __init__(self, siyu: Siyu):
        self._siyu = siyu
        self._known: dict[str, Ear] = {}

    def of(self, channel_key: str) -> Ear | None:
        """The ear of a channel; None when there is no such channel, which is never kept, so that
        nobody can fill the memory with inventions."""
        known = self._known.get(channel_key)
        if known is not None and time.monotonic() < known.kept_until_s:
            return known
        with self._siyu.database.reading() as session:
            channel = channels.by_key(session, channel_key)
        if channel is None:
            self._known.pop(channel_key, None)
            return None
        ear = Ear(
            channel.id,
            channel.kind,
            self._siyu.account(channel),
            channel.is_plaintext and self._siyu.settings.danger_accept_plaintext_callbacks,
            time.monotonic() + KEPT_S,
        )
        self._known[channel_key] = ear
        return ear
