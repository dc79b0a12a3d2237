"""Item codes 一物一码: batches, their codes to print, and what was noticed about pieces."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from flask import Response, abort, flash, request, stream_with_context
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import DateField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from app import row_ids
from app.console import exports
from app.console.fields.bounds import WholeField, in_our_days
from app.console.frame import PAGE, Answer, console, go, operator_id, page, siyu, zone
from app.domain.loyalty.item_codes import batches, codes, pieces
from app.domain.loyalty.item_codes.batches import FAR_KM, LOOKS_MAX, ItemCodeBatch, Terms
from app.domain.loyalty.item_codes.codes import SIZE_MAX
from app.domain.loyalty.spending import coupons
from app.domain.people import operators
from app.exports.item_code_sheets import BadRange, Sheet

NONE = 0


class TermsForm(FlaskForm):
    name = StringField(_l("名称"), [DataRequired(), Length(max=60)])
    product = StringField(
        _l("商品"), [DataRequired(), Length(max=60)], description=_l("扫码的人看到的名字")
    )
    sku = StringField(_l("货号"), [Length(max=60)])
    points = WholeField(
        _l("第一位领取的会员得多少积分"), [InputRequired(), NumberRange(0, 1_000_000)]
    )
    coupon = SelectField(_l("和优惠券"), coerce=int)
    claim_on = DateField(_l("最晚领取到哪一天"), [Optional(), in_our_days])
    looks_max = WholeField(
        _l("超过几台设备查询算异常"), [InputRequired(), NumberRange(1, 1000)], default=LOOKS_MAX
    )
    far_km = WholeField(
        _l("两次查询相距多少公里算异常"), [InputRequired(), NumberRange(1, 20_000)], default=FAR_KM
    )


class BatchForm(TermsForm):
    size = WholeField(_l("数量"), [InputRequired(), NumberRange(1, SIZE_MAX)])


@console.get("/item-codes")
def item_codes() -> Answer:
    with siyu().database.reading() as session:
        return page(
            "loyalty/item_codes.html",
            batches=batches.all_of(session),
            counts=pieces.counts(session),
            flagged=_named(session, None),
        )


@console.route("/item-codes/new", methods=["GET", "POST"])
def new_item_codes() -> Answer:
    form = BatchForm()
    _offer_coupons(form, None)
    if form.validate_on_submit():
        with siyu().database.writing() as session:
            made = batches.make(session, _terms(form), form.size.data, siyu().vault, siyu().clock())
            _record(session, "item_codes.make", made)
        flash(_("已生成。"))
        return go("item_code_batch", batch_id=made.id)
    return page("loyalty/item_code_form.html", form=form, batch=None)


@console.get("/item-codes/<int:batch_id>")
def item_code_batch(batch_id: int) -> Answer:
    return _batch_page(batch_id, {})


def _batch_page(batch_id: int, wrong: Mapping[str, str]) -> Answer:
    """``wrong`` is what is wrong with the range that was asked for, by the name of the field."""
    asked = request.args.get("code", "")
    with siyu().database.reading() as session:
        batch = session.get(ItemCodeBatch, batch_id) or abort(404)
        found = batches.piece(session, asked, siyu().vault) if asked else None
        number = found[1] if found and found[0].id == batch_id else None
        piece = pieces.of(session, batch_id, number) if number else None
        return page(
            "loyalty/item_code_batch.html",
            batch=batch,
            counts=pieces.counts(session).get(batch_id, (0, 0, 0)),
            flagged=_named(session, batch_id),
            asked=asked,
            number=number,
            piece=piece,
            scans=pieces.scans_of(session, piece.id, PAGE) if piece else (),
            coupon=session.get(coupons.Coupon, batch.coupon_id) if batch.coupon_id else None,
            wrong=wrong,
            typed=request.form,
        )


@console.route("/item-codes/<int:batch_id>/edit", methods=["GET", "POST"])
def edit_item_codes(batch_id: int) -> Answer:
    with siyu().database.reading() as session:
        batch = session.get(ItemCodeBatch, batch_id) or abort(404)
    held = {"coupon": batch.coupon_id or NONE, "claim_on": _last_day(batch.claim_until)}
    form = TermsForm(obj=batch, data=held)
    _offer_coupons(form, batch.coupon_id)
    if form.validate_on_submit():
        with siyu().database.writing() as session:
            _record(session, "item_codes.change", batches.change(session, batch_id, _terms(form)))
        flash(_("已保存。"))
        return go("item_code_batch", batch_id=batch_id)
    return page("loyalty/item_code_form.html", form=form, batch=batch)


@console.post("/item-codes/<int:batch_id>/withdraw")
def withdraw_item_codes(batch_id: int) -> Answer:
    """The batch, or one piece of it."""
    number = request.form.get("number", type=row_ids.read)
    if number is None and "number" in request.form:
        abort(404)  # what is no number is not all of them
    with siyu().database.writing() as session:
        batch = session.get(ItemCodeBatch, batch_id) or abort(404)
        if number is None:
            batches.withdraw(session, batch_id, siyu().clock())
        elif 1 <= number <= batch.size:
            pieces.withdraw(session, batch_id, number, siyu().clock())
        else:
            abort(404)
        _record(session, "item_codes.withdraw", batch, number=number)
    flash(_("已作废。"))
    return go("item_code_batch", batch_id=batch_id)


@console.post("/item-codes/<int:batch_id>/export")
def export_item_codes(batch_id: int) -> Answer:
    kind = request.form.get("format", "csv")
    if kind not in ("csv", "xlsx", "zip"):
        abort(400)
    with siyu().database.reading() as session:
        batch = session.get(ItemCodeBatch, batch_id) or abort(404)
    first = row_ids.read_or_none(request.form.get("first", "1").strip())
    last = row_ids.read_or_none(request.form.get("last", str(batch.size)).strip())
    try:
        sheet = Sheet(batch, first or 0, last or 0, siyu().vault, siyu().programme.public_url)
    except BadRange:
        said = _("要是 1 到 %(most)s 的整数，并且从小到大。", most=batch.size)
        return _batch_page(batch_id, {"first": said})
    with siyu().database.writing() as session:
        _record(session, "item_codes.export", batch, first=first, last=last)
    name = f"item-codes-{batch_id}-{first}-{last}"
    if kind != "zip":
        return exports.table(sheet.rows(), name, kind)
    answer = Response(stream_with_context(sheet.pictures()), mimetype="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.zip"'
    return answer


def _named(session: Session, batch_id: int | None) -> list[tuple[pieces.ItemPiece, str]]:
    """The pieces that look odd, with their codes."""
    found = []
    for piece in pieces.flagged(session, batch_id, PAGE):
        batch = session.get_one(ItemCodeBatch, piece.batch_id)
        found.append((piece, codes.in_fours(batches.maker(batch, siyu().vault).code(piece.number))))
    return found


def _offer_coupons(form: TermsForm, held: int | None) -> None:
    with siyu().database.reading() as session:
        offered = [
            one for one in coupons.all_of(session) if one.closed_at is None or one.id == held
        ]
    form.coupon.choices = [(NONE, _("没有")), *((one.id, one.name) for one in offered)]


def _terms(form: TermsForm) -> Terms:
    on = form.claim_on.data
    return Terms(
        name=form.name.data.strip(),
        product=form.product.data.strip(),
        sku=(form.sku.data or "").strip() or None,
        points=form.points.data,
        coupon_id=form.coupon.data or None,
        claim_until=datetime.combine(on + timedelta(days=1), time(), zone()) if on else None,
        looks_max=form.looks_max.data,
        far_km=form.far_km.data,
    )


def _last_day(until: datetime | None) -> object:
    """The form names the last day, the table the moment after it."""
    return (until.astimezone(zone()) - timedelta(microseconds=1)).date() if until else None


def _record(session: Session, action: str, batch: ItemCodeBatch, **more: object) -> None:
    details = {"name": batch.name, "size": batch.size, "points": batch.points, **more}
    target = f"item_codes:{batch.id}"
    operators.record(session, operator_id(), action, target, details, siyu().clock())
