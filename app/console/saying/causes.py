"""Causes in words: which rule stands behind ``keyword:3``, and what ``window_closed`` means."""

from collections.abc import Collection
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import rule_names
from app.console import languages
from app.console.saying import kind_words, wecom_words
from app.console.saying.cause_kinds import KINDS
from app.domain.loyalty.earning.rules import EarningRule
from app.domain.loyalty.earning.wordings import NAMES
from app.rule_names import Behind


@dataclass(frozen=True, slots=True)
class Named:
    """A rule as a page shows it. ``href`` is None for what is built in."""

    label: str
    href: str | None = None


def name_all(session: Session, rules: Collection[str]) -> dict[str, Named]:
    """What the rules of a page are called: one query for each kind of rule."""
    named = {rule: Named(_built_in(rule)) for rule in rules}
    columns = {kind: known.column for kind, known in KINDS.items()}
    named |= {one.rule: _named(one) for one in rule_names.behind(session, rules, columns)}
    return named | {one.key: _earning(one) for one in rule_names.earning(session, rules)}


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
        "tag_expired": _("标签到期"),
        "event.unsubscribe": _("取消关注"),
        "event.scan": _("扫码"),
        "event.click": _("点击菜单"),
        "event.join": _("入群"),
        "event.leave": _("退群"),
        "signed_up": _("小程序注册"),
        "sign_in": _("签到"),
        "radar_opened": _("打开雷达链接"),
        "radar_read": _("读雷达文章"),
        "radar_shared": _("经她转发有人打开了雷达链接"),
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


def _built_in(rule: str) -> str:
    words = {
        "join": _("关注得积分"),
        "sign_up": _("注册得积分"),
        "sign_in": _("签到"),
        "streak_7": _("连签 7 天奖励"),
        "streak_30": _("连签 30 天奖励"),
        "tier": _("等级倍数"),
        "order_claim": _("领取订单"),
        "balance": _("积分查询"),
        "rewards": _("兑换查询"),
        "cash_points": _("积分抵现"),
        "referral": _("推荐奖励"),
        "help": _("帮助"),
        "welcome": _("欢迎语"),
        "tier_changed": _("升级祝贺"),
        "same_member": _("合并为同一会员"),
        "unionid": _("向平台询问资料"),
        "by_hand": _("运营手动发送"),
        "expired": _("标签到期"),
    }
    return words.get(rule, rule)


def _named(behind: Behind) -> Named:
    kind = KINDS[behind.kind]
    label, step = kind.label(behind.number, behind.name), behind.rule.partition("/step:")[2]
    if step:
        label = _("%(plan)s第 %(step)s 步", plan=label, step=step)
    return Named(label, kind.href(behind.number))


def _earning(rule: EarningRule) -> Named:
    """By the name that operators gave it."""
    known = _built_in(rule.key)
    kind = known if known != rule.key else languages.in_language(NAMES[rule.known_kind])
    return Named(rule.name or kind, url_for("console.earning_rule", key=rule.key))
