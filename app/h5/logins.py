"""Logging in to member pages: through WeChat's web authorization, and back to where she was going.

What WeChat tells goes through the inbox like everything else: the openid becomes an identity, and
a unionid joins it to the member we know. A snapshot user is nobody.
"""

import hmac
import re
import secrets
from urllib.parse import urlencode

import structlog
from flask import Blueprint, Response, request

from app import inbox
from app.domain.people import channels
from app.domain.people.channels import Channel, Kind
from app.h5 import sessions
from app.h5.pages import led_to, page, siyu
from app.h5.sessions import Visitor, Way
from bots.official_account import oauth
from bots.wechat_api import PlatformRefused
from bots.wire import PlatformUnavailable

blueprint = Blueprint("h5_logins", __name__, template_folder="templates", url_prefix="/h5")
HOME = "/h5/me"
UNNAMED = "unnamed"  # a radar link's, once WeChat was asked in vain
_RADAR_PATH = re.compile(r"/r/[A-Za-z0-9_.-]+")
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
    house = siyu()
    way = sessions.way(house.clock())
    state = request.args.get("state", "")
    if way is None or not hmac.compare_digest(way.state.encode(), state.encode()):
        return refusal("not_begun_here", 403)
    channel = _channel(way.channel)
    if channel is None:
        return refusal("no_account", 404)
    try:
        api = house.official_account(channel).api
        found = oauth.visitor(api, request.args.get("code", ""))
    except PlatformRefused as refused:
        if refused.code in oauth.START_AGAIN and not way.again:
            return _sent_to_wechat(channel, way.next_path, again=True)
        _log.warning("nobody can log in", channel=channel.key, reason=refused.reason)
        return _not_named(way, "refused", 502)
    except PlatformUnavailable as failure:
        _log.warning("nobody can log in", channel=channel.key, reason=str(failure))
        return _not_named(way, "unavailable", 503)
    if found.is_snapshot or not found.openid:
        return _not_named(way, "snapshot", 403)
    if not _keep(channel, way, found):
        return refusal("not_begun_here", 403)
    response = led_to(way.next_path)
    sessions.end_way(response)
    sessions.remember(response, Visitor(channel.id, found.openid), house.clock())
    return response


def refusal(why: str, status: int) -> Response:
    """A page that says what she can do."""
    again = "/h5/login?" + urlencode({"next": HOME})
    return page("refusal.html", status, why=why, again=again)


def sent_to_be_named(channel: Channel, path: str) -> Response:
    """To WeChat and back to a radar link of ours."""
    return _sent_to_wechat(channel, path)


def _not_named(way: Way, why: str, status: int) -> Response:
    """An article can be read by whom WeChat does not name; the other pages cannot."""
    if _RADAR_PATH.fullmatch(way.next_path):
        return led_to(f"{way.next_path}?{UNNAMED}=1")
    return refusal(why, status)


def _sent_to_wechat(channel: Channel, next_path: str, again: bool = False) -> Response:
    house = siyu()
    way = Way(secrets.token_urlsafe(24), channel.key, next_path, again)
    back_to = f"{house.programme.public_url}/h5/oauth"
    response = led_to(oauth.authorize_url(house.account(channel), back_to, way.state))
    sessions.begin(response, way, house.clock())
    return response


def _keep(channel: Channel, way: Way, found: oauth.Visitor) -> bool:
    """False when this way was gone before: a state works once."""
    house = siyu()
    with house.waking() as session:
        lane = inbox.receive_own(
            session,
            key=f"h5_login:{way.state}",
            kind="h5_login",
            subject=f"{channel.key}/{found.openid}",
            fields={"UnionId": found.unionid} if found.unionid else {},
            channel_id=channel.id,
            sender=found.openid,
            now=house.clock(),
        )
        channels.note_web_login(session, channel.id, house.clock())
    return lane is not None


def _channel(key: str) -> Channel | None:
    with siyu().database.reading() as session:
        ours = [one for one in channels.all_of(session) if one.kind == Kind.OFFICIAL_ACCOUNT]
    return next((one for one in ours if key in ("", one.key)), None)


def _own_path(asked: str) -> str:
    """Nobody can make us lead anywhere but to our own member pages."""
    is_ours = asked.startswith("/h5/") and "\\" not in asked and asked.isprintable()
    return asked if is_ours or _RADAR_PATH.fullmatch(asked) else HOME
