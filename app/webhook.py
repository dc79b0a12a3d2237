"""The front door: what platforms call. It proves, keeps, and answers; nothing else.

The answer ``success`` leaves only after the inbox row is committed, so a platform that has it may
forget. Whatever cannot be proved is refused with one uniform 403 (or 413), and nothing is stored.
"""

import time

import structlog
from flask import Blueprint, Flask, Response, abort, current_app, request
from werkzeug.exceptions import ClientDisconnected

from app import callbacks, lanes, passive_replies, streams
from app.callbacks import Called
from app.ears import Ear, Ears
from app.intake import Arrival, Intake
from app.wiring import Siyu
from bots.accounts import BadCredentials
from bots.messages import NotGenuine, TooLarge

blueprint = Blueprint("webhook", __name__)
_log = structlog.get_logger(__name__)


def add_to(app: Flask, siyu: Siyu) -> None:
    """Opens the front door of the app."""
    app.extensions["ears"] = Ears(siyu)
    app.extensions["intake"] = Intake(siyu.database)
    app.register_blueprint(blueprint)


@blueprint.get("/callback/<channel_key>")
def verify(channel_key: str) -> Response:
    """The platform checks that the address is ours: it gets its echo back."""
    ear = _ear(channel_key)
    try:
        echo = callbacks.verify(ear.kind, ear.account, _called(ear))
    except (NotGenuine, BadCredentials):
        abort(403)
    return Response(echo, mimetype="text/plain")


@blueprint.post("/callback/<channel_key>")
def receive(channel_key: str) -> Response:
    """Keeps what a platform says and wakes the lane it went into."""
    siyu: Siyu = current_app.extensions["siyu"]
    answer_by_s = time.monotonic() + passive_replies.ANSWER_WITHIN_S
    ear = _ear(channel_key)
    called = _called(ear)
    try:
        heard = callbacks.hear(ear.kind, ear.account, called)
    except TooLarge:
        abort(413)
    except NotGenuine:
        abort(403)
    except BadCredentials as error:
        _log.error("channel cannot be heard", channel=channel_key, error=str(error))
        abort(403)
    intake: Intake = current_app.extensions["intake"]
    for received in heard.received:
        lane = intake.keep(Arrival(ear.channel_id, channel_key, received, called.now))
        if lane is not None:
            siyu.bell.ring(lanes.INBOX, lane)
    if heard.stream is not None:
        said = streams.Said()
        if not heard.received:
            said = streams.said(siyu, channel_key, heard.stream.name)
        answer = heard.stream.answer(said.text, said.is_finished)
        return Response(answer, mimetype="application/json")
    if heard.seal is not None:
        reply = passive_replies.reply_to(siyu, channel_key, heard.received[0], answer_by_s)
        if reply is not None:
            sealed = heard.seal(reply)
            return Response(sealed.body, mimetype=sealed.mimetype)
    return Response(heard.answer, mimetype=heard.mimetype)


def _ear(channel_key: str) -> Ear:
    """Unknown channels are refused like forgeries: nobody learns which ones there are."""
    ears: Ears = current_app.extensions["ears"]
    ear = ears.of(channel_key)
    if ear is None:
        abort(403)
    return ear


def _called(ear: Ear) -> Called:
    """A parameter that is given twice could be read in two ways, so it proves nothing."""
    siyu: Siyu = current_app.extensions["siyu"]
    if any(len(values) > 1 for values in request.args.listvalues()):
        abort(403)
    return Called(
        query=request.args,
        headers=dict(request.headers),
        body=_body(),
        now=siyu.clock(),
        blind_index=siyu.vault.blind_index,
        skew_max_s=siyu.settings.callback_skew_max_s,
        plaintext_allowed=ear.plaintext_allowed,
    )


def _body() -> bytes:
    """One that breaks off proves nothing either."""
    try:
        return request.get_data(cache=False)
    except ClientDisconnected:
        abort(403)
