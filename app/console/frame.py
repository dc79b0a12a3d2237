"""The frame around every page: who may see it, with which headers, and how it is rendered."""

import secrets
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import (
    Blueprint,
    Response,
    current_app,
    g,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_login import current_user
from werkzeug.exceptions import BadRequest

from app import nul
from app.console import languages, sidebar
from app.domain.outreach import halts
from app.domain.outreach.halts import Halt
from app.wiring import Siyu

console = Blueprint(
    "console",
    __name__,
    url_prefix="/console",
    static_folder="static",
    template_folder="templates",
)
# A file of 10 MB, or a table of 50, and the form around it.
UPLOAD_MAX_BYTES = {
    "console.upload_media": 11 * 1024 * 1024,
    "console.bring_table": 51 * 1024 * 1024,
}
OPEN = {"console.log_in", "console.static", "console.choose_language"}
PAGE = 50
Answer = str | Response | tuple[str, int] | tuple[Response, int]


class NotText(BadRequest):
    """Something was sent that no text can hold."""


def siyu() -> Siyu:
    house: Siyu = current_app.extensions["siyu"]
    return house


def operator_id() -> int:
    return int(current_user.operator_id)


@console.before_request
def guard() -> Answer | None:
    """Lets nobody in who is not logged in, and changes nothing without the page's own token."""
    if request.endpoint in UPLOAD_MAX_BYTES and current_user.is_authenticated:
        request.max_content_length = UPLOAD_MAX_BYTES[request.endpoint]
    current_app.extensions["csrf"].protect()
    if nul.is_in(request.values.items(multi=True)):
        raise NotText
    if request.endpoint in OPEN or current_user.is_authenticated:
        return None
    target = request.full_path.rstrip("?") if request.method == "GET" else None
    login = url_for("console.log_in", next=target)
    if "HX-Request" in request.headers:
        return Response(status=401, headers={"HX-Redirect": url_for("console.log_in")})
    return redirect(login)  # type: ignore[return-value]


@console.after_request
def add_headers(response: Response) -> Response:
    """Only our own scripts run, nobody frames us, nothing personal stays in a cache."""
    policy = (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce()}'; style-src 'self'; "
        "img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
    response.headers["Content-Security-Policy"] = policy
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if request.endpoint != "console.static":
        response.headers["Cache-Control"] = "no-store"
    return response


def nonce() -> str:
    """The word that only this response's own scripts know."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    return str(g.nonce)


@console.context_processor
def in_every_template() -> dict[str, Any]:
    return {
        "nonce": nonce,
        "language": languages.language(),
        "halted": _halted(),
        "public_url": siyu().programme.public_url,
        "sidebar": sidebar,
    }


def _halted() -> Halt | None:
    """Whether everything is halted: each page says so."""
    if not current_user.is_authenticated:
        return None
    with siyu().database.reading() as session:
        return halts.present(session)


@console.app_template_filter("moment")
def moment(at: datetime | None) -> str:
    """A moment on the shop's own clock."""
    return at.astimezone(zone()).strftime("%Y-%m-%d %H:%M") if at else ""


@console.app_template_filter("clock")
def clock(at: datetime) -> str:
    return at.astimezone(zone()).strftime("%H:%M:%S")


@console.app_template_filter("clock_short")
def clock_short(at: datetime) -> str:
    return at.astimezone(zone()).strftime("%H:%M")


@console.app_template_filter("day")
def day(at: datetime) -> str:
    return at.astimezone(zone()).strftime("%Y-%m-%d")


@console.app_template_filter("yuan")
def yuan(amount_fen: int) -> str:
    """An amount of fen as people read it."""
    return f"¥{amount_fen // 100:,}.{amount_fen % 100:02d}"


def zone() -> ZoneInfo:
    return siyu().programme.zone


def page(template: str, **values: Any) -> str:
    return render_template(f"console/{template}", **values)


def go(endpoint: str, **values: Any) -> Response:
    """After a change: the page that shows it."""
    return redirect(url_for(f"console.{endpoint}", **values), 303)  # type: ignore[return-value]


def safe_path(target: str | None) -> str:
    """``target`` when it stays within the console, else the front page: a link that logs in must
    not lead anywhere else."""
    wanted = target or ""
    parts = urlsplit(wanted)
    inside = wanted.startswith("/console/") and not parts.netloc and not parts.scheme
    plain = wanted.isprintable() and "\\" not in wanted and ".." not in wanted
    return wanted if inside and plain else url_for("console.front")
