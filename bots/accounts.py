"""An account of ours on a platform, with everything needed to hear and to speak there."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Account:
    """``key`` is our own name for it, ``appid`` the platform's (a gateway's account id).

    The secrets stay out of ``repr``, so that no log and no traceback can show them.
    """

    key: str
    appid: str
    original_id: str = ""
    token: str = field(default="", repr=False)
    encoding_aes_key: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    api_base_url: str = "https://api.weixin.qq.com"


class BadCredentials(ValueError):
    """An account of ours lacks a secret, or has one that cannot be right: nothing may be heard or
    said with it until an operator has put it right."""
