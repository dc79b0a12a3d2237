"""Ways into a mini-program from outside: links, schemes and codes.

Official documentation: "generateUrlLink", "generateScheme", "getUnlimitedQRCode".
"""

import re
from typing import Any

from bots.wechat_api import WeChatApi, checked
from bots.wire import File, Unanswered

QUERY_MAX_CHARS = 1024
LINK_DAYS_MAX = 30
CODE_SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")  # what a code can carry

_AFTER_DAYS = 1  # expire_type: so many days from now


class WaysIn:
    """The ways into one mini-program. The page is its first one unless ``page`` names another."""

    def __init__(self, api: WeChatApi) -> None:
        self._api = api

    def url_link(self, query: str, days: int = LINK_DAYS_MAX, page: str = "") -> str:
        """A link for SMS, mail and web pages, good for 1 to 30 days. Raises ValueError for others,
        PlatformRefused, PlatformUnavailable."""
        body = {"path": page, **_lasting(query, days)}
        return _made(self._api.ask("POST", "/wxa/generate_urllink", body=body), "url_link")

    def scheme(self, query: str, days: int = LINK_DAYS_MAX, page: str = "") -> str:
        """A ``weixin://`` address for apps. Raises like ``url_link``."""
        lasting = _lasting(query, days)
        body = {"jump_wxa": {"path": page, "query": lasting.pop("query")}, "is_expire": True}
        return _made(self._api.ask("POST", "/wxa/generatescheme", body=body | lasting), "openlink")

    def code(self, scene: str, page: str = "") -> File:
        """A mini-program code 小程序码 as a picture; there can be as many as one likes, and they
        last. Raises ValueError for a scene that no code can carry, PlatformRefused,
        PlatformUnavailable."""
        if not CODE_SCENE.fullmatch(scene):
            raise ValueError("a scene has 1 to 32 letters, digits or marks")
        where = {"page": page} if page else {}
        return self._api.ask_for_picture("/wxa/getwxacodeunlimit", {"scene": scene, **where})


def _lasting(query: str, days: int) -> dict[str, Any]:
    if len(query) > QUERY_MAX_CHARS:
        raise ValueError(f"a query has at most {QUERY_MAX_CHARS} characters")
    if not 1 <= days <= LINK_DAYS_MAX:
        raise ValueError(f"a link lasts for 1 to {LINK_DAYS_MAX} days")
    return {"query": query, "expire_type": _AFTER_DAYS, "expire_interval": days}


def _made(answer: dict[str, Any], name: str) -> str:
    made = checked(answer).get(name)
    if not isinstance(made, str) or not made:
        raise Unanswered(f"no {name}")
    return made
