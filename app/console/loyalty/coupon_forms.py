"""The forms of coupons, and coupons in words."""

from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from app.console.fields.bounds import ManyField, NumberField, WholeField, in_our_days, whole_fen
from app.console.frame import console, siyu
from app.console.saying.words import tier_name
from app.domain.loyalty.spending.coupon_terms import NTH_MAX, TIMES_MAX, CouponKind, Scope
from app.domain.loyalty.spending.coupons import Coupon
from app.domain.loyalty.standing import tiers

KINDS = {
    CouponKind.FIXED: _l("立减"),
    CouponKind.THRESHOLD: _l("满减"),
    CouponKind.PERCENT: _l("折扣"),
    CouponKind.NTH: _l("第 N 件优惠"),
    CouponKind.GIFT: _l("赠品"),
}
YUAN = (Optional(), NumberRange(Decimal("0.01"), Decimal(1_000_000)), whole_fen)
MANY = (Optional(), NumberRange(1, 1_000_000_000))


class ChangeForm(FlaskForm):
    name = StringField(_l("名称"), [DataRequired(), Length(max=60)])
    valid_days = WholeField(_l("领取后几天内有效"), [Optional(), NumberRange(1, 3650)])
    valid_on = DateField(_l("最晚有效到哪一天"), [Optional(), in_our_days])
    stock = WholeField(_l("总张数"), MANY, description=_l("空着表示不限"))
    per_member = WholeField(_l("每位会员最多几张"), MANY, description=_l("空着表示不限"))


class CouponForm(ChangeForm):
    kind = SelectField(
        _l("种类"), choices=[SelectChoice(kind, said) for kind, said in KINDS.items()]
    )
    amount = NumberField(_l("减多少元"), YUAN, places=2)
    threshold = NumberField(_l("满多少元"), YUAN, places=2, description=_l("用于满减和赠品"))
    percent = WholeField(
        _l("减百分之几"),
        [Optional(), NumberRange(1, 100)],
        description=_l("用于折扣和第 N 件优惠：八折填 20，半价填 50"),
    )
    nth = WholeField(
        _l("第几件"), [Optional(), NumberRange(2, NTH_MAX)], description=_l("第二件半价填 2")
    )
    times = WholeField(
        _l("一单最多优惠几件"),
        [Optional(), NumberRange(1, TIMES_MAX)],
        description=_l("空着表示不限"),
    )
    gift_sku = StringField(_l("赠品的商品编码"), [Length(max=200)], default="")
    gift_name = StringField(_l("赠品名称"), [Length(max=60)], default="")
    skus = TextAreaField(
        _l("只限这些商品"), [Length(max=20_000)], description=_l("一行一个编码"), default=""
    )
    categories = TextAreaField(
        _l("只限这些类目"), [Length(max=5_000)], description=_l("一行一个"), default=""
    )
    sources = StringField(
        _l("只限这些店铺"), [Length(max=500)], description=_l("用空格分开"), default=""
    )
    tier_ids = ManyField(_l("只限这些等级使用"), coerce=int, description=_l("都不选表示不限"))
    comes_back = BooleanField(_l("订单全额退款后退回这张券"))


@console.app_template_filter()
def coupon_in_words(coupon: Coupon) -> str:
    amount, threshold = (
        f"{(fen or 0) / 100:g}" for fen in (coupon.amount_fen, coupon.threshold_fen)
    )
    if coupon.kind == CouponKind.PERCENT:
        return _("减 %(percent)s%%", percent=coupon.percent)
    if coupon.kind == CouponKind.THRESHOLD:
        return _("满 %(threshold)s 减 %(amount)s 元", threshold=threshold, amount=amount)
    if coupon.kind == CouponKind.NTH:
        return _("第 %(nth)s 件减 %(percent)s%%", nth=coupon.nth, percent=coupon.percent)
    if coupon.kind == CouponKind.GIFT and coupon.threshold_fen:
        return _("满 %(threshold)s 元送 %(gift)s", threshold=threshold, gift=_gift(coupon))
    if coupon.kind == CouponKind.GIFT:
        return _("送 %(gift)s", gift=_gift(coupon))
    return _("减 %(amount)s 元", amount=amount)


@console.app_template_filter()
def scope_in_words(coupon: Coupon) -> str:
    """What it is limited to; empty when nothing limits it."""
    skus, categories, sources = (
        "、".join(names) for names in coupon.terms.scope.as_json().values()
    )
    parts = [
        _("限商品 %(names)s", names=skus) if skus else "",
        _("限类目 %(names)s", names=categories) if categories else "",
        _("限店铺 %(names)s", names=sources) if sources else "",
        _("限部分等级") if coupon.tier_ids else "",
        _("全额退款后退回") if coupon.comes_back else "",
    ]
    return " · ".join(part for part in parts if part)


def _gift(coupon: Coupon) -> str:
    return coupon.gift_name or coupon.gift_sku or ""


def scope_in(form: CouponForm) -> Scope:
    return Scope(
        frozenset(lines_in(form.skus.data)),
        frozenset(lines_in(form.categories.data)),
        frozenset(form.sources.data.split()),
    )


def lines_in(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def tier_choices() -> list[SelectChoice]:
    """For a field that says which tiers something is for."""
    with siyu().database.reading() as session:
        return [SelectChoice(one.id, tier_name(one)) for one in tiers.all_of(session)]
