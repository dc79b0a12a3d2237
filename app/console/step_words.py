"""What a step does besides speaking, and what it asks, in words."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _


def of(step: Mapping[str, Any]) -> str:
    """Empty for a step that only speaks."""
    if act := step.get("act"):
        return _act(act)
    if branch := step.get("branch"):
        return _("如果%(condition)s", condition=condition(branch.get("if") or {}))
    if wait := step.get("wait"):
        return _(
            "等待%(what)s，最多 %(n)s 分钟",
            what=happening((wait.get("for") or {}).get("kind", "")),
            n=wait.get("minutes", ""),
        )
    return ""


def condition(written: Mapping[str, Any]) -> str:
    """A condition on a member, in words."""
    if "all" in written:
        return _("，并且").join(condition(part) for part in written["all"])
    if "any" in written:
        return _("，或者").join(condition(part) for part in written["any"])
    if "not" in written:
        return _("不满足（%(condition)s）", condition=condition(written["not"]))
    if "tag" in written:
        return _("带有标签「%(tag)s」", tag=written["tag"])
    if "tier" in written:
        tiers = written["tier"] if isinstance(written["tier"], list) else [written["tier"]]
        return _("等级是 %(tiers)s", tiers="、".join(tiers))
    if "points_at_least" in written:
        return _("积分至少 %(n)s", n=written["points_at_least"])
    what = happening((written.get("happened") or {}).get("kind", ""))
    if days := written.get("within_days"):
        return _("最近 %(n)s 天有过：%(what)s", n=days, what=what)
    return _("入组后有过：%(what)s", what=what)


def happening(kind: str) -> str:
    words = {
        "joined": _("加入"),
        "left": _("离开"),
        "joined_group": _("进群"),
        "left_group": _("退群"),
        "scanned": _("扫码"),
        "tagged": _("获得标签"),
        "tier_changed": _("等级变化"),
        "replied": _("回复消息"),
        "signed_in": _("签到"),
        "answered": _("回答问答"),
        "clicked": _("打开链接"),
        "form_submitted": _("填写表单"),
        "ordered": _("下单"),
        "refunded": _("退款"),
        "points_expiring": _("积分即将过期"),
        "silent": _("沉默若干天"),
        "birthday": _("生日"),
        "cron": _("按日历"),
        "segment_entered": _("进入人群"),
        "manual": _("手动入组"),
    }
    return words.get(kind, kind)


def _act(act: Mapping[str, Any]) -> str:
    words = {
        "tag": _("打标签「%(what)s」", what=act.get("tag", "")),
        "untag": _("去掉标签「%(what)s」", what=act.get("tag", "")),
        "points": _("送 %(what)s 积分", what=act.get("points", "")),
        "coupon": _("发优惠券 %(what)s", what=act.get("coupon", "")),
        "todo": _("给员工待办：%(what)s", what=act.get("text", "")),
        "invite": _("邀请进群 %(what)s", what=act.get("group", "")),
        "move": _("转到计划 %(what)s", what=act.get("plan", "")),
    }
    return words.get(str(act.get("kind")), "")
