"""Cards of paid membership: made, changed, no longer offered, and who holds them."""

from decimal import Decimal

from flask import abort, flash
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from app.console.fields.bounds import NumberField, WholeField, whole_fen
from app.console.frame import Answer, console, go, operator_id, page, siyu
from app.domain.loyalty.standing import benefits, membership_cards, memberships
from app.domain.loyalty.standing.membership_cards import BadTerms, MembershipCard, SkuTaken, Unit
from app.domain.people import operators

HOLDERS = 100
UNITS = {Unit.MONTHS: _l("个月"), Unit.DAYS: _l("天")}


class ChangeForm(FlaskForm):
    name = StringField(_l("名称"), [DataRequired(), Length(max=20)])
    name_en = StringField(_l("英文名称"), [DataRequired(), Length(max=40)])
    price = NumberField(
        _l("价格（元）"), [InputRequired(), NumberRange(0, 1_000_000), whole_fen], places=2
    )
    notice_days = WholeField(
        _l("到期前几天提醒"), [InputRequired(), NumberRange(0, 365)], default=7
    )


class CardForm(ChangeForm):
    sku = StringField(
        _l("货号"),
        [DataRequired(), Length(max=64)],
        description=_l("订单里有这个货号的一行，就开通或续费"),
    )
    count = WholeField(_l("一期多久"), [InputRequired(), NumberRange(1, 3660)], default=12)
    unit = SelectField(
        _l("单位"), choices=[SelectChoice(unit, said) for unit, said in UNITS.items()]
    )


@console.app_template_filter()
def card_period(card: MembershipCard) -> str:
    if card.unit == Unit.MONTHS:
        return _("%(n)s 个月", n=card.count)
    return _("%(n)s 天", n=card.count)


@console.get("/cards")
def cards() -> Answer:
    now = siyu().clock()
    with siyu().database.reading() as session:
        known = membership_cards.all_of(session)
        held = {card.id: benefits.present(session, benefits.of_card(card.id)) for card in known}
        return page(
            "loyalty/cards.html",
            cards=known,
            holders=memberships.holders(session, now),
            held=held,
            benefit_names=benefits.names_in(session, held.values()),
        )


@console.route("/cards/new", methods=["GET", "POST"])
def new_card() -> Answer:
    form = CardForm()
    if form.validate_on_submit() and _make(form):
        flash(_("已保存。"))
        return go("cards")
    return page("loyalty/card_form.html", form=form, card=None)


@console.route("/cards/<int:card_id>", methods=["GET", "POST"])
def card(card_id: int) -> Answer:
    now = siyu().clock()
    with siyu().database.reading() as session:
        known = session.get(MembershipCard, card_id) or abort(404)
        holders = memberships.of_card(session, card_id, now, HOLDERS)
    form = ChangeForm(obj=known, data={"price": Decimal(known.price_fen) / 100})
    if form.validate_on_submit():
        _change(form, card_id)
        flash(_("已保存。"))
        return go("cards")
    return page("loyalty/card_form.html", form=form, card=known, holders=holders)


@console.post("/cards/<int:card_id>/close")
def close_card(card_id: int) -> Answer:
    with siyu().database.writing() as session:
        session.get(MembershipCard, card_id) or abort(404)
        closed = membership_cards.close(session, card_id, siyu().clock())
        _record(session, "card.close", closed)
    return go("cards")


def _make(form: CardForm) -> bool:
    try:
        with siyu().database.writing() as session:
            made = membership_cards.add(
                session,
                sku=form.sku.data.strip(),
                name=form.name.data.strip(),
                name_en=form.name_en.data.strip(),
                price_fen=_fen(form.price.data),
                unit=form.unit.data,
                count=form.count.data,
                notice_days=form.notice_days.data,
                now=siyu().clock(),
            )
            _record(session, "card.make", made)
    except SkuTaken:
        form.sku.errors = [_("另一种卡已用这个货号。")]
        return False
    except BadTerms as bad:
        form[str(bad)].errors = [_("不在允许的范围内。")]
        return False
    return True


def _change(form: ChangeForm, card_id: int) -> None:
    with siyu().database.writing() as session:
        changed = membership_cards.change(
            session,
            card_id,
            name=form.name.data.strip(),
            name_en=form.name_en.data.strip(),
            price_fen=_fen(form.price.data),
            notice_days=form.notice_days.data,
        )
        _record(session, "card.change", changed)


def _fen(yuan: Decimal) -> int:
    return int((yuan * 100).to_integral_value())


def _record(session: Session, action: str, card: MembershipCard) -> None:
    details = {"sku": card.sku, "name": card.name, "price_fen": card.price_fen}
    operators.record(session, operator_id(), action, f"card:{card.id}", details, siyu().clock())
