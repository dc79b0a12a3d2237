"""Codes in words, for templates: a state, a kind, a choice, each in the operator's language."""

from collections.abc import Sequence
from itertools import groupby

from flask_babel import gettext as _

from app.console import languages
from app.console.frame import console, day
from app.console.saying import causes, plan_words
from app.console.saying.timeline import Line
from app.domain.loyalty.standing.membership_cards import MembershipCard
from app.domain.loyalty.standing.tiers import Tier

console.add_app_template_filter(causes.state_in_words)
console.add_app_template_filter(causes.kind_in_words)


@console.app_template_filter()
def tier_name(tier: Tier) -> str:
    return tier.name if languages.language() == "zh" else tier.name_en


@console.app_template_filter()
def card_name(card: MembershipCard) -> str:
    return card.name if languages.language() == "zh" else card.name_en


@console.app_template_filter()
def by_day(lines: Sequence[Line]) -> list[tuple[str, list[Line]]]:
    """The lines of a timeline under the day on which they happened."""
    days = groupby(lines, key=lambda line: day(line.fact.place.at))
    return [(name, list(of_day)) for name, of_day in days]


@console.app_template_filter()
def entry_in_words(kind: str) -> str:
    words = {
        "award": _("获得积分"),
        "spend": _("消耗积分"),
        "reverse_award": _("撤回奖励"),
        "reverse_spend": _("退回消耗"),
        "expire": _("积分过期"),
        "mature": _("积分生效"),
        "reserve": _("预留积分"),
        "post": _("用预留积分支付"),
        "void": _("退回预留积分"),
        "reverse_post": _("退回用积分支付的"),
    }
    return words.get(kind, kind)


@console.app_template_filter()
def dimension_in_words(dimension: str) -> str:
    words = {
        "attribute": _("属性"),
        "product_cycle": _("产品周期"),
        "member_cycle": _("会员周期"),
        "preference": _("偏好"),
        "value": _("价值"),
        "channel": _("渠道"),
    }
    return words.get(dimension, dimension)


@console.app_template_filter()
def choice_in_words(choice: str) -> str:
    """A choice of the plan's form, or the name of a pipe."""
    words = {
        "member": _("会员（逐个）"),
        "group": _("社群"),
        "joined": _("加入时"),
        "tier_changed": _("等级变化时"),
        "tagged": _("获得某标签时"),
        "left": _("离开时（用短信、邮件、电话召回）"),
        "manual": _("手动入组"),
        "after_minutes": _("入组后若干分钟"),
        "after": _("入组后第几天"),
        "daily": _("每天"),
        "weekly": _("每周"),
        "cron": _("按 cron"),
        "date": _("指定日期"),
        "text": _("文字"),
        "link": _("图文链接"),
        "image": _("图片"),
        "voice": _("语音"),
        "video": _("视频"),
        "miniprogram": _("小程序卡片"),
        "article": _("文章"),
        "coupon": _("优惠券"),
        "quiz": _("问答"),
        "form": _("表单"),
        "material": _("素材库里的"),
        "template": _("模板消息"),
        "subscribe": _("订阅消息"),
        "sms": _("短信"),
        "mail": _("邮件"),
        "call": _("语音电话"),
        "tiers": _("等级"),
        "tags_all": _("必须全部带有"),
        "tags_any": _("至少带有其一"),
        "tags_none": _("不能带有"),
        "tier_labels": _("社群等级标签"),
        "inbox": _("收件箱"),
        "replies": _("回复"),
        "broadcasts": _("群发"),
        "clock": _("定时"),
    }
    return words.get(choice) or str(plan_words.WORDS["trigger"].get(choice, choice))


@console.app_template_filter()
def content_in_words(name: str) -> str:
    words = {
        "text": _("文字内容"),
        "title": _("标题"),
        "description": _("描述"),
        "url": _("链接地址（可用 {radar:标识}、{form:标识}、{group_link:社群}）"),
        "picture_url": _("图片地址"),
        "article_id": _("已发布文章的 article_id（公众号直接发文章）"),
        "draft_id": _("草稿的 media_id（公众号直接发图文）"),
        "coupon": _("优惠券"),
        "quiz": _("问答"),
        "form": _("表单"),
        "material": _("素材"),
        "data": _("模板内容，一行一个，字段和文字之间写等号"),
        "page": _("点开后的小程序页面"),
        "media": _("素材"),
        "media_id": _("素材 media_id"),
        "appid": _("小程序 AppID"),
        "page_path": _("页面路径"),
        "thumb_media": _("封面"),
        "thumb_media_id": _("封面 media_id"),
        "subject": _("邮件标题"),
        "template_id": _("模板 ID（空着用渠道账号的默认模板）"),
        "params": _("模板参数，一行一个（阿里云在前面写明名称和等号）"),
    }
    return words.get(name, name)


@console.app_template_filter()
def placeholder_in_words(name: str) -> str:
    words = {
        "nickname": _("会员昵称"),
        "points": _("积分余额"),
        "points_expiring": _("即将过期的积分"),
        "tier": _("等级名称"),
        "streak": _("连续签到天数"),
        "birthday": _("生日（几月几日）"),
        "coupon": _("她的优惠券链接（只能用在优惠券消息里）"),
        "group_name": _("社群名称"),
        "opt_out": _("她自己的退订链接"),
        "radar": _("她自己的雷达链接"),
        "form": _("她自己的表单链接"),
        "quiz": _("问答的题目和选项"),
        "group_link": _("进群的链接（渠道活码）"),
    }
    return words.get(name.partition(":")[0], name)


@console.app_template_filter()
def secret_in_words(name: str) -> str:
    words = {
        "token": "Token",
        "encoding_aes_key": "EncodingAESKey",
        "agent_id": "AgentID",
        "previous_token": _("上一个 Token"),
        "previous_encoding_aes_key": _("上一个 EncodingAESKey"),
    }
    return words.get(name, "AppSecret")


@console.app_template_filter()
def weekday_in_words(number: int) -> str:
    """ISO: Monday is 1."""
    return [_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日")][number - 1]
