"""A coupon's page: ``/h5/coupons/<code>``, which its holder shows at the till. The code cannot be
guessed, so whoever has it may see it; what it is worth is all that stands here."""

import io

import segno
from flask import Blueprint, Response, current_app, make_response, render_template

from app.domain.loyalty import coupons
from app.domain.loyalty.coupons import CODE_CHARS, LETTERS, Coupon
from app.h5.radar_links import HEADERS
from app.wiring import Siyu

blueprint = Blueprint("h5_coupons", __name__, template_folder="templates", url_prefix="/h5")


@blueprint.get("/coupons/<code>")
def coupon(code: str) -> Response:
    siyu: Siyu = current_app.extensions["siyu"]
    now, zone = siyu.clock(), siyu.programme.zone
    is_code = len(code) == CODE_CHARS and set(code) <= set(LETTERS)
    with siyu.database.reading() as session:
        held = coupons.by_code(session, code) if is_code else None
        if held is None:
            return _page(render_template("h5/no_link.html"), 404)
        shown = session.get_one(Coupon, held.coupon_id)
        page = render_template(
            "h5/coupon.html",
            held=held,
            coupon=shown,
            until=held.expires_at.astimezone(zone) if held.expires_at else None,
            has_expired=coupons.has_expired(held, now),
            picture=_picture(held.code),
        )
    return _page(page, 200)


def _picture(code: str) -> str:
    """The code as a QR code, for the till's scanner."""
    drawn = io.BytesIO()
    segno.make(code, error="m").save(drawn, kind="svg", scale=6, border=2, xmldecl=False)
    return drawn.getvalue().decode()


def _page(text: str, status: int) -> Response:
    response = make_response(text, status)
    response.headers.update(HEADERS)
    return response
