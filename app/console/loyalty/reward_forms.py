"""The forms of rewards, and rewards in words."""

from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateTimeLocalField, SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, NumberRange, Optional

from app.console.fields.bounds import NumberField, WholeField, in_our_days
from app.console.frame import console
from app.console.loyalty.coupon_forms import MANY, YUAN
from app.console.loyalty.offer_forms import OfferForm, local
from app.domain.loyalty.spending.rewards import Reward, RewardKind

KINDS = {
    RewardKind.GOODS: _l("实物"),
    RewardKind.COUPON: _l("优惠券"),
    RewardKind.CODE: _l("兑换码"),
    RewardKind.BLIND_BOX: _l("盲盒"),
}
POINTS = [InputRequired(), NumberRange(0, 100_000_000)]


class ChangeForm(OfferForm):
    points = WholeField(
        _l("多少积分"), POINTS, default=0, description=_l("积分和金额都是 0：只作奖品，不上架")
    )
    money = NumberField(_l("另付多少元"), YUAN, places=2, description=_l("空着表示只用积分"))
    stock = WholeField(
        _l("库存"), [Optional(), NumberRange(0, 1_000_000_000)], description=_l("空着表示不限")
    )
    per_member = WholeField(_l("每位会员最多几份"), MANY, description=_l("空着表示不限"))
    per_month = WholeField(_l("每位会员每月最多几份"), MANY, description=_l("空着表示不限"))
    opens_at = DateTimeLocalField(_l("开始时间"), [Optional(), in_our_days])
    closes_at = DateTimeLocalField(_l("结束时间"), [Optional(), in_our_days])

    def terms(self) -> dict[str, Any]:
        return super().terms() | {
            "points": self.points.data,
            "money_fen": int((self.money.data or Decimal(0)) * 100),
            "stock": self.stock.data,
            "per_member": self.per_member.data,
            "per_month": self.per_month.data,
            "opens_at": local(self.opens_at.data),
            "closes_at": local(self.closes_at.data),
        }


class RewardForm(ChangeForm):
    kind = SelectField(
        _l("种类"), choices=[SelectChoice(kind, said) for kind, said in KINDS.items()]
    )
    coupon_id = SelectField(_l("哪种优惠券"), coerce=int, description=_l("只用于优惠券"))
    lottery_id = SelectField(_l("哪个抽奖"), coerce=int, description=_l("只用于盲盒"))


@console.app_template_filter()
def reward_kind_in_words(kind: str) -> str:
    return str(KINDS[RewardKind(kind)])


@console.app_template_filter()
def price_in_words(reward: Reward) -> str:
    parts = [_("%(n)s 积分", n=reward.points)] if reward.points else []
    parts += [f"¥{reward.money_fen / 100:g}"] if reward.money_fen else []
    return " + ".join(parts) or _("只作奖品")
