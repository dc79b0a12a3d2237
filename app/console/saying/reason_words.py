"""Reasons in words: why a message was not sent, had to wait or took another way, and why an
enrolment ended; found out beforehand, in rehearsals and where a page explains, as well as at the
moment of sending. Where a reason says of what (``tag_missing:油性发质``), its words have a place
for it."""

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.console.frame import console

# Why an enrolment ended, and who decided that something is not said.
_OF_JOURNEYS: Mapping[str, object] = {
    "plan_stopped": _l("计划已停止"),
    "taken_out": _l("由运营取出"),
    "finished": _l("全部步骤已完成"),
    "ended": _l("满足了提前结束的条件"),
    "goal": _l("已达成目标"),
    "moved": _l("已转到另一个计划"),
    "missed": _l("错过了时间"),
    "cancelled": _l("群发已取消"),
    "not_meant": _l("不再符合群发的条件"),
    "came_back": _l("会员已经回来"),
    "held_out_here": _l("在对照组里，不发送"),
    "in_trouble": _l("做到这里时出了问题，没有发送，详见日志"),
    "sent again by an operator": _l("由运营再次发送"),
}
# What is true of her, or of the group.
_OF_MEMBERS: Mapping[str, object] = {
    "left": _l("会员已取消关注"),
    "opted_out": _l("会员不愿接收营销消息"),
    "held_out": _l("在全局对照组里"),
    "agent_talking": _l("有人正在跟进会员"),
    "quiet_hours": _l("在免打扰时段"),
    "not_reachable": _l("在该渠道联系不到"),
    "no_consent": _l("会员没有同意用这种方式联系"),
    "tier": _l("等级不在计划范围内"),
    "tier_label": _l("社群等级标签不在计划范围内"),
    "tag_missing": _l("缺少标签「%(what)s」"),
    "tag_none_of_any": _l("没有任何所需标签"),
    "tag_refused": _l("带有排除的标签「%(what)s」"),
    "not_in": _l("不在所选的人群里（%(what)s）"),
    "group_dismissed": _l("社群已解散"),
    "not_subscribed": _l("会员没有同意接收这个订阅消息"),
    "user_block": _l("会员拒收模板消息"),
    "recipient_unreachable": _l("会员未关注，平台无法送达"),
    "bad_recipient": _l("平台不认识这个 openid"),
}
# What was used up, or has to wait.
_OF_LIMITS: Mapping[str, object] = {
    "too_late": _l("已过时效"),
    "once_a_day": _l("这种方式今天已联系过，等到明天"),
    "no_room_for_calls": _l("已到平台的频率上限，稍后再发"),
    "no_room_in_group": _l("这个社群一分钟内的消息已到上限，稍后再发"),
    "window_closed": _l("平台的客服消息窗口已关闭"),
    "window_used_up": _l("平台的客服消息条数已用完"),
    "daily_quota": _l("当日配额已用完"),
    "monthly_quota": _l("当月配额已用完"),
    "too_frequent": _l("发送太频繁"),
    "too_many_at_once": _l("同时调用太多"),
    "mass_month_used_up": _l("本月的群发条数已用完"),
    "mass_needs_two": _l("群发至少要有两位会员"),
    "one_reply_per_push": _l("平台每次推送只收一条被动回复"),
    "not_fetched": _l("平台没有来取这条被动回复"),
    "number_too_frequent": _l("发给这个号码太频繁"),
    "number_daily_limit": _l("这个号码今天收到的已到上限"),
    "not_at_this_hour": _l("平台在这个时段不发送"),
}
# What was to be said.
_OF_CONTENTS: Mapping[str, object] = {
    "nothing_to_fill": _l("没有可填入 %(what)s 的内容"),
    "nothing_to_say": _l("没有内容可发"),
    "text_too_long": _l("文字太长"),
    "too_many_articles": _l("图文条数太多"),
    "article_without_link": _l("文章没有链接，这个方式发不了"),
    "coupon_gone": _l("优惠券不存在"),
    "coupon_none_left": _l("优惠券已发完或已停发"),
    "coupon_limit": _l("会员领取这张优惠券已达上限"),
    "quiz_closed": _l("问答没有打开"),
    "quiz_elsewhere": _l("问答不在这个渠道里作答"),
    "form_closed": _l("表单已关闭"),
    "media_missing": _l("素材文件不在了"),
    "media_expired": _l("素材已过期"),
    "bad_media": _l("平台不接受这个素材"),
    "kind_not_offered": _l("这个渠道不能发送这种消息"),
    "no_groups_here": _l("这个渠道不能向社群发送"),
    "already_welcomed": _l("已有欢迎语，或双方已开始聊天"),
    "another_app_welcomes": _l("另一个应用正在发欢迎语"),
    "content_refused": _l("平台不接受这个内容"),
    "bad_field": _l("平台不接受「%(what)s」的值"),
    "bad_menu": _l("平台不接受这个菜单"),
    "no_menu": _l("平台上没有菜单"),
}
# Templates and what fills them, and mass jobs.
_OF_TEMPLATES: Mapping[str, object] = {
    "no_template": _l("没有选择模板"),
    "template_not_approved": _l("模板未审核通过或不存在"),
    "sign_name_not_approved": _l("短信签名未审核通过"),
    "param_without_name": _l("模板参数没有写明名称"),
    "param_too_long": _l("模板参数太长"),
    "url_in_param": _l("模板参数里不能有网址"),
    "template_failed": _l("平台没有发出模板消息"),
    "subscribe_failed": _l("平台没有发出订阅消息：%(what)s"),
    "mass_failed": _l("平台没有发出群发：%(what)s"),
}
# An operator has to put something right.
_OF_ACCOUNTS: Mapping[str, object] = {
    "no_right": _l("账号没有这个接口的权限"),
    "no_customer_service": _l("账号没有客服接口权限，只能在回调里回复"),
    "bad_appid": _l("AppID 不正确"),
    "bad_secret": _l("AppSecret 不正确"),
    "bad_corpid": _l("CorpID 不正确"),
    "bad_agent_id": _l("AgentID 不正确"),
    "bad_parameters": _l("平台认为参数有误"),
    "bad_tag": _l("标签不存在"),
    "no_such_group": _l("客户群不存在"),
    "app_disabled": _l("应用已停用"),
    "address_not_allowed": _l("服务器地址不在平台的白名单里"),
    "token_refused": _l("平台拒绝了 access_token"),
    "no_money_left": _l("平台账户余额不足"),
    "clock_skew": _l("本机时钟与平台相差太多"),
    "sender_refused": _l("邮件服务器不接受这个发信地址"),
    "bad_certificate": _l("邮件服务器的证书无效"),
    "no_tls_offered": _l("邮件服务器不支持所选的加密"),
}
# What became of it at the platform, the carrier or the mail server.
_OF_DELIVERY: Mapping[str, object] = {
    "the sender was cut off": _l("发送进程中断，不知平台是否收到"),
    "unclassified": _l("平台返回了未知的错误"),
    "key_expired": _l("隔得太久，不知平台是否收到"),
    "system_busy": _l("平台繁忙"),
    "system_failed": _l("平台发送失败"),
    "broken answer": _l("平台的回答无法读取"),
    "platform_failed": _l("平台出错，不知是否已发送"),
    "not_delivered": _l("没有送达：%(what)s"),
    "call_failed": _l("呼叫没有发起"),
    "bad_number": _l("号码不正确"),
    "number_blocked": _l("号码在免打扰名单里"),
    "bad_address": _l("邮箱地址不正确或不存在"),
    "bad_header": _l("标题或地址里有不能使用的字符"),
    "server_busy": _l("邮件服务器请求稍后再试"),
}
# What is known beforehand, and of messages by staff.
_OF_WAYS: Mapping[str, object] = {
    "plan_draft": _l("计划还没有启动"),
    "plan_paused": _l("计划已暂停"),
    "broadcast_draft": _l("群发还没有启动"),
    "broadcast_paused": _l("群发已暂停"),
    "broadcast_cancelled": _l("群发已取消"),
    "halted": _l("全部停发已开启"),
    "trigger_not_met": _l("触发条件还没有发生"),
    "not_frozen": _l("启动时不在名单里"),
    "approval_waiting": _l("在等另一位运营批准"),
    "approval_missing": _l("对象较多，还没有请求批准，或没有批准"),
    "other_channel": _l("社群在别的渠道账号"),
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
WORDS: Mapping[str, object] = {
    **_OF_JOURNEYS,
    **_OF_MEMBERS,
    **_OF_LIMITS,
    **_OF_CONTENTS,
    **_OF_TEMPLATES,
    **_OF_ACCOUNTS,
    **_OF_DELIVERY,
    **_OF_WAYS,
}
_CATEGORIES: Mapping[str, object] = {
    "every": _l("所有消息"),
    "marketing": _l("营销"),
    "service": _l("服务"),
    "loyalty": _l("会员权益"),
    "reply": _l("回复"),
}
_PERIODS: Mapping[str, object] = {"day": _l("每天"), "week": _l("每周"), "month": _l("每月")}


@console.app_template_filter()
def reason_in_words(reason: str | None) -> str:
    """In the operator's language; what a platform says in words of its own stays as it is."""
    if not reason:
        return ""
    name, _colon, what = reason.partition(":")
    if name == "cap":
        return _("已到频次上限（%(cap)s）", cap=cap(what))
    said = WORDS.get(name)
    return str(said) % {"what": what} if said is not None else reason


@console.app_template_filter("cap_in_words")
def cap(named: str) -> str:
    """A cap by its name, ``marketing/week``."""
    category, _slash, period = named.partition("/")
    return f"{_CATEGORIES.get(category, category)} {_PERIODS.get(period, period)}"
