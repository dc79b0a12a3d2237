"""Who a page is for: the member whom WeChat has named in this browser."""

from urllib.parse import urlencode

from flask import Response, request
from sqlalchemy.orm import Session

from app.domain.people import members
from app.domain.people.members import Member
from app.h5 import sessions
from app.h5.pages import led_to, page, siyu
from app.h5.sessions import Visitor


class NotHere(Exception):
    """Nobody we know yet is looking; ``answer`` is what she gets instead of the page."""

    def __init__(self, answer: Response) -> None:
        super().__init__()
        self.answer = answer


def visitor(back_to: str = "") -> Visitor:
    """Raises NotHere: she is sent to log in, and then to ``back_to``, by default to this page."""
    found = sessions.visitor(siyu().clock())
    if found is None:
        asked = {"channel": request.args.get("channel", ""), "next": back_to or request.path}
        raise NotHere(led_to(f"/h5/login?{urlencode(asked)}"))
    return found


def member(back_to: str = "") -> Member:
    """Raises NotHere: she is sent to log in, or has to wait a moment until the worker knows her."""
    named = visitor(back_to)
    with siyu().database.reading() as session:
        known = behind(session, named)
    if known is None:
        raise NotHere(page("waiting.html"))
    return known


def token() -> str:
    """What a form of hers carries, see ``has_sent_it``."""
    return sessions.form_word(visitor(), siyu().clock())


def has_sent_it() -> None:
    """Raises NotHere: what came was not sent from a page that was written for her, but by another
    site in her name."""
    if not sessions.is_written_for(visitor(), request.form.get("token", ""), siyu().clock()):
        raise NotHere(page("stale.html", 403))


def behind(session: Session, named: Visitor | None) -> Member | None:
    """None for nobody, and for her whom no worker has met yet."""
    if named is None:
        return None
    identity = members.identity_of(session, named.channel_id, named.openid)
    return members.get(session, identity.member_id) if identity else None
