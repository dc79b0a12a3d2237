"""Web authorization: who has opened a page of ours in WeChat.

Official documentation: "Web page authorization". A snapshot user (is_snapshotuser) is a stand-in
shown to a page that is only previewed: she must not be taken for a member.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from bots.accounts import Account
from bots.wechat_api import WeChatApi, checked

SILENT, ASKING = "snsapi_base", "snsapi_userinfo"  # the second asks her whether she agrees
START_AGAIN = frozenset({40029, 40163, 42003})  # the code is invalid, used, too old
_API_HOST, _PAGES = "api.weixin.qq.com", "https://open.weixin.qq.com"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who came back with a code. The tokens are good for two hours, and for thirty days."""

    openid: str
    unionid: str
    is_snapshot: bool
    access_token: str
    refresh_token: str


def authorize_url(account: Account, back_to: str, state: str, scope: str = SILENT) -> str:
    """Where to send her: WeChat leads back to ``back_to`` with a code and the ``state``. The order
    of the parameters is the platform's. A sandbox has its page beside its API."""
    asked = {"appid": account.appid, "redirect_uri": back_to, "response_type": "code"}
    query = urlencode({**asked, "scope": scope, "state": state}, quote_via=quote, safe="")
    base = account.api_base_url.rstrip("/")
    pages = _PAGES if urlsplit(base).hostname == _API_HOST else base
    return f"{pages}/connect/oauth2/authorize?{query}#wechat_redirect"


def visitor(api: WeChatApi, code: str) -> Visitor:
    """Raises PlatformRefused (with a code in ``START_AGAIN`` she may be sent once more) and
    PlatformUnavailable."""
    asked = {"code": code, "grant_type": "authorization_code"}
    told = checked(api.ask_openly("/sns/oauth2/access_token", asked))
    return Visitor(
        openid=str(told.get("openid", "")),
        unionid=str(told.get("unionid") or ""),
        is_snapshot=told.get("is_snapshotuser") == 1,
        access_token=str(told.get("access_token", "")),
        refresh_token=str(told.get("refresh_token", "")),
    )


def refreshed(api: WeChatApi, appid: str, refresh_token: str) -> str:
    """Another access token for her. Raises PlatformRefused (40030, 42002: she has to be asked
    again) and PlatformUnavailable."""
    asked = {"appid": appid, "grant_type": "refresh_token", "refresh_token": refresh_token}
    return str(checked(api.look("/sns/oauth2/refresh_token", asked))["access_token"])


def profile(api: WeChatApi, access_token: str, openid: str) -> dict[str, Any]:
    """{nickname, headimgurl, unionid, …} of who agreed (``ASKING``). Raises PlatformRefused and
    PlatformUnavailable."""
    asked = {"access_token": access_token, "openid": openid, "lang": "zh_CN"}
    return checked(api.look("/sns/userinfo", asked))


def is_valid(api: WeChatApi, access_token: str, openid: str) -> bool:
    """Whether her access token still works. Raises PlatformUnavailable."""
    asked = {"access_token": access_token, "openid": openid}
    return api.look("/sns/auth", asked).get("errcode") == 0
