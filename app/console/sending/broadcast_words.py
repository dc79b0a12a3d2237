"""What a broadcast is made of, in words."""

from flask_babel import gettext as _

from app.console.frame import console


@console.app_template_filter()
def way_in_words(way: str) -> str:
    """A way that a message can go. What the outbox leaves blank is the channel's usual way."""
    words = {
        "": _("常用方式"),
        "usual": _("该账号的常用方式"),
        "customer_service": _("客服消息（对话窗口内）"),
        "kf": _("微信客服"),
        "staff": _("成员确认后发送（企业微信群发）"),
        "template": _("模板消息"),
        "subscribe": _("订阅消息"),
        "mass": _("公众号群发"),
        "sms": _("短信"),
        "mail": _("邮件"),
        "call": _("语音电话"),
        "group": _("群内发送"),
    }
    return words.get(way, way)
