"""The pages: phones to chat with, what was sent, faults, and a QR code to scan."""

from typing import Any
from urllib.parse import urlencode

from flask import (
    Blueprint,
    Response,
    abort,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from bots.sandbox import calls, faults, languages, platform_api, sent, wiring
from bots.sandbox.accounts import GROUP_GATEWAY, MINI_PROGRAM, WECOM, Account, Directory, Member
from bots.sandbox.official_account import qr_codes
from bots.sandbox.wecom import desk

blueprint = Blueprint("pages", __name__)

SENT_SHOWN = 200
HUES = 12  # avatar colours in the style sheet
COOKIE_LIVES_S = 365 * 24 * 3600
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " img-src 'self' http: https:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@blueprint.before_request
def choose_language() -> None:
    asked = request.args.get("lang") or request.cookies.get("lang") or ""
    g.lang = asked if asked in languages.LANGUAGES else languages.FIRST


@blueprint.after_request
def keep_language(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Referrer-Policy"] = "no-referrer"
    if request.args.get("lang") == g.lang:
        response.set_cookie("lang", g.lang, max_age=COOKIE_LIVES_S, samesite="Lax")
    return response


@blueprint.context_processor
def for_every_page() -> dict[str, Any]:
    return {"lang": g.lang, "t": languages.words(g.lang), "hue_of": _hue, "here": _here}


@blueprint.get("/")
def chat() -> str:
    directory = wiring.current().directory
    member = _chosen_member(directory)
    rooms = _chats_of(directory, member) if member else []
    wanted = request.args.get("account", ""), request.args.get("room", "")
    chosen = next((one for one in rooms if (one["account"].key, one["room"]) == wanted), None)
    shown = chosen or (rooms[0] if rooms else None)
    return render_template(
        "chat.html", members=directory.members, member=member, chats=rooms, chat=shown
    )


@blueprint.get("/wecom")
def wecom_page() -> str:
    """A corp, its people, and what they can do."""
    sandbox = wiring.current()
    corps = [one for one in sandbox.directory.accounts if one.kind == WECOM]
    asked = request.args.get("account", "")
    named = (one for one in corps if one.key == asked)
    account = next(named, corps[0] if corps else None)
    shown = None
    if account is not None:
        with sandbox.store.writing() as db:
            shown = desk.of_corp(db, sandbox.directory, account, sandbox.clock())
    return render_template("wecom.html", corps=corps, account=account, desk=shown)


@blueprint.get("/sent")
def sent_page() -> str:
    recipient = request.args.get("recipient", "").strip()
    db = wiring.current().store.reading()
    entries = sent.listed(db, recipient, newest=SENT_SHOWN)[::-1]
    return render_template(
        "sent.html", entries=entries, recipient=recipient, counts=calls.counted(db), name_of=_name
    )


@blueprint.get("/faults")
def faults_page() -> str:
    switched_on = faults.switched_on(wiring.current().store.reading())
    return render_template(
        "faults.html", faults=switched_on, kinds=faults.FAULTS, paths=sorted(platform_api.FAULTY)
    )


@blueprint.get("/cgi-bin/showqrcode")
def show_qr_code() -> Response:
    """The platform gives a picture; a browser that opens this gets a page with it, on which a
    member can scan it."""
    sandbox = wiring.current()
    code = qr_codes.behind(sandbox.store.reading(), request.args.get("ticket", ""), sandbox.clock())
    account = sandbox.directory.account(code["account"]) if code else None
    if code is None or account is None:
        abort(404, "there is no such QR code, or no longer")
    if request.accept_mimetypes.best_match(["image/svg+xml", "text/html"]) != "text/html":
        return Response(render_template("qr_code.svg", code=code), mimetype="image/svg+xml")
    able = [one for one in sandbox.directory.members if account.key in one.ids]
    return make_response(render_template("scan.html", code=code, account=account, members=able))


@blueprint.get("/favicon.ico")
def icon() -> AnyResponse:
    return redirect(url_for("static", filename="icon.svg"))


def _chosen_member(directory: Directory) -> Member | None:
    asked = request.args.get("member", "")
    named = next((one for one in directory.members if one.nickname == asked), None)
    return named or (directory.members[0] if directory.members else None)


def _chats_of(directory: Directory, member: Member) -> list[dict[str, Any]]:
    """Official accounts, then her groups, then mini-programs."""
    hers = [one for one in directory.accounts if one.key in member.ids]
    chats = [_chat(one) for one in hers if one.kind not in (GROUP_GATEWAY, MINI_PROGRAM)]
    for group in directory.groups:
        account = next((one for one in hers if one.key == group.account), None)
        if account is not None and member.nickname in group.members:
            chats.append(_chat(account, group.room_id, group.name, len(group.members)))
    return chats + [_chat(one) for one in hers if one.kind == MINI_PROGRAM]


def _chat(account: Account, room: str = "", name: str = "", size: int = 0) -> dict[str, Any]:
    kind = "group" if room else account.kind
    return {
        "account": account,
        "kind": kind,
        "room": room,
        "name": name or account.name,
        "size": size,
    }


def _name(account_key: str, recipient: str) -> str:
    """Whom an id means, for people."""
    directory = wiring.current().directory
    group = directory.group(account_key, recipient)
    member = directory.owner(account_key, recipient)
    return group.name if group else member.nickname if member else ""


def _hue(name: str) -> int:
    return sum(name.encode()) % HUES


def _here(**changes: str) -> str:
    """This page's address with some arguments changed."""
    return f"{request.path}?{urlencode({**request.args.to_dict(), **changes})}"
