"""Callers: whose request this is. A session is a mini-program's, and of a member once she has
signed up."""

from apiflask import HTTPTokenAuth
from flask import current_app, request
from sqlalchemy.orm import Session

from app.api.refusals import RefusedRequest
from app.domain.people import api_sessions, members
from app.domain.people.api_sessions import ApiSession
from app.domain.people.members import Member
from app.rates import Rate, Rates, TooOften
from app.wiring import Siyu

bearer = HTTPTokenAuth(description="POST /api/v1/login 给的 token · what login gave")


def siyu() -> Siyu:
    wired: Siyu = current_app.extensions["siyu"]
    return wired


@bearer.verify_token
def session_of(token: str) -> ApiSession | None:
    house = siyu()
    with house.database.reading() as session:
        return api_sessions.by_token(session, token, house.clock())


def caller() -> ApiSession:
    """The session of a request behind ``bearer``."""
    known = bearer.current_user
    assert isinstance(known, ApiSession), "the view asks for a session"
    return known


def member_of(session: Session, known: ApiSession) -> Member:
    """The member who has signed up in this session's mini-program. Raises RefusedRequest."""
    identity = members.identity_of(session, known.channel_id, known.openid)
    member = members.get(session, identity.member_id) if identity else None
    if member is None or member.signed_up_at is None:
        raise RefusedRequest("not_signed_up")
    return member


def count_request(rate: Rate, who: str) -> None:
    """Counts a request against a rate. Raises RefusedRequest."""
    rates: Rates = current_app.extensions["siyu_rates"]
    try:
        rates.count(rate, who)
    except TooOften as error:
        raise RefusedRequest("too_many", retry_after_s=error.retry_after_s) from error


def address() -> str:
    """Where the connection comes from; what headers say about it, anybody can write."""
    return request.remote_addr or "unknown"
