"""An account of ours on a platform, with everything needed to hear and to speak there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product


@dataclass(frozen=True, slots=True)
class Account:
    """``key`` is our own name for it, ``appid`` the platform's (a gateway's account id).

    The secrets stay out of ``repr``, so that no log and no traceback can show them. ``previous_…``
    are those before the last change: the platform takes a while to change over, and repeats what it
    could not deliver as it was sealed then. ``settings`` is what else the platform's console says,
    ``more_secrets`` what else nobody may read.
    """

    key: str
    appid: str
    original_id: str = ""
    token: str = field(default="", repr=False)
    encoding_aes_key: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    api_base_url: str = "https://api.weixin.qq.com"
    previous_token: str = field(default="", repr=False)
    previous_encoding_aes_key: str = field(default="", repr=False)
    settings: Mapping[str, str] = field(default_factory=dict, hash=False)
    more_secrets: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)

    @property
    def tokens(self) -> tuple[str, ...]:
        """What callbacks may be signed with, the current one first."""
        return self.token, *filter(None, [self.previous_token])

    @property
    def seals(self) -> tuple[tuple[str, str], ...]:
        """(token, EncodingAESKey) that callbacks may be sealed with, the current ones first. Each
        of the two can be changed without the other."""
        keys = self.encoding_aes_key, *filter(None, [self.previous_encoding_aes_key])
        return tuple(product(self.tokens, keys))


class BadCredentials(ValueError):
    """An account of ours lacks a secret, or has one that cannot be right: nothing may be heard or
    said with it until an operator has put it right."""
