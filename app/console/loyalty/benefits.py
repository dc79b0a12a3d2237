"""Benefits of a tier or a paid card: what they bring, set in a form, each change a version."""

from decimal import Decimal
from typing import Any

from flask import abort, flash, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import (
    BooleanField,
    SelectField,
    TextAreaField,
)
from wtforms.validators import NumberRange, Optional

from app.console.fields.bounds import ManyField, WholeField
from app.console.frame import Answer, console, go, operator_id, page, siyu
from app.console.saying import words
from app.domain.loyalty.spending import coupons
from app.domain.loyalty.standing import benefits as benefit_table
from app.domain.loyalty.standing.benefit_terms import (
    COUPONS_MAX,
    FACTOR_MAX,
    POINTS_MAX,
    PRICES_MAX,
    SINGLE,
    Benefits,
    MemberPrice,
    Other,
)
from app.domain.loyalty.standing.membership_cards import MembershipCard
from app.domain.loyalty.standing.tiers import Tier
from app.domain.people import operators
from app.domain.people.staff import Staff


class BenefitForm(FlaskForm):
    off_percent = WholeField(
        _l("订单减百分之几"),
        [Optional(), NumberRange(0, 99)],
        description=_l("九五折填 5；由商店在下单时向我们查询"),
    )
    points_factor = WholeField(
        _l("积分倍数（百分之几）"),
        [Optional(), NumberRange(SINGLE, FACTOR_MAX)],
        description=_l("100 是一倍，150 是一倍半"),
    )
    coupon_ids = ManyField(
        _l("达到时各送一张"), coerce=int, description=_l("每次达到都送；按住 Ctrl 可选几种")
    )
    birthday_points = WholeField(_l("生日送积分"), [Optional(), NumberRange(0, POINTS_MAX)])
    birthday_coupon_id = SelectField(_l("生日送券"), coerce=int)
    priority_shipping = BooleanField(_l("优先发货"))
    own_agent = BooleanField(_l("专属客服"))
    agent_staff_id = SelectField(
        _l("专属客服是谁"), coerce=int, description=_l("达到时给她一条待办；不指定则谁都可以接")
    )
    member_prices = TextAreaField(
        _l("会员价"), description=_l("每行一个商品：货号 价格（元），如 SHAMPOO-1 59.9")
    )
    others = TextAreaField(
        _l("其他权益"), description=_l("每行一项：中文 | English，如 免费停车 | free parking")
    )


@console.route("/tiers/<int:tier_id>/benefits", methods=["GET", "POST"])
def tier_benefits(tier_id: int) -> Answer:
    with siyu().database.reading() as session:
        tier = session.get(Tier, tier_id) or abort(404)
    back = (_("等级"), url_for("console.tiers_page"))
    return _page(benefit_table.of_tier(tier_id), words.tier_name(tier), back, "tiers_page")


@console.route("/cards/<int:card_id>/benefits", methods=["GET", "POST"])
def card_benefits(card_id: int) -> Answer:
    with siyu().database.reading() as session:
        card = session.get(MembershipCard, card_id) or abort(404)
    back = (_("付费会员卡"), url_for("console.cards"))
    return _page(benefit_table.of_card(card_id), words.card_name(card), back, "cards")


def _page(holder: str, name: str, back: tuple[str, str], next_page: str) -> Answer:
    with siyu().database.reading() as session:
        held = benefit_table.present(session, holder)
        form = BenefitForm(data=_shown(held.terms))
        _offer(session, form, held.terms)
    if form.validate_on_submit():
        terms = _written(form)
        if terms is not None:
            _keep(holder, terms)
            flash(_("已保存，从现在起生效。"))
            return go(next_page)
    return page("loyalty/benefit_form.html", form=form, held=held, name=name, back=back)


def _keep(holder: str, terms: Benefits) -> None:
    now, by = siyu().clock(), operator_id()
    with siyu().database.writing() as session:
        kept = benefit_table.change(session, holder, terms, by, now)
        details = {"version": kept.version, "terms": terms.model_dump(mode="json")}
        operators.record(session, by, "benefits.change", holder, details, now)


def _offer(session: Session, form: BenefitForm, present: Benefits) -> None:
    """What can be chosen; what is named already stays to be seen, though it is issued no more."""
    offered = {
        coupon.id: coupon.name
        for coupon in coupons.all_of(session)
        if coupon.closed_at is None or coupon.id in present.coupons
    }
    form.coupon_ids.choices = list(offered.items())
    form.birthday_coupon_id.choices = [(0, _("不送券")), *offered.items()]
    staff = session.query(Staff).order_by(Staff.id).all()
    named = [(one.id, one.name or one.userid) for one in staff]
    form.agent_staff_id.choices = [(0, _("不指定")), *named]


def _shown(terms: Benefits) -> dict[str, Any]:
    return {
        **terms.model_dump(exclude={"member_prices", "others"}),
        "coupon_ids": list(terms.coupon_ids),
        "birthday_coupon_id": terms.birthday_coupon_id or 0,
        "agent_staff_id": terms.agent_staff_id or 0,
        "member_prices": "\n".join(
            f"{it.sku} {Decimal(it.price_fen) / 100:f}" for it in terms.member_prices
        ),
        "others": "\n".join(f"{it.zh} | {it.en}" for it in terms.others),
    }


def _written(form: BenefitForm) -> Benefits | None:
    """None when a line or a list cannot be taken; then its field says so."""
    if len(form.coupon_ids.data or []) > COUPONS_MAX:
        form.coupon_ids.errors = [_("最多 %(n)s 种", n=COUPONS_MAX)]
        return None
    try:
        prices = tuple(_price(line) for line in _lines(form.member_prices.data))
        if len({it.sku for it in prices}) < len(prices) or len(prices) > PRICES_MAX:
            raise ValueError("a product twice, or too many")
    except (ValueError, ArithmeticError):
        form.member_prices.errors = [_("每行要是一个货号和一个价格，货号不能重复")]
        return None
    try:
        others = tuple(_other(line) for line in _lines(form.others.data))
        return Benefits(
            off_percent=form.off_percent.data or 0,
            points_factor=form.points_factor.data or SINGLE,
            coupon_ids=tuple(form.coupon_ids.data or ()),
            birthday_points=form.birthday_points.data or 0,
            birthday_coupon_id=form.birthday_coupon_id.data or None,
            priority_shipping=form.priority_shipping.data,
            own_agent=form.own_agent.data,
            agent_staff_id=form.agent_staff_id.data or None,
            member_prices=prices,
            others=others,
        )
    except ValueError:
        form.others.errors = [_("每行要有中文和英文，用 | 隔开，最多 10 行，每项不能太长")]
        return None


def _lines(written: str | None) -> list[str]:
    return [line.strip() for line in (written or "").splitlines() if line.strip()]


def _price(line: str) -> MemberPrice:
    sku, _space, yuan = line.rpartition(" ")
    return MemberPrice(sku=sku.strip(), price_fen=int(Decimal(yuan) * 100))


def _other(line: str) -> Other:
    zh, _bar, en = line.partition("|")
    return Other(zh=zh.strip(), en=en.strip())
