"""The page of a code on a piece: ``/h5/c/<code>``, to which the printed QR code leads.

Whoever opens it sees whether the piece is genuine, when and where it was first looked at, and what
looks odd about it; a member claims what it is worth. Opening it tells nothing yet: a look counts
when the page itself, or whoever reads it, asks for the answer, so previews of links are none.
"""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, request

from app import awaiting, claiming, inbox
from app.domain.loyalty.item_codes import batches, codes, pieces, places
from app.domain.loyalty.item_codes.batches import ItemCodeBatch
from app.domain.loyalty.spending import coupons
from app.h5 import fetchers, sessions, visitors
from app.h5.pages import page, siyu
from app.rates import Rate, TooOften

blueprint = Blueprint("h5_item_codes", __name__, template_folder="templates", url_prefix="/h5/c")
GUESSES, LOOKS = Rate("item_code_guesses", 20), Rate("item_code_looks", 60)
SAME_LOOK_S = 600  # a browser that asks again so soon is still looking


@blueprint.get("/<code>")
def open_code(code: str) -> Response:
    """Asks for the answer by itself where scripts run."""
    known = _piece(code)
    if known is None:
        return _unknown()
    answer = page("item_code_ask.html", batch=known[0])
    if sessions.browser(siyu().clock()) is None and fetchers.is_reader(request):
        browser = sessions.new_browser()
        sessions.know_again(answer, browser, siyu().clock())
    return answer


@blueprint.post("/<code>")
def look(code: str) -> Response:
    known = _piece(code)
    if known is None:
        return _unknown()
    batch, number = known
    try:
        current_app.extensions["siyu_rates"].count(LOOKS, request.remote_addr or "")
    except TooOften:
        return page("item_code_end.html", 429, why="too_often")
    return _shown(batch, number, _is_handled(_look(batch, number)))


@blueprint.post("/<code>/claim")
def claim(code: str) -> Response:
    """What it is worth goes to her who is logged in, if she is the first."""
    known = _piece(code)
    if known is None:
        return _unknown()
    (batch, number), member = known, visitors.member(back_to=_own_page(code))
    with siyu().waking() as session:
        claiming.claim_piece(session, member.id, batch.id, number, siyu().clock())
    return _shown(batch, number, _is_handled(claiming.piece_key(member.id, batch.id, number)))


def _piece(code: str) -> tuple[ItemCodeBatch, int] | None:
    with siyu().database.reading() as session:
        return batches.piece(session, code, siyu().programme.vault)


def _unknown() -> Response:
    """Nobody guesses a code, but whoever tries is slowed down."""
    try:
        current_app.extensions["siyu_rates"].count(GUESSES, request.remote_addr or "")
    except TooOften:
        return page("item_code_end.html", 429, why="too_often")
    return page("item_code_end.html", 404, why="unknown")


def _look(batch: ItemCodeBatch, number: int) -> str:
    """Keeps that somebody has looked. Returns the event's key."""
    house, now = siyu(), siyu().clock()
    visitor = sessions.visitor(now)
    browser = sessions.browser(now) or sessions.new_browser()
    fields: dict[str, Any] = {"batch": batch.id, "number": number, "browser": browser}
    if visitor is not None:
        fields |= {"channel_id": visitor.channel_id, "openid": visitor.openid}
    if where := _where(request.form):
        fields |= {"lat_e2": where.lat_e2, "lon_e2": where.lon_e2}
    piece, look_number = f"{batch.id}:{number}", int(now.timestamp()) // SAME_LOOK_S
    key, kind = f"item_code_scanned:{piece}:{browser}:{look_number}", "item_code_scanned"
    with house.waking() as session:
        if inbox.by_key(session, key) is None:  # the same look may tell its place only now
            subject = f"item_code:{piece}"
            inbox.receive_own(session, key=key, kind=kind, subject=subject, fields=fields, now=now)
    return key


def _is_handled(key: str) -> bool:
    try:
        return awaiting.handled(siyu(), key) is not None
    except awaiting.SetAside:
        return False


def _shown(batch: ItemCodeBatch, number: int, is_handled: bool) -> Response:
    house, now = siyu(), siyu().clock()
    visitor = sessions.visitor(now)
    with house.database.reading() as session:
        piece = pieces.of(session, batch.id, number)
        browsers = pieces.browsers_of(session, piece.id) if piece else 0
        member = visitors.behind(session, visitor)
        coupon = session.get(coupons.Coupon, batch.coupon_id) if batch.coupon_id else None
    if not is_handled or piece is None:
        return page("item_code_end.html", 202, why="later")
    member_id = member.id if member else None
    code = batches.maker(batch, house.programme.vault).code(number)
    return page(
        "item_code.html",
        batch=batch,
        piece=piece,
        coupon=coupon,
        browsers=browsers,
        why_not=pieces.reason_against(batch, piece, member_id, now),
        first_at=_local(piece.first_at),
        code=codes.in_fours(code),
        login=None if visitor else f"/h5/login?{urlencode({'next': _own_page(code)})}",
    )


def _own_page(code: str) -> str:
    return f"/h5/c/{codes.normal(code)}"


def _where(form: Mapping[str, str]) -> places.Place | None:
    try:
        latitude, longitude = float(form.get("lat", "")), float(form.get("lon", ""))
    except ValueError:
        return None
    if not (math.isfinite(latitude) and math.isfinite(longitude)):
        return None
    return places.place(latitude, longitude)


def _local(at: datetime | None) -> str:
    return at.astimezone(siyu().programme.zone).strftime("%Y-%m-%d %H:%M") if at else ""
