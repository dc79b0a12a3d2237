"""A coupon's page: ``/h5/coupons/<code>``, which its holder shows at the till. The code cannot be
guessed, so whoever has it may see it; what it is worth is all that stands here."""

import io

import segno
from flask import Blueprint, Response

from app.domain.loyalty.spending import coupons
from app.domain.loyalty.spending.coupons import CODE_CHARS, LETTERS, Coupon
from app.h5.pages import page, siyu

blueprint = Blueprint("h5_coupons", __name__, template_folder="templates", url_prefix="/h5")


@blueprint.get("/coupons/<code>")
def coupon(code: str) -> Response:
    now, zone = siyu().clock(), siyu().programme.zone
    is_code = len(code) == CODE_CHARS and set(code) <= set(LETTERS)
    with siyu().database.reading() as session:
        held = coupons.by_code(session, code) if is_code else None
        if held is None:
            return page("no_link.html", 404)
        shown = session.get_one(Coupon, held.coupon_id)
        return page(
            "coupon.html",
            held=held,
            coupon=shown,
            until=held.expires_at.astimezone(zone) if held.expires_at else None,
            has_expired=coupons.has_expired(held, now),
            picture=_picture(held.code),
        )


def _picture(code: str) -> str:
    """The code as a QR code, for the till's scanner; never a micro one, which few can read."""
    drawn = io.BytesIO()
    segno.make_qr(code, error="m").save(drawn, kind="svg", scale=8, border=4, xmldecl=False)
    return drawn.getvalue().decode()
