"""The pages members open in WeChat: radar links, and the member centre behind a login."""

from flask import Flask, Response, abort, request
from werkzeug.exceptions import HTTPException

from app import nul
from app.domain import english
from app.h5 import (
    coupons,
    earning,
    errors,
    forms,
    invites,
    item_codes,
    logins,
    lotteries,
    members,
    opt_outs,
    pictures,
    radar_links,
    radar_reports,
    rewards,
    sign_ins,
    statements,
)
from app.h5.visitors import NotHere

PARTS = (
    radar_links,
    radar_reports,
    logins,
    members,
    sign_ins,
    opt_outs,
    coupons,
    forms,
    pictures,
    item_codes,
    earning,
    statements,
    invites,
    rewards,
    lotteries,
    errors,
)


def init_app(app: Flask) -> None:
    for part in PARTS:
        app.register_blueprint(part.blueprint)
        app.before_request_funcs.setdefault(part.blueprint.name, []).append(_refuse_nul)
        if part is not radar_reports:  # which scripts ask
            of_part = app.error_handler_spec[part.blueprint.name]
            of_part[None][HTTPException] = errors.refused
    app.register_error_handler(NotHere, _elsewhere)
    app.jinja_env.filters.update(counted=english.counted, ordinal=english.ordinal)


def _refuse_nul() -> None:
    if nul.is_in(request.values.items(multi=True)):
        abort(400)


def _elsewhere(error: NotHere) -> Response:
    return error.answer
