"""A segment's rule in words: what each kind of condition and each of its fields is called, and a
rule as lines that read from top to bottom."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.console.frame import console
from app.console.people import segment_fields
from app.console.saying import figure_words
from tagging.segments import kinds

KINDS: Mapping[str, object] = {
    "all": _l("同时满足"),
    "any": _l("满足任意一个"),
    "not": _l("不满足"),
    "tag": _l("带有标签"),
    "nickname": _l("昵称包含"),
    "birthday_month": _l("生日在几月"),
    "joined": _l("加入过"),
    "left": _l("已离开"),
    "signed_up": _l("已注册"),
    "seen": _l("出现过"),
    "opted_out": _l("已退订营销"),
    "has": _l("留有资料"),
    "follows": _l("正关注渠道账号"),
    "tier": _l("等级是其一"),
    "live_code": _l("从渠道活码来"),
    "zone": _l("所在时区"),
    "points": _l("积分余额"),
    "points_expiring": _l("积分将到期"),
    "figure": _l("数值指标"),
    "figure_is": _l("分层指标"),
    "chatted": _l("说过话"),
    "signed_in": _l("签到"),
    "ordered": _l("下单"),
    "refunded": _l("退款"),
    "radar_opened": _l("打开雷达链接"),
    "form_submitted": _l("填写表单"),
    "quiz_answered": _l("回答问答"),
    "coupon_received": _l("收到优惠券"),
    "coupon_used": _l("用了优惠券"),
    "told": _l("收到我们的消息"),
    "group": _l("在社群里"),
    "plan": _l("与计划的关系"),
    "segment": _l("在另一个人群里"),
}
FIELDS: Mapping[str, object] = {
    "tag": _l("标签"),
    "within_days": _l("最近几天内（空着：不限）"),
    "contains": _l("包含的字"),
    "months": _l("月份"),
    "what": _l("资料"),
    "channel": _l("渠道账号"),
    "tiers": _l("等级"),
    "live_codes": _l("渠道活码"),
    "zones": _l("时区，用逗号隔开"),
    "least": _l("至少"),
    "most": _l("至多"),
    "figure": _l("指标"),
    "values": _l("是这些"),
    "where": _l("在哪里"),
    "sku": _l("商品 SKU"),
    "least_fen": _l("每单至少（元）"),
    "source": _l("店铺"),
    "link": _l("雷达链接"),
    "form": _l("表单"),
    "question": _l("题目"),
    "answer": _l("答案"),
    "quiz": _l("问答"),
    "right": _l("答对"),
    "coupon": _l("优惠券"),
    "plan": _l("计划"),
    "broadcast": _l("群发"),
    "groups": _l("社群（不选：任意一个）"),
    "standing": _l("关系"),
    "segment": _l("人群"),
}
CHOICES: Mapping[str, object] = {
    "nickname": _l("昵称"),
    "birthday": _l("生日"),
    "phone": _l("手机号"),
    "email": _l("邮箱"),
    "unionid": _l("UnionID"),
    "zone": _l("时区"),
    "private": _l("私聊"),
    "group": _l("社群"),
    "been_in": _l("入过组"),
    "in_now": _l("正在组里"),
    "finished": _l("走完全部步骤"),
    "left_early": _l("提前退出"),
    "reached_goal": _l("达成目标"),
    "held_out": _l("在对照组里"),
    "orders": _l("订单数"),
    "spent_fen": _l("消费总额（元）"),
    "recency_days": _l("距上次下单的天数"),
    "rhythm_days": _l("复购间隔的天数"),
    "active_hour": _l("活跃的钟点"),
    "r_score": _l("R 分"),
    "f_score": _l("F 分"),
    "m_score": _l("M 分"),
    "r_band": _l("R 档"),
    "f_band": _l("F 档"),
    "m_band": _l("M 档"),
    "expected_orders_year": _l("未来一年预计订单数"),
    "expected_value_fen_year": _l("未来一年预计消费（元）"),
    "alive_chance": _l("仍会回购的可能（0 到 1）"),
    "rfm_segment": _l("RFM 分层"),
    "stage": _l("生命周期阶段"),
    "cluster": _l("聚类"),
    **figure_words.SEGMENTS,
    **figure_words.STAGES,
}

Options = Mapping[str, Sequence[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Line:
    """``path`` is its place in the rule; ``segment`` the key of another that it names."""

    path: str
    depth: int
    words: str
    segment: str | None = None


def lines(written: Mapping[str, Any], options: Options) -> list[Line]:
    """The rule, a line for each switch and each condition."""
    return list(_lines(written, options, "", 0))


def choice(value: Any) -> str:
    return str(CHOICES.get(str(value), value))


def _lines(written: Mapping[str, Any], options: Options, path: str, depth: int) -> Iterator[Line]:
    kind = segment_fields.kind_of(written)
    if kind not in segment_fields.SWITCHES:
        yield Line(path, depth, _sentence(written, options), written.get("segment"))
        return
    yield Line(path, depth, str(KINDS[kind]))
    below = f"{path}.{kind}" if path else kind
    if kind == "not":
        yield from _lines(written["not"], options, below, depth + 1)
        return
    for number, part in enumerate(written[kind]):
        yield from _lines(part, options, f"{below}[{number}]", depth + 1)


def _sentence(leaf: Mapping[str, Any], options: Options) -> str:
    """``下单：至少 2 次，最近 90 天``."""
    kind = str(leaf["kind"])
    told = [
        _told(leaf, field, options)
        for field in kinds.KINDS.get(kind, ())
        if leaf.get(field.name) is not None
    ]
    name = str(KINDS.get(kind, kind))
    return _("%(kind)s：%(told)s", kind=name, told=_("，").join(told)) if told else name


def _told(leaf: Mapping[str, Any], field: kinds.Field, options: Options) -> str:
    if field.name == "within_days":
        return _("%(n)s 天内", n=leaf[field.name])
    if field.name in ("least", "most", "least_fen"):
        number = segment_fields.shown(leaf, field)
        return _("至多 %(n)s", n=number) if field.name == "most" else _("至少 %(n)s", n=number)
    if field.name == "right":
        return _("答对") if leaf["right"] else _("答错")
    value = leaf[field.name]
    known = dict(segment_fields.offered(leaf, field, options))
    is_code = field.choices or field.name == "values"  # what somebody wrote stays as it is
    values = map(str, value if isinstance(value, (list, tuple)) else [value])
    return _("、").join(known.get(one, choice(one) if is_code else one) for one in values)


@console.app_template_filter()
def segment_word(code: str, of: str) -> str:
    """A kind, a field or a choice in words."""
    words = {"kind": KINDS, "field": FIELDS, "choice": CHOICES}[of]
    return str(words.get(code, code))
