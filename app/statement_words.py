"""What a line of a statement is about, for the member it belongs to, in both languages."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app import rule_names
from app.domain.insight.forms import Form
from app.domain.insight.radar import RadarLink
from app.domain.loyalty.earning import kinds
from app.domain.loyalty.earning.rules import EarningRule
from app.domain.loyalty.earning.wordings import NAMES, Wording
from app.domain.loyalty.item_codes.batches import ItemCodeBatch
from app.domain.loyalty.spending.lotteries import Lottery
from app.domain.loyalty.spending.rewards import Reward
from app.domain.loyalty.statements import Line
from app.rule_names import Behind

_KINDS = {
    "expire": Wording("过期", "Lapsed"),
    "mature": Wording("待生效积分生效", "Pending points became available"),
    "reserve": Wording("支付中", "On hold for a payment"),
    "post": Wording("支付完成", "Paid with points"),
    "void": Wording("支付取消，积分退回", "Payment called off, points back"),
}
_UNDOING = {
    "reverse_award": Wording("收回：", "Taken back: "),
    "reverse_spend": Wording("退还：", "Given back: "),
    "reverse_post": Wording("退还：", "Given back: "),
}
_OURS = {
    "referral": NAMES[kinds.REFERRAL],
    "same_member": Wording("账号合并", "Two accounts became one"),
    "quiz": NAMES[kinds.QUIZ],
    "tier": NAMES[kinds.TIER],
    "plan": Wording("活动奖励", "A gift"),
    "reward": Wording("积分兑换", "A reward"),
    "lottery": Wording("抽奖", "A draw"),
    "blind_box": Wording("满额盲盒", "A blind box"),
    "cash_points": Wording("积分抵现", "Points as cash"),
    "tier_benefit": Wording("等级权益", "A benefit of her tier"),
    "card_benefit": Wording("付费会员权益", "A benefit of her card"),
    "correction": Wording("客服调整", "Put right by our staff"),
    "operator": Wording("客服调整", "Put right by our staff"),
}
_OTHERS = Wording("积分变动", "Points moved")
# Of what bears a name that members may read: the name follows the kind.
_NAMED: Mapping[str, tuple[Any, Wording]] = {
    "form": (Form.title, NAMES[kinds.FORM]),
    "radar": (RadarLink.title, NAMES[kinds.RADAR]),
    "item_code": (ItemCodeBatch.product, NAMES[kinds.ITEM_CODE]),
    "reward": (Reward.name, _OURS["reward"]),
    "lottery": (Lottery.name, _OURS["lottery"]),
}


def of_lines(session: Session, lines: Sequence[Line]) -> list[Wording]:
    """In their order; a query for each kind of rule there is among them."""
    rules = {line.rule for line in lines}
    naming = {one.key: _earning(one) for one in rule_names.earning(session, rules)}
    columns = {kind: column for kind, (column, _about) in _NAMED.items()}
    for one in rule_names.behind(session, rules, columns):
        naming[one.rule] = _with_name(one)
    return [_of_line(line, naming.get(line.rule) or _of_rule(line.rule)) for line in lines]


def _of_line(line: Line, about: Wording) -> Wording:
    kind = line.entry.kind
    if kind in _KINDS:
        return _KINDS[kind]
    if kind in _UNDOING:
        before = _UNDOING[kind]
        return Wording(before.zh + about.zh, before.en + about.en)
    return about


def _of_rule(rule: str) -> Wording:
    return _OURS.get(rule.partition(":")[0], _OTHERS)


def _earning(rule: EarningRule) -> Wording:
    return Wording(rule.name, rule.name) if rule.name else NAMES[rule.known_kind]


def _with_name(behind: Behind) -> Wording:
    about = _NAMED[behind.kind][1]
    if not behind.name:
        return about
    return Wording(f"{about.zh}「{behind.name}」", f"{about.en}: {behind.name}")
