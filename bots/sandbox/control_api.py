"""The sandbox's own JSON: acting as a member, codes, faults, and the record of what was sent."""

from dataclasses import asdict
from typing import Any

import requests
from flask import Blueprint, Response, abort, jsonify, make_response, request
from werkzeug.exceptions import HTTPException

from bots.sandbox import acts, bodies, callbacks, calls, chats, faults, platform_api, sent, wiring
from bots.sandbox.accounts import MINI_PROGRAM, OFFICIAL_ACCOUNT, SMART_BOT, WECOM, Account
from bots.sandbox.clock import CannotGoThere
from bots.sandbox.deliveries import Delivery
from bots.sandbox.mini_program import logins
from bots.sandbox.mini_program import member_data as mini_data
from bots.sandbox.official_account import subscriptions
from bots.sandbox.store import moment
from bots.sandbox.wecom import acts as wecom_acts
from bots.sandbox.wecom import callbacks as wecom_callbacks

blueprint = Blueprint("control_api", __name__, url_prefix="/sandbox")

OF_WECOM = (WECOM, SMART_BOT)
VERIFYING = {
    OFFICIAL_ACCOUNT: callbacks.verify,
    MINI_PROGRAM: callbacks.verify,
    WECOM: wecom_callbacks.verify,
    SMART_BOT: wecom_callbacks.verify,
}


@blueprint.post("/act")
def act() -> Response:
    sandbox, entry = wiring.current(), _body()
    account = _account(entry)
    if account.kind in OF_WECOM:
        delivery, told = wecom_acts.perform(sandbox, account, entry)
        return jsonify({**_shown(delivery), **told})
    who = acts.person(sandbox, account, str(entry.get("member", "")))
    room = str(entry.get("room") or "")
    delivery = acts.perform(sandbox, account, who, acts.act_from(entry), room)
    return jsonify(_shown(delivery))


@blueprint.post("/codes")
def new_code() -> Response:
    sandbox, entry = wiring.current(), _body()
    account = _account(entry)
    kind = entry.get("kind")
    if account.kind != MINI_PROGRAM or kind not in logins.KINDS:
        raise acts.CannotAct("codes are for a mini_program, of kind login or phone")
    who = acts.person(sandbox, account, str(entry.get("member", "")))
    with sandbox.store.writing() as db:
        code = logins.new_code(db, account.key, kind, who.platform_id, sandbox.clock())
    return jsonify(code=code)


@blueprint.post("/member-data")
def member_data() -> Response:
    """What her phone hands to the mini-program once she has logged in."""
    sandbox, entry = wiring.current(), _body()
    account = _account(entry)
    who = acts.person(sandbox, account, str(entry.get("member", "")))
    key = logins.session_key_of(sandbox.store.reading(), account.key, who.platform_id)
    if not key:
        raise acts.CannotAct(f"{who.name} has not logged in to {account.key}")
    handed = mini_data.sealed(account, who.platform_id, who.name, key, sandbox.clock())
    return jsonify(handed)


@blueprint.post("/verify")
def verify() -> Response:
    account = _account(_body())
    verifying = VERIFYING.get(account.kind)
    if verifying is None or not account.callback_url:
        raise acts.CannotAct(f"{account.key} has no callback URL that is verified")
    try:
        return jsonify(verified=verifying(wiring.current(), account))
    except requests.RequestException as error:
        return jsonify(verified=False, error=str(error))


@blueprint.get("/sent")
def list_sent() -> Response:
    db = wiring.current().store.reading()
    recipient, since = request.args.get("recipient", ""), request.args.get("since", "")
    try:
        return jsonify(sent.listed(db, recipient, since))
    except ValueError:
        abort(400, "since has to be an id or an ISO moment")


@blueprint.delete("/sent")
def forget_sent() -> Response:
    with wiring.current().store.writing() as db:
        return jsonify(forgotten=sent.forget(db))


@blueprint.get("/calls")
def list_calls() -> Response:
    return jsonify(calls.counted(wiring.current().store.reading()))


@blueprint.get("/clock")
def tell_time() -> Response:
    clock = wiring.current().clock
    return jsonify(now=moment(clock()), advanced_s=clock.advanced_s)


@blueprint.post("/clock")
def move_clock() -> Response:
    try:
        wiring.current().clock.advance(_body().get("advance_s"))
    except CannotGoThere as error:
        abort(400, str(error))
    return tell_time()


@blueprint.get("/faults")
def list_faults() -> Response:
    return jsonify(faults.switched_on(wiring.current().store.reading()))


@blueprint.post("/faults")
def switch_fault_on() -> Response:
    try:
        fault = faults.wanted(_body(), platform_api.FAULTY)
    except faults.BadFault as error:
        abort(400, str(error))
    with wiring.current().store.writing() as db:
        return jsonify(id=faults.switch_on(db, fault))


@blueprint.delete("/faults")
def switch_faults_off() -> Response:
    """All, or the one with ``?id=``."""
    wanted = request.args.get("id")
    if wanted is not None and not sent.ID.fullmatch(wanted):
        abort(400, "id has to be a number")
    with wiring.current().store.writing() as db:
        return jsonify(switched_off=faults.switch_off(db, int(wanted) if wanted else None))


@blueprint.get("/members")
def list_members() -> Response:
    """Who there is, and in which groups; no secrets."""
    directory = wiring.current().directory
    shown = ("kind", "key", "name", "appid", "original_id")
    accounts = [{name: getattr(one, name) for name in shown} for one in directory.accounts]
    members = [{"nickname": one.nickname, "ids": dict(one.ids)} for one in directory.members]
    return jsonify(accounts=accounts, members=members, groups=[asdict(g) for g in directory.groups])


@blueprint.get("/chat")
def chat() -> Response:
    """The bubbles of one chat; 304 while nothing has changed."""
    sandbox = wiring.current()
    account = _account(request.args)
    who = acts.person(sandbox, account, request.args.get("member", ""))
    db = sandbox.store.reading()
    shown = chats.bubbles(db, account, who.platform_id, request.args.get("room", ""))
    may_write = account.kind != OFFICIAL_ACCOUNT or subscriptions.is_subscribed(
        db, sandbox.directory, account.key, who.platform_id
    )
    response = make_response(jsonify(bubbles=shown, subscribed=may_write))
    response.add_etag()
    response.make_conditional(request)
    return response


@blueprint.errorhandler(acts.CannotAct)
def refuse(error: acts.CannotAct) -> tuple[Response, int]:
    return jsonify(error=str(error)), 409


@blueprint.errorhandler(HTTPException)
def explain(error: HTTPException) -> tuple[Response, int]:
    return jsonify(error=error.description), error.code or 500


def _shown(delivery: Delivery) -> dict[str, Any]:
    return {name: value for name, value in asdict(delivery).items() if value is not None}


def _body() -> dict[str, Any]:
    try:
        return bodies.read(request.get_data())
    except bodies.NotAnObject:
        abort(400, "the body has to be a JSON object")


def _account(entry: Any) -> Account:
    found = wiring.current().directory.account(str(entry.get("account", "")))
    if found is None:
        abort(404, "there is no such account")
    return found
