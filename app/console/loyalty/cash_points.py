"""Points as cash: what a point is worth at a till, and the orders it has helped to pay."""

from typing import Any

from flask import flash
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField
from wtforms.validators import InputRequired, NumberRange

from app.console.fields.bounds import WholeField
from app.console.frame import PAGE, Answer, console, go, operator_id, page, siyu
from app.domain.loyalty.spending import cash_points as payments
from app.domain.loyalty.spending import cash_terms
from app.domain.people import operators


class CashForm(FlaskForm):
    is_offered = BooleanField(_l("提供积分抵现"))
    points_per_yuan = WholeField(
        _l("多少积分抵 1 元"), [InputRequired(), NumberRange(1, 1_000_000)], default=100
    )
    share_max_percent = WholeField(
        _l("最多抵订单的百分之几"), [InputRequired(), NumberRange(1, 100)], default=50
    )
    step = WholeField(
        _l("每次以多少积分为单位"), [InputRequired(), NumberRange(1, 1_000_000)], default=1
    )
    hold_minutes = WholeField(
        _l("冻结多少分钟"),
        [InputRequired(), NumberRange(1, 10_080)],
        default=30,
        description=_l("店铺在这段时间里没有入账，积分自动退回"),
    )

    def terms(self) -> dict[str, Any]:
        return {
            "is_offered": self.is_offered.data,
            "points_per_yuan": self.points_per_yuan.data,
            "share_max_percent": self.share_max_percent.data,
            "step": self.step.data,
            "hold_minutes": self.hold_minutes.data,
        }


@console.route("/cash-points", methods=["GET", "POST"])
def cash_points() -> Answer:
    with siyu().database.reading() as session:
        known = cash_terms.last(session)
        latest = payments.newest(session, PAGE)
    form = CashForm(obj=known)
    if form.validate_on_submit():
        now = siyu().clock()
        with siyu().database.writing() as session:
            made = cash_terms.change(session, now=now, **form.terms())
            subject = f"cash_terms:{made.id}"
            details = form.terms()
            operators.record(session, operator_id(), "cash_terms.change", subject, details, now)
        flash(_("已保存，对以后的订单生效。"))
        return go("cash_points")
    return page(
        "loyalty/cash_points.html", form=form, version=known.id if known else 0, payments=latest
    )
