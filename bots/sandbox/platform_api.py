"""The platform's HTTP API: every path there is, and what answers it."""

from typing import Any

from flask import Blueprint

from bots.sandbox import (
    call_records,
    calls,
    faults,
    files,
    gateway,
    mini_program,
    reports,
    subscribe_messages,
    tokens,
    wecom,
)
from bots.sandbox.accounts import MINI_PROGRAM, OFFICIAL_ACCOUNT, SMART_BOT, WECOM
from bots.sandbox.calls import Call, Handler
from bots.sandbox.mini_program import conversations
from bots.sandbox.official_account import (
    custom_messages,
    js_tickets,
    kf_accounts,
    mass_messages,
    materials,
    media,
    menus,
    oauth,
    profiles,
    qr_codes,
    quotas,
    remarks,
    tags,
    template_messages,
)
from bots.sandbox.providers import front, numbers
from bots.sandbox.refusals import Refused

blueprint = Blueprint("platform_api", __name__)


def token(call: Call) -> dict[str, Any]:
    account = _asking(call, dict(call.query))
    issued, lives_s = tokens.plain(call.db, account, call.now)
    return {"access_token": issued, "expires_in": lives_s}


def stable_token(call: Call) -> dict[str, Any]:
    body = call.body()
    account = _asking(call, body)
    forced = body.get("force_refresh") is True
    issued, lives_s = tokens.stable(call.db, account, forced, call.now)
    return {"access_token": issued, "expires_in": lives_s}


def server_addresses(call: Call) -> dict[str, Any]:
    call.account()
    return {"ip_list": ["127.0.0.1"]}


def _asking(call: Call, given: dict[str, Any]) -> str:
    if given.get("grant_type") != "client_credential":
        raise Refused(40002, "invalid grant_type")
    appid, secret = str(given.get("appid", "")), str(given.get("secret", ""))
    account = calls.checked_account(call, appid, secret, OFFICIAL_ACCOUNT, MINI_PROGRAM)
    allowed = account.settings.get("ip_allow")
    if allowed is not None and call.address not in allowed:
        seen = f"{call.address} ipv6 ::ffff:{call.address}"
        raise Refused(40164, f"invalid ip {seen}, not in whitelist")
    return account.key


def by_kind(*of_kinds: tuple[str, Handler]) -> Handler:
    """Where two platforms share a path, the access token tells whose call it is. Raises Refused
    48001 for an account of another kind."""
    handlers = dict(of_kinds)

    def chosen(call: Call) -> Any:
        handler = handlers.get(call.account().kind)
        if handler is None:
            raise Refused(48001, "api unauthorized")
        return handler(call)

    return chosen


def _shared(path: str, *of_account: Handler) -> Handler:
    """A path that WeCom has as well; ``of_account`` answers official accounts and mini-programs."""
    others = [(kind, one) for one in of_account for kind in (OFFICIAL_ACCOUNT, MINI_PROGRAM)]
    return by_kind(*others, (WECOM, wecom.SHARED[path]))


# The tables that parts bring with them, as SQL.
_PARTS = (
    *(mass_messages, template_messages, subscribe_messages, custom_messages),
    *(media, materials, menus),
)
_OF_PEOPLE = (tags, remarks, oauth, js_tickets, quotas)
TABLES = "".join(
    (
        files.TABLE,
        *(wecom.TABLES, mini_program.TABLES, reports.TABLE, call_records.TABLES),
        numbers.TABLE,
        *(part.TABLE for part in _PARTS),
        *(part.TABLES for part in _OF_PEOPLE),
    )
)
ROUTES = (
    ("GET", "/cgi-bin/token", token),
    ("POST", "/cgi-bin/stable_token", stable_token),
    ("GET", "/cgi-bin/getcallbackip", _shared("/cgi-bin/getcallbackip", server_addresses)),
    ("GET", "/cgi-bin/get_api_domain_ip", _shared("/cgi-bin/get_api_domain_ip", server_addresses)),
    ("POST", media.UPLOAD, _shared(media.UPLOAD, media.upload)),
    ("GET", media.GET, _shared(media.GET, media.get)),
    (
        "POST",
        custom_messages.API,
        by_kind((OFFICIAL_ACCOUNT, custom_messages.send), (MINI_PROGRAM, conversations.send)),
    ),
    *(route for part in _PARTS for route in part.ROUTES),
    ("GET", "/cgi-bin/user/info", profiles.one),
    ("POST", "/cgi-bin/user/info/batchget", profiles.several),
    ("GET", "/cgi-bin/user/get", _shared("/cgi-bin/user/get", profiles.listed)),
    ("POST", "/cgi-bin/qrcode/create", qr_codes.create),
    *mini_program.ROUTES,
    ("POST", gateway.API, gateway.take),
    *(route for part in _OF_PEOPLE for route in part.ROUTES),
    *kf_accounts.ROUTES,
    *wecom.ROUTES,
    ("POST", front.API, front.take),
)
PATHS = frozenset(path for _, path, _ in ROUTES)
FAULTY = PATHS | {faults.callback_of(WECOM), faults.callback_of(SMART_BOT)}

for method, path, handler in ROUTES:
    blueprint.add_url_rule(path, path, calls.view(path, handler), methods=[method])
