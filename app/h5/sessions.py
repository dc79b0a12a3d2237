"""Who is looking at our pages: two signed cookies.

``siyu_h5`` holds who she is on which account, for a week. ``siyu_h5_state`` ties a way through
WeChat's authorization to the browser that began it, for ten minutes; it works once, see ``logins``.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Response, current_app, request
from itsdangerous import BadSignature, URLSafeSerializer

from app.wiring import Siyu

SESSION, STATE = "siyu_h5", "siyu_h5_state"
SESSION_LIVES, STATE_LIVES = timedelta(days=7), timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody whom WeChat has named to us, on the channel of this id."""

    channel_id: int
    openid: str


@dataclass(frozen=True, slots=True)
class Way:
    """One way through WeChat and back: begun by this browser, to ``next_path``."""

    state: str
    channel: str
    next_path: str
    again: bool = False  # she was sent once more already


def visitor(now: datetime) -> Visitor | None:
    found = _read(SESSION, SESSION_LIVES, now)
    return Visitor(int(found["channel_id"]), str(found["openid"])) if found else None


def way(now: datetime) -> Way | None:
    found = _read(STATE, STATE_LIVES, now)
    if found is None:
        return None
    state, channel, path = (str(found[name]) for name in ("state", "channel", "next_path"))
    return Way(state, channel, path, bool(found["again"]))


def remember(response: Response, who: Visitor, now: datetime) -> None:
    _write(response, SESSION, asdict(who), SESSION_LIVES, now)


def begin(response: Response, begun: Way, now: datetime) -> None:
    _write(response, STATE, asdict(begun), STATE_LIVES, now)


def end_way(response: Response) -> None:
    response.delete_cookie(STATE, path="/h5")


def _write(
    response: Response, name: str, content: dict[str, object], lives: timedelta, now: datetime
) -> None:
    signed = _signer(name).dumps({**content, "at": int(now.timestamp())})
    response.set_cookie(
        name,
        str(signed),
        max_age=int(lives.total_seconds()),
        path="/h5",
        httponly=True,
        samesite="Lax",
        secure=_siyu().programme.public_url.startswith("https://"),
    )


def _read(name: str, lives: timedelta, now: datetime) -> dict[str, Any] | None:
    """What we signed, unless it is too old. A browser may keep a cookie for longer than asked."""
    try:
        found = _signer(name).loads(request.cookies.get(name, ""))
    except BadSignature:
        return None
    age_s = now.timestamp() - found["at"]
    return dict(found) if age_s <= lives.total_seconds() else None


def _signer(name: str) -> URLSafeSerializer:
    return URLSafeSerializer(_siyu().settings.secret(), salt=name)


def _siyu() -> Siyu:
    found: Siyu = current_app.extensions["siyu"]
    return found
