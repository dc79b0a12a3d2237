"""Who is looking at our pages: three signed cookies.

``siyu_h5`` holds who she is on which account, for a week. ``siyu_h5_state`` ties a way through
WeChat's authorization to the browser that began it, for ten minutes; it works once, see ``logins``.
A form that does something for her carries a word that is signed for her alone (``form_word``).
``siyu_browser`` says nothing but which browser it is, for a year: for radar links and for forms
that may be answered without a name.
"""

import secrets
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Response, request
from itsdangerous import BadSignature, URLSafeSerializer

from app.h5.pages import siyu

SESSION, STATE, BROWSER = "siyu_h5", "siyu_h5_state", "siyu_browser"
FORM = "siyu_h5_form"
SESSION_LIVES, STATE_LIVES = timedelta(days=7), timedelta(minutes=10)
BROWSER_LIVES, BROWSER_BYTES = timedelta(days=365), 18


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


def form_word(who: Visitor, now: datetime) -> str:
    """What a form of hers sends back, so that no other site can send it for her."""
    return _signed(FORM, asdict(who), now)


def is_written_for(who: Visitor, word: str, now: datetime) -> bool:
    found = _opened(FORM, word, SESSION_LIVES, now) or {}
    return (found.get("channel_id"), found.get("openid")) == (who.channel_id, who.openid)


def browser(now: datetime) -> str | None:
    found = _read(BROWSER, BROWSER_LIVES, now)
    return str(found["browser"]) if found else None


def new_browser() -> str:
    """A word for one that we have never seen."""
    return secrets.token_urlsafe(BROWSER_BYTES)


def know_again(response: Response, known: str, now: datetime) -> None:
    _write(response, BROWSER, {"browser": known}, BROWSER_LIVES, now)


def end_way(response: Response) -> None:
    response.delete_cookie(STATE, path="/h5")


def _write(
    response: Response, name: str, content: dict[str, object], lives: timedelta, now: datetime
) -> None:
    response.set_cookie(
        name,
        _signed(name, content, now),
        max_age=int(lives.total_seconds()),
        path="/h5" if name == STATE else "/",
        httponly=True,
        samesite="Lax",
        secure=siyu().programme.public_url.startswith("https://"),
    )


def _read(name: str, lives: timedelta, now: datetime) -> dict[str, Any] | None:
    return _opened(name, request.cookies.get(name, ""), lives, now)


def _signed(name: str, content: dict[str, object], now: datetime) -> str:
    return str(_signer(name).dumps({**content, "at": int(now.timestamp())}))


def _opened(name: str, signed: str, lives: timedelta, now: datetime) -> dict[str, Any] | None:
    """What we signed, unless it is too old. A browser may keep a cookie for longer than asked."""
    try:
        found = _signer(name).loads(signed)
    except BadSignature:
        return None
    age_s = now.timestamp() - found["at"]
    return dict(found) if age_s <= lives.total_seconds() else None


def _signer(name: str) -> URLSafeSerializer:
    return URLSafeSerializer(siyu().settings.secret(), salt=name)
