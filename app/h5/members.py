"""The member centre 会员中心: what she has, for herself; and what her pages need of the JS-SDK."""

import secrets
from urllib.parse import urlencode, urlsplit

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
)

from app.domain.loyalty import points, sign_ins, tiers
from app.domain.people import members
from app.domain.people.channels import Channel
from app.h5 import logins, sessions
from app.wiring import Siyu
from bots.official_account import js_sdk
from bots.wechat_api import PlatformRefused
from bots.wire import PlatformUnavailable

blueprint = Blueprint("h5_members", __name__, template_folder="templates", url_prefix="/h5")


@blueprint.get("/me")
def me() -> Response:
    siyu = _siyu()
    visitor = sessions.visitor(siyu.clock())
    if visitor is None:
        back = urlencode({"channel": request.args.get("channel", ""), "next": request.path})
        return make_response(redirect(f"/h5/login?{back}", 302))
    with siyu.database.reading() as session:
        identity = members.identity_of(session, visitor.channel_id, visitor.openid)
        if identity is None:  # the worker will meet her in a moment
            page = render_template("h5/waiting.html")
        else:
            member = members.get(session, identity.member_id)
            today = siyu.programme.business_day(siyu.clock())
            page = render_template(
                "h5/me.html",
                member=member,
                tier=tiers.of(session, member),
                balance=points.balance_of(session, member.id),
                streak=sign_ins.streak_days(session, member.id, today),
            )
    response = make_response(page)
    response.headers.update(logins.HEADERS)
    return response


@blueprint.get("/js-sdk")
def js_sdk_config() -> Response:
    """Signed for the page at ``url``, which has to be one of ours, and for her who is logged in."""
    siyu, url = _siyu(), request.args.get("url", "")
    visitor = sessions.visitor(siyu.clock())
    if visitor is None:
        abort(401)
    if _place(url) != _place(siyu.programme.public_url):
        abort(400)
    with siyu.database.reading() as session:
        channel = session.get(Channel, visitor.channel_id) or abort(404)
    account = siyu.account(channel)
    try:
        ticket = js_sdk.ticket(siyu.official_account(channel).api, account, siyu.tokens)
    except (PlatformRefused, PlatformUnavailable):
        abort(503)
    config = js_sdk.config(account, ticket, url, secrets.token_hex(8), siyu.clock())
    response = jsonify(config)
    response.headers.update(logins.HEADERS)
    return response


def _place(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return parts.scheme, parts.netloc


def _siyu() -> Siyu:
    found: Siyu = current_app.extensions["siyu"]
    return found
