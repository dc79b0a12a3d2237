"""Menus of official accounts in words: what a button does, and why the platform takes none."""

from flask_babel import gettext as _

from app.console.frame import console
from app.console.saying import reason_words

KEYS = ("SIGN_IN", "BALANCE", "HELP")  # what a click can bring, see the handlers of chat


def refusal_in_words(code: int, reason: str) -> str:
    """By the platform's table of return codes."""
    words = {
        40016: _("菜单的个数不对"),
        40017: _("菜单的动作不对"),
        40018: _("菜单名的长度不对"),
        40019: _("菜单的 key 长度不对"),
        40020: _("菜单的网址长度不对"),
        40023: _("子菜单的个数不对"),
        40024: _("子菜单的动作不对"),
        40025: _("子菜单名的长度不对"),
        40026: _("子菜单的 key 长度不对"),
        40027: _("子菜单的网址长度不对"),
        40054: _("子菜单的网址不是平台允许的域名"),
        40055: _("菜单的网址不是平台允许的域名"),
        45064: _("小程序没有与公众号关联"),
    }
    return words.get(code) or reason_words.reason_in_words(reason)


@console.app_template_filter()
def menu_kind_in_words(kind: str) -> str:
    words = {
        "click": _("点击"),
        "view": _("打开网页"),
        "miniprogram": _("打开小程序"),
        "scancode_push": _("扫码"),
        "scancode_waitmsg": _("扫码，等待回答"),
        "pic_sysphoto": _("拍照"),
        "pic_photo_or_album": _("拍照或相册"),
        "pic_weixin": _("微信相册"),
        "location_select": _("发送位置"),
        "SIGN_IN": _("签到"),
        "BALANCE": _("积分查询"),
        "HELP": _("帮助"),
        "key": "key",
        "url": _("网址"),
        "appid": _("小程序 AppID"),
        "pagepath": _("页面路径"),
    }
    return words.get(kind, kind)
