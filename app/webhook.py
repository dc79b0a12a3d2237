"""The front door: what platforms call. It proves, keeps, and answers; nothing else.

The answer ``success`` leaves only after the inbox row is committed, so a platform that has it may
forget. Whatever cannot be proved is refused with one uniform 403 (or 413), and nothing is stored.
"""

import structlog
from flask import Blueprint, Response, abort, current_app, request

from app import inbox, lanes
from app.domain.people import channels
from app.domain.people.channels import Channel, Kind
from app.wiring import Siyu
from bots import group_gateway, official_account
from bots.accounts import BadCredentials
from bots.messages import NotGenuine, Received, TooLarge

blueprint = Blueprint("webhook", __name__)
_log = structlog.get_logger(__name__)


def _siyu() -> Siyu:
    siyu: Siyu = current_app.extensions["siyu"]
    return siyu


@blueprint.get("/callback/<channel_key>")
def verify(channel_key: str) -> Response:
    """The platform checks that the address is ours: it gets its echo back."""
    siyu = _siyu()
    channel = _channel(siyu, channel_key)
    if channel.kind != Kind.OFFICIAL_ACCOUNT:
        abort(403)
    try:
        echo = official_account.verify(siyu.account(channel), request.args)
    except (NotGenuine, BadCredentials):
        abort(403)
    return Response(echo, mimetype="text/plain")


@blueprint.post("/callback/<channel_key>")
def receive(channel_key: str) -> Response:
    """Keeps what a platform says and wakes the lane it went into."""
    siyu = _siyu()
    channel = _channel(siyu, channel_key)
    now = siyu.clock()
    try:
        received = _hear(siyu, channel, request.get_data(cache=False))
    except TooLarge:
        abort(413)
    except NotGenuine:
        abort(403)
    except BadCredentials as error:
        _log.error("channel cannot be heard", channel=channel.key, error=str(error))
        abort(403)
    with siyu.database.writing() as session:
        lane = inbox.receive(session, channel.id, channel.key, received, now)
    if lane is not None:
        siyu.wakeups.wake(lanes.INBOX, lane)
    return Response("success", mimetype="text/plain")


def _channel(siyu: Siyu, key: str) -> Channel:
    """Unknown channels are refused like forgeries: nobody learns which ones there are."""
    with siyu.database.reading() as session:
        channel = channels.by_key(session, key)
    if channel is None:
        abort(403)
    return channel


def _hear(siyu: Siyu, channel: Channel, body: bytes) -> Received:
    """Raises NotGenuine and TooLarge."""
    skew_max_s, now = siyu.settings.callback_skew_max_s, siyu.clock()
    if channel.kind == Kind.GROUP_GATEWAY:
        account = siyu.account(channel)
        return group_gateway.hear(
            account, dict(request.headers), body, now=now, skew_max_s=skew_max_s
        )
    plain = channel.is_plaintext and siyu.settings.danger_accept_plaintext_callbacks
    return official_account.hear(
        siyu.account(channel),
        request.args,
        body,
        now=now,
        skew_max_s=skew_max_s,
        plaintext_allowed=plain,
    )
