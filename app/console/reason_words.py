"""Why a way was not open or a message had to wait, in words: what is found out beforehand, in
rehearsals and where a page explains, as well as at the moment of sending."""

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.console.frame import console

WORDS: Mapping[str, object] = {
    "plan_draft": _l("计划还没有启动"),
    "plan_paused": _l("计划已暂停"),
    "broadcast_draft": _l("群发还没有启动"),
    "broadcast_paused": _l("群发已暂停"),
    "broadcast_cancelled": _l("群发已取消"),
    "halted": _l("全部停发已开启"),
    "trigger_not_met": _l("触发条件还没有发生"),
    "not_frozen": _l("启动时不在名单里"),
    "nothing_comes": _l("后面没有要发的了"),
    "no_way": _l("每种方式都不通"),
    "ended_early": _l("满足了提前结束的条件"),
    "no_contact": _l("没有成员加了她的企业微信"),
    "staff_month_used_up": _l("本月的成员群发条数已用完"),
    "no_owner": _l("客户群没有在职的群主"),
    "personal_words": _l("每人内容不同，不能合并发送"),
    "way_not_offered": _l("这个渠道账号没有这种方式"),
    "no_such_channel": _l("没有这个渠道账号"),
    "staff_refused": _l("平台不接受这个对象"),
    "staff_no_contact": _l("确认时已不是客户，或已退群"),
    "staff_too_many": _l("确认时本月已收满"),
    "staff_message_cancelled": _l("企业群发已停止"),
    "not_confirmed": _l("没有员工确认"),
    "not_told": _l("平台没有告知员工是否确认"),
}
_CATEGORIES: Mapping[str, object] = {
    "every": _l("所有消息"),
    "marketing": _l("营销"),
    "service": _l("服务"),
    "loyalty": _l("会员权益"),
    "reply": _l("回复"),
}
_PERIODS: Mapping[str, object] = {"day": _l("每天"), "week": _l("每周"), "month": _l("每月")}


def of(name: str, what: str) -> str | None:
    """The words of ``name:what``; None for what is not known here."""
    if name == "cap":
        return _("已到频次上限（%(cap)s）", cap=cap(what))
    return str(WORDS[name]) if name in WORDS else None


@console.app_template_filter("cap_in_words")
def cap(named: str) -> str:
    """A cap by its name, ``marketing/week``."""
    category, _slash, period = named.partition("/")
    return f"{_CATEGORIES.get(category, category)} {_PERIODS.get(period, period)}"
