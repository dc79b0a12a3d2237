"""Logging in to member pages: through WeChat's web authorization, and back to where she was going.

What WeChat tells goes through the inbox like everything else: the openid becomes an identity, and
a unionid joins it to the member we know. A snapshot user is nobody.
"""

import hmac
import secrets
from urllib.parse import urlencode

import structlog
from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
)

from app import inbox, lanes
from app.domain.people import channels
from app.domain.people.channels import Channel, Kind
from app.h5 import sessions
from app.h5.sessions import Visitor, Way
from app.wiring import Siyu
from bots.official_account import oauth
from bots.wechat_api import PlatformRefused
from bots.wire import PlatformUnavailable

blueprint = Blueprint("h5_logins", __name__, template_folder="templates", url_prefix="/h5")
HOME = "/h5/me"
HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
_log = structlog.get_logger(__name__)


@blueprint.get("/login")
def log_in() -> Response:
    """``channel`` is the account through which she is asked for, by default our first one;
    ``next`` is a page of ours."""
    channel = _channel(request.args.get("channel", ""))
    if channel is None:
        return refusal("no_account", 404)
    return _sent_to_wechat(channel, _own_path(request.args.get("next", "")))


@blueprint.get("/oauth")
def come_back() -> Response:
    siyu = _siyu()
    way = sessions.way(siyu.clock())
    state = request.args.get("state", "")
    if way is None or not hmac.compare_digest(way.state.encode(), state.encode()):
        return refusal("not_begun_here", 403)
    channel = _channel(way.channel)
    if channel is None:
        return refusal("no_account", 404)
    try:
        api = siyu.official_account(channel).api
        found = oauth.visitor(api, request.args.get("code", ""))
    except PlatformRefused as refused:
        if refused.code in oauth.START_AGAIN and not way.again:
            return _sent_to_wechat(channel, way.next_path, again=True)
        _log.warning("nobody can log in", channel=channel.key, reason=refused.reason)
        return refusal("refused", 502)
    except PlatformUnavailable as failure:
        _log.warning("nobody can log in", channel=channel.key, reason=str(failure))
        return refusal("unavailable", 503)
    if found.is_snapshot or not found.openid:
        return refusal("snapshot", 403)
    if not _keep(siyu, channel, way, found):
        return refusal("not_begun_here", 403)
    response = _led_to(way.next_path)
    sessions.end_way(response)
    sessions.remember(response, Visitor(channel.id, found.openid), siyu.clock())
    return response


def refusal(why: str, status: int) -> Response:
    """A page that says what she can do."""
    again = "/h5/login?" + urlencode({"next": HOME})
    page = render_template("h5/refusal.html", why=why, again=again)
    response = make_response(page, status)
    response.headers.update(HEADERS)
    return response


def _sent_to_wechat(channel: Channel, next_path: str, again: bool = False) -> Response:
    siyu = _siyu()
    way = Way(secrets.token_urlsafe(24), channel.key, next_path, again)
    back_to = f"{siyu.programme.public_url}/h5/oauth"
    response = _led_to(oauth.authorize_url(siyu.account(channel), back_to, way.state))
    sessions.begin(response, way, siyu.clock())
    return response


def _keep(siyu: Siyu, channel: Channel, way: Way, found: oauth.Visitor) -> bool:
    """False when this way was gone before: a state works once."""
    with siyu.database.writing() as session:
        lane = inbox.receive_own(
            session,
            key=f"h5_login:{way.state}",
            kind="h5_login",
            subject=f"{channel.key}/{found.openid}",
            fields={"UnionId": found.unionid} if found.unionid else {},
            channel_id=channel.id,
            sender=found.openid,
            now=siyu.clock(),
        )
        touched = lanes.touched(session)
    siyu.wakeups.wake_all(touched)
    return lane is not None


def _channel(key: str) -> Channel | None:
    with _siyu().database.reading() as session:
        ours = [one for one in channels.all_of(session) if one.kind == Kind.OFFICIAL_ACCOUNT]
    return next((one for one in ours if key in ("", one.key)), None)


def _own_path(asked: str) -> str:
    """Nobody can make us lead anywhere but to our own member pages."""
    is_ours = asked.startswith("/h5/") and "\\" not in asked and asked.isprintable()
    return asked if is_ours else HOME


def _led_to(address: str) -> Response:
    response = make_response(redirect(address, 302))
    response.headers.update(HEADERS)
    return response


def _siyu() -> Siyu:
    found: Siyu = current_app.extensions["siyu"]
    return found
