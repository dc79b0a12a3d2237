"""Coupons: made, changed, closed, given by hand, and how many were issued and used."""

import re
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from flask import abort, flash, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.console.frame import Answer, console, go, operator_id, page, siyu, zone
from app.console.loyalty.coupon_forms import ChangeForm, CouponForm, scope_in, tier_choices
from app.domain.loyalty.entries import Cause
from app.domain.loyalty.spending import coupons as coupon_table
from app.domain.loyalty.spending.coupon_terms import BadTerms
from app.domain.loyalty.spending.coupons import Coupon, NoneLeft, TooManyForHer
from app.domain.people import members, operators

ONCE = re.compile(r"[0-9a-f]{32}")


@console.get("/coupons")
def coupons() -> Answer:
    with siyu().database.reading() as session:
        used = coupon_table.used_counts(session)
        return page("loyalty/coupons.html", coupons=coupon_table.all_of(session), used=used)


@console.route("/coupons/new", methods=["GET", "POST"])
def new_coupon() -> Answer:
    form = CouponForm()
    form.tier_ids.choices = tier_choices()
    if form.validate_on_submit() and _make(form):
        flash(_("已保存。"))
        return go("coupons")
    return page("loyalty/coupon_form.html", form=form, coupon=None)


@console.route("/coupons/<int:coupon_id>", methods=["GET", "POST"])
def coupon(coupon_id: int) -> Answer:
    with siyu().database.reading() as session:
        known = session.get(Coupon, coupon_id) or abort(404)
    form = ChangeForm(obj=known, data={"valid_on": _last_day(known.valid_until)})
    if form.validate_on_submit() and _change(form, coupon_id):
        flash(_("已保存，对以后发出的券生效。"))
        return go("coupons")
    return page("loyalty/coupon_form.html", form=form, coupon=known)


@console.post("/coupons/<int:coupon_id>/close")
def close_coupon(coupon_id: int) -> Answer:
    with siyu().database.writing() as session:
        closed = session.get(Coupon, coupon_id, with_for_update=True) or abort(404)
        coupon_table.close(closed, siyu().clock())
        _record(session, "coupon.close", closed)
    return go("coupons")


@console.post("/members/<int:member_id>/coupons")
def give_coupon(member_id: int) -> Answer:
    """One by hand; the page's own word makes sending the form twice one coupon. Gone back to, with
    another coupon chosen, it is that one as well."""
    once, chosen = request.form.get("once", ""), request.form.get("coupon_id", "")
    if not ONCE.fullmatch(once) or not re.fullmatch(r"[0-9]{1,18}", chosen):
        abort(400)
    try:
        with siyu().database.writing() as session:
            wanted = session.get(Coupon, int(chosen)) or abort(404)
            member = session.get(members.Member, member_id) or abort(404)
            held = members.hold(session, member.id)
            coupon_table.issue(
                session,
                held.id,
                wanted.id,
                key=f"coupon:by_hand:{held.id}:{once}:{wanted.id}",
                cause=Cause(f"operator:{operator_id()}"),
                now=siyu().clock(),
            )
    except NoneLeft:
        flash(_("这种优惠券已经发完或停止发放。"), "danger")
    except TooManyForHer:
        flash(_("这位会员的这种优惠券已到上限。"), "danger")
    else:
        flash(_("已发放。"))
    return go("member", member_id=member_id)


def _make(form: CouponForm) -> bool:
    try:
        with siyu().database.writing() as session:
            made = coupon_table.draft(
                session,
                kind=form.kind.data,
                amount_fen=_fen(form.amount.data),
                threshold_fen=_fen(form.threshold.data) or 0,
                percent=form.percent.data,
                nth=form.nth.data,
                times=form.times.data,
                gift_sku=form.gift_sku.data.strip() or None,
                gift_name=form.gift_name.data.strip() or None,
                scope=scope_in(form).as_json(),
                tier_ids=form.tier_ids.data,
                comes_back=form.comes_back.data,
                now=siyu().clock(),
                **_changeable(form),
            )
            _record(session, "coupon.make", made)
    except BadTerms as bad:
        fields = {
            "amount_fen": form.amount,
            "threshold_fen": form.threshold,
            "percent": form.percent,
            "nth": form.nth,
            "times": form.times,
            "gift_sku": form.gift_sku,
        }
        fields[str(bad)].errors = [_("和优惠券的种类不符，请检查。")]
        return False
    return True


def _change(form: ChangeForm, coupon_id: int) -> bool:
    try:
        with siyu().database.writing() as session:
            changed = session.get_one(Coupon, coupon_id, with_for_update=True)
            coupon_table.change(session, changed, **_changeable(form))
            _record(session, "coupon.change", changed)
    except BadTerms:
        form.stock.errors = [_("不能少于已经发出的张数。")]
        return False
    return True


def _changeable(form: ChangeForm) -> dict[str, Any]:
    on = form.valid_on.data
    until = datetime.combine(on + timedelta(days=1), time(), zone()) if on else None
    return {
        "name": form.name.data.strip(),
        "valid_days": form.valid_days.data,
        "valid_until": until,
        "stock": form.stock.data,
        "per_member": form.per_member.data,
    }


def _last_day(until: datetime | None) -> object:
    """The form names the last day, the table the moment after it."""
    return (until.astimezone(zone()) - timedelta(microseconds=1)).date() if until else None


def _fen(yuan: Decimal | None) -> int | None:
    return int((yuan * 100).to_integral_value()) if yuan is not None else None


def _record(session: Session, action: str, coupon: Coupon) -> None:
    details = {"name": coupon.name, "stock": coupon.stock, "per_member": coupon.per_member}
    operators.record(session, operator_id(), action, f"coupon:{coupon.id}", details, siyu().clock())
