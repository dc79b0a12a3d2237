"""The page on which a member agrees that a web page may know her: /connect/oauth2/authorize.

On a phone WeChat knows who she is. Here whoever opens the page picks the member; a client without a
browser names her in ``as`` (nickname or openid) and is redirected at once, with ``snapshot=1`` as a
snapshot user.
"""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from bots.sandbox import acts, wiring
from bots.sandbox.accounts import OFFICIAL_ACCOUNT, Account
from bots.sandbox.official_account import oauth

blueprint = Blueprint("authorize_page", __name__)
# WeChat's own numbers for what is wrong with the address
BAD_REDIRECT, BAD_SCOPE, BAD_APPID, BAD_TYPE = 10003, 10005, 10013, 10014


@blueprint.get("/connect/oauth2/authorize")
def authorize() -> Response | tuple[str, int] | str:
    sandbox, given = wiring.current(), request.args
    appid, back, scope = (given.get(name, "") for name in ("appid", "redirect_uri", "scope"))
    account = sandbox.directory.account_of_appid(appid, OFFICIAL_ACCOUNT)
    if account is None:
        return _wrong(BAD_APPID, "AppID")
    if given.get("response_type") != "code":
        return _wrong(BAD_TYPE, "response_type")
    if scope not in oauth.SCOPES:
        return _wrong(BAD_SCOPE, "scope")
    if not _may_lead_to(account, back):
        return _wrong(BAD_REDIRECT, "redirect_uri 域名与后台配置不一致")
    if not given.get("as"):
        return _page(account, scope, back)
    try:
        who = acts.person(sandbox, account, given["as"])
    except acts.CannotAct as error:
        return str(error), 409
    with sandbox.store.writing() as db:
        is_snapshot = given.get("snapshot") == "1"
        code = oauth.new_code(db, account, who.platform_id, scope, is_snapshot, sandbox.clock())
    return redirect(_with(back, code=code, state=given.get("state", "")))


def _page(account: Account, scope: str, back: str) -> str:
    members = [one.nickname for one in wiring.current().directory.members if account.key in one.ids]
    shown = {"account": account, "scope": scope, "where": urlsplit(back).netloc}
    return render_template(
        "authorize.html", members=members, given=list(request.args.items()), **shown
    )


def _may_lead_to(account: Account, back: str) -> bool:
    """As the account's console says (``settings.oauth_domain``); where it says nothing, anywhere
    on the web."""
    address, allowed = urlsplit(back), account.settings.get("oauth_domain")
    if address.scheme not in ("http", "https") or not address.hostname:
        return False
    return allowed is None or address.hostname == allowed


def _with(address: str, **more: str) -> str:
    parts = urlsplit(address)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *more.items()])
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, parts.fragment))


def _wrong(number: int, what: str) -> tuple[str, int]:
    return f"{what} 参数错误 ({number})", 400
