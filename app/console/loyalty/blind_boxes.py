"""Blind boxes over an amount: which orders bring a draw of which lottery."""

from decimal import Decimal
from typing import Any

from flask import abort, flash
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateTimeLocalField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from app.console.fields.bounds import NumberField, in_our_days, whole_fen
from app.console.frame import Answer, console, go, operator_id, page, siyu
from app.console.loyalty.offer_forms import local
from app.console.loyalty.orders import shop_in_words
from app.domain.loyalty import orders
from app.domain.loyalty.spending import blind_boxes as box_table
from app.domain.loyalty.spending import lotteries
from app.domain.loyalty.spending.blind_boxes import BadRule, BlindBoxRule
from app.domain.people import operators


class BoxForm(FlaskForm):
    name = StringField(_l("名称"), [DataRequired(), Length(max=60)])
    lottery_id = SelectField(_l("哪个抽奖"), coerce=int)
    source = SelectField(_l("哪个店铺"))
    amount = NumberField(
        _l("满多少元"),
        [InputRequired(), NumberRange(Decimal("0.01"), Decimal(1_000_000)), whole_fen],
        places=2,
    )
    begins_at = DateTimeLocalField(_l("开始时间"), [InputRequired(), in_our_days])
    ends_at = DateTimeLocalField(_l("结束时间"), [InputRequired(), in_our_days])

    def __init__(self, *args: Any, **how: Any):
        super().__init__(*args, **how)
        with siyu().database.reading() as session:
            self.source.choices = [("", _("所有店铺"))] + [
                (one, shop_in_words(one)) for one in orders.sources(session)
            ]
            self.lottery_id.choices = [
                (one.id, one.name) for one in lotteries.all_of(session) if one.closed_at is None
            ]


@console.route("/blind-boxes", methods=["GET", "POST"])
def blind_boxes() -> Answer:
    form = BoxForm()
    if form.validate_on_submit() and _make(form):
        flash(_("已保存。"))
        return go("blind_boxes")
    with siyu().database.reading() as session:
        names = {one.id: one.name for one in lotteries.all_of(session)}
        return page(
            "loyalty/blind_boxes.html", form=form, rules=box_table.all_of(session), lotteries=names
        )


@console.post("/blind-boxes/<int:rule_id>/close")
def close_blind_box(rule_id: int) -> Answer:
    now = siyu().clock()
    with siyu().database.writing() as session:
        rule = session.get(BlindBoxRule, rule_id) or abort(404)
        box_table.close(rule, now)
        details = {"name": rule.name}
        subject = f"blind_box:{rule.id}"
        operators.record(session, operator_id(), "blind_box.close", subject, details, now)
    return go("blind_boxes")


def _make(form: BoxForm) -> bool:
    begins_at, ends_at = local(form.begins_at.data), local(form.ends_at.data)
    assert begins_at is not None, "the form asks for it"
    assert ends_at is not None, "the form asks for it"
    now = siyu().clock()
    try:
        with siyu().database.writing() as session:
            made = box_table.make(
                session,
                name=form.name.data.strip(),
                lottery_id=form.lottery_id.data,
                source=form.source.data or None,
                amount_min_fen=int(form.amount.data * 100),
                begins_at=begins_at,
                ends_at=ends_at,
                now=now,
            )
            details = {"name": made.name, "amount_min_fen": made.amount_min_fen}
            subject = f"blind_box:{made.id}"
            operators.record(session, operator_id(), "blind_box.make", subject, details, now)
    except BadRule:
        form.ends_at.errors = [_("结束时间要晚于开始时间。")]
        return False
    return True
