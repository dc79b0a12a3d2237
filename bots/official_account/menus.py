"""The menu under the conversation with an official account.

Official documentation: "Custom menus" (create, get, delete).
"""

from collections.abc import Mapping
from typing import Any

from bots.wechat_api import WeChatApi, checked

NO_MENU = 46003


def publish(api: WeChatApi, menu: Mapping[str, Any]) -> None:
    """Puts ``menu``, as the platform writes it, in the place of the one there is; phones show it
    within five minutes. Raises PlatformRefused and PlatformUnavailable, as all here."""
    checked(api.ask("POST", "/cgi-bin/menu/create", body=menu))


def live(api: WeChatApi) -> Mapping[str, Any] | None:
    """The menu that is shown now, None when there is none."""
    answer = api.ask("GET", "/cgi-bin/menu/get")
    if answer.get("errcode") == NO_MENU:
        return None
    menu = checked(answer).get("menu")
    return menu if isinstance(menu, Mapping) else None


def delete(api: WeChatApi) -> None:
    checked(api.ask("GET", "/cgi-bin/menu/delete"))
