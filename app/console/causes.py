"""Causes in words: which rule stands behind ``keyword:3``, and what ``window_closed`` means."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.console import kind_words, reason_words, wecom_words
from app.domain.insight.keywords import KeywordRule
from app.domain.insight.radar import RadarLink
from app.domain.loyalty.quizzes import Quiz
from app.domain.outreach.mass_messages import MassMessage
from app.domain.outreach.plans import Plan
from app.domain.people.live_codes import LiveCode
from app.domain.people.operators import Operator


@dataclass(frozen=True, slots=True)
class Named:
    """A rule as a page shows it. ``href`` is None for what is built in."""

    label: str
    href: str | None = None


def name_all(session: Session, rules: Collection[str]) -> dict[str, Named]:
    """What the rules of a page are called: one query for each kind of rule."""
    named = {rule: Named(_built_in(rule)) for rule in rules}
    for kind, (column, naming) in _kinds().items():
        wanted = {rule: number for rule in rules if (number := _number(rule, kind)) is not None}
        if wanted:
            names = _names(session, column, set(wanted.values()))
            named |= {rule: naming(rule, n, names.get(n, "")) for rule, n in wanted.items()}
    return named


def kind_in_words(kind: str) -> str:
    """A kind of event, in words; kinds we do not know stay as the platform calls them."""
    words = {
        "text": _("文字消息"),
        "image": _("图片"),
        "voice": _("语音"),
        "video": _("视频"),
        "shortvideo": _("小视频"),
        "location": _("位置"),
        "link": _("链接"),
        "event.subscribe": _("关注"),
        "follower": _("夜间核对：关注"),
        "follower_gone": _("夜间核对：已取消关注"),
        "h5_login": _("登录会员中心"),
        "mirror_due": _("同步标签到平台"),
        "platform_tag": _("平台已给标签"),
        "platform_untag": _("平台已去标签"),
        "event.unsubscribe": _("取消关注"),
        "event.scan": _("扫码"),
        "event.click": _("点击菜单"),
        "event.join": _("入群"),
        "event.leave": _("退群"),
        "signed_up": _("小程序注册"),
        "sign_in": _("签到"),
        "radar_opened": _("打开雷达链接"),
        "tier_changed": _("等级变化"),
        "profile": _("平台告知资料"),
        "unreadable": _("无法读取"),
    }
    return words.get(kind) or kind_words.of(kind) or wecom_words.kinds().get(kind, kind)


def state_in_words(state: str) -> str:
    words = {
        "planned": _("待发送"),
        "attempting": _("发送中"),
        "accepted": _("平台已接收"),
        "delivered": _("已送达"),
        "failed": _("失败"),
        "unknown": _("结果未知"),
        "suppressed": _("未发送"),
        "draft": _("草稿"),
        "running": _("运行中"),
        "paused": _("已暂停"),
        "waiting": _("等待排入"),
        "scheduled": _("已定时"),
        "cancelled": _("已取消"),
        "finished": _("已完成"),
        "stopped": _("已停止"),
    }
    return words.get(state, state)


def reason_in_words(reason: str | None) -> str:
    """Why a message was not sent, or an enrolment ended; platform answers stay as they are."""
    if not reason:
        return ""
    name, _colon, what = reason.partition(":")
    words = {
        "too_late": _("已过时效"),
        "once_a_day": _("这种方式今天已联系过，等到明天"),
        "no_room_for_calls": _("已到平台的频率上限，稍后再发"),
        "no_room_in_group": _("这个社群一分钟内的消息已到上限，稍后再发"),
        "plan_stopped": _("计划已停止"),
        "taken_out": _("由运营取出"),
        "group_dismissed": _("社群已解散"),
        "left": _("会员已取消关注"),
        "opted_out": _("会员不愿接收营销消息"),
        "held_out": _("在全局对照组里"),
        "agent_talking": _("有人正在跟进会员"),
        "quiet_hours": _("在免打扰时段"),
        "window_closed": _("平台的客服消息窗口已关闭"),
        "missed": _("错过了时间"),
        "cancelled": _("群发已取消"),
        "held_out_here": _("在对照组里，不发送"),
        "not_reachable": _("在该渠道联系不到"),
        "nothing_to_fill": _("没有可填入 %(name)s 的内容", name=what),
        "finished": _("全部步骤已完成"),
        "ended": _("满足了提前结束的条件"),
        "goal": _("已达成目标"),
        "moved": _("已转到另一个计划"),
        "tier": _("等级不在计划范围内"),
        "tier_label": _("社群等级标签不在计划范围内"),
        "tag_missing": _("缺少标签「%(tag)s」", tag=what),
        "tag_none_of_any": _("没有任何所需标签"),
        "tag_refused": _("带有排除的标签「%(tag)s」", tag=what),
        "sent again by an operator": _("由运营再次发送"),
        "the sender was cut off": _("发送进程中断，不知平台是否收到"),
        "unclassified": _("平台返回了未知的错误"),
        "recipient_unreachable": _("会员未关注，平台无法送达"),
        "bad_recipient": _("平台不认识这个 openid"),
        "bad_parameters": _("平台认为参数有误"),
        "no_right": _("账号没有这个接口的权限"),
        "bad_appid": _("AppID 不正确"),
        "bad_secret": _("AppSecret 不正确"),
        "address_not_allowed": _("服务器地址不在平台的白名单里"),
        "media_expired": _("素材已过期"),
        "already_welcomed": _("已有欢迎语，或双方已开始聊天"),
        "another_app_welcomes": _("另一个应用正在发欢迎语"),
        "nothing_to_say": _("没有内容可发"),
        "no_such_group": _("客户群不存在"),
        "bad_corpid": _("CorpID 不正确"),
        "bad_agent_id": _("AgentID 不正确"),
        "bad_tag": _("标签不存在"),
        "app_disabled": _("应用已停用"),
        "too_many_at_once": _("同时调用太多"),
        "text_too_long": _("文字太长"),
        "article_without_link": _("文章没有链接，这个方式发不了"),
        "coupon_gone": _("优惠券不存在"),
        "coupon_none_left": _("优惠券已发完或已停发"),
        "coupon_limit": _("会员领取这张优惠券已达上限"),
        "quiz_closed": _("问答没有打开"),
        "quiz_elsewhere": _("问答不在这个渠道里作答"),
        "form_closed": _("表单已关闭"),
        "daily_quota": _("当日配额已用完"),
        "too_frequent": _("发送太频繁"),
        "not_subscribed": _("会员没有同意接收这个订阅消息"),
        "mass_month_used_up": _("本月的群发条数已用完"),
        "mass_needs_two": _("群发至少要有两位会员"),
        "not_meant": _("不再符合群发的条件"),
        "mass_failed": _("平台没有发出群发：%(status)s", status=what),
        "user_block": _("会员拒收模板消息"),
        "system_failed": _("平台发送失败"),
        "template_failed": _("平台没有发出模板消息"),
        "subscribe_failed": _("平台没有发出订阅消息：%(status)s", status=what),
        "bad_field": _("平台不接受「%(name)s」的值", name=what),
        "key_expired": _("隔得太久，不知平台是否收到"),
        "window_used_up": _("平台的客服消息条数已用完"),
        "system_busy": _("平台繁忙"),
        "token_refused": _("平台拒绝了 access_token"),
        "broken answer": _("平台的回答无法读取"),
        "came_back": _("会员已经回来"),
        "no_consent": _("会员没有同意用这种方式联系"),
        "not_delivered": _("没有送达：%(why)s", why=what),
        "bad_number": _("号码不正确"),
        "number_blocked": _("号码在免打扰名单里"),
        "number_too_frequent": _("发给这个号码太频繁"),
        "number_daily_limit": _("这个号码今天收到的已到上限"),
        "not_at_this_hour": _("平台在这个时段不发送"),
        "monthly_quota": _("当月配额已用完"),
        "template_not_approved": _("模板未审核通过或不存在"),
        "sign_name_not_approved": _("短信签名未审核通过"),
        "no_money_left": _("平台账户余额不足"),
        "clock_skew": _("本机时钟与平台相差太多"),
        "content_refused": _("平台不接受这个内容"),
        "platform_failed": _("平台出错，不知是否已发送"),
        "call_failed": _("呼叫没有发起"),
        "no_template": _("没有选择模板"),
        "param_without_name": _("模板参数没有写明名称"),
        "param_too_long": _("模板参数太长"),
        "url_in_param": _("模板参数里不能有网址"),
        "bad_address": _("邮箱地址不正确或不存在"),
        "bad_header": _("标题或地址里有不能使用的字符"),
        "sender_refused": _("邮件服务器不接受这个发信地址"),
        "server_busy": _("邮件服务器请求稍后再试"),
        "bad_certificate": _("邮件服务器的证书无效"),
        "no_tls_offered": _("邮件服务器不支持所选的加密"),
        "no_groups_here": _("这个渠道不能向社群发送"),
        "kind_not_offered": _("这个渠道不能发送这种消息"),
        "no_customer_service": _("账号没有客服接口权限，只能在回调里回复"),
        "one_reply_per_push": _("平台每次推送只收一条被动回复"),
        "not_fetched": _("平台没有来取这条被动回复"),
        "media_missing": _("素材文件不在了"),
        "bad_media": _("平台不接受这个素材"),
        "bad_menu": _("平台不接受这个菜单"),
        "no_menu": _("平台上没有菜单"),
        "too_many_articles": _("图文条数太多"),
    }
    return words.get(name) or reason_words.of(name, what) or reason


def _built_in(rule: str) -> str:
    words = {
        "join": _("关注得积分"),
        "sign_up": _("注册得积分"),
        "sign_in": _("签到"),
        "streak_7": _("连签 7 天奖励"),
        "streak_30": _("连签 30 天奖励"),
        "balance": _("积分查询"),
        "help": _("帮助"),
        "welcome": _("欢迎语"),
        "tier_changed": _("升级祝贺"),
        "same_member": _("合并为同一会员"),
        "unionid": _("向平台询问资料"),
        "by_hand": _("运营手动发送"),
    }
    return words.get(rule, rule)


_Naming = Callable[[str, int, str], Named]


def _kinds() -> dict[str, tuple[Any, _Naming]]:
    return {
        "keyword": (
            KeywordRule.name,
            lambda _rule, n, name: Named(
                _("关键词「%(name)s」", name=name), url_for("console.rule", rule_id=n)
            ),
        ),
        "live_code": (
            LiveCode.name,
            lambda _rule, n, name: Named(
                _("活码「%(name)s」", name=name), url_for("console.live_code", code_id=n)
            ),
        ),
        "radar": (
            RadarLink.title,
            lambda _rule, n, name: Named(
                _("雷达「%(name)s」", name=name), url_for("console.radar_link", link_id=n)
            ),
        ),
        "quiz": (
            Quiz.question,
            lambda _rule, n, name: Named(
                _("问答「%(name)s」", name=name[:20]), url_for("console.quiz", quiz_id=n)
            ),
        ),
        "plan": (Plan.name, _plan_named),
        "mass": (
            MassMessage.kind,
            lambda _rule, n, _name: Named(
                _("群发 %(n)s", n=n), url_for("console.mass_message", message_id=n)
            ),
        ),
        "operator": (Operator.name, lambda _rule, _n, name: Named(_("运营 %(name)s", name=name))),
    }


def _plan_named(rule: str, number: int, name: str) -> Named:
    step = rule.partition("/step:")[2]
    label = _("计划「%(name)s」", name=name)
    if step:
        label = _("计划「%(name)s」第 %(step)s 步", name=name, step=step)
    return Named(label, url_for("console.plan", plan_id=number))


def _number(rule: str, kind: str) -> int | None:
    """The id in ``plan:7/step:2``, or None when the rule is of another kind."""
    prefix, _colon, rest = rule.partition(":")
    digits = rest.partition("/")[0]
    return int(digits) if prefix == kind and digits.isdecimal() else None


def _names(session: Session, column: Any, ids: Collection[int]) -> dict[int, str]:
    rows = session.execute(sa.select(column.class_.id, column).where(column.class_.id.in_(ids)))
    return {number: name for number, name in rows}  # noqa: C416  rows, not pairs
