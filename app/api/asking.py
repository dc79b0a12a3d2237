"""Asking: a member's wish is kept and, for a moment, waited for."""

from typing import Any

from sqlalchemy.orm import Session

from app import wishes
from app.api import outcomes, refusals
from app.api.callers import caller, count_request, siyu
from app.api.refusals import RefusedRequest
from app.domain.people.members import Member
from app.rates import Rate
from app.wishes import OtherWish

PER_SESSION = Rate("wishes", 60)
_MAY = ("not_logged_in", "not_signed_up", "too_many", "not_handled", "other_content")


def responses(*codes: str) -> dict[int | str, Any]:
    """For an operation's description: ``codes``, what asking may have refused, and that the answer
    may come later."""
    return refusals.named(*codes, *_MAY) | {202: outcomes.LATER_DESCRIBED}


def asked(member: Member, kind: str, key: str, fields: dict[str, str]) -> bool:
    """Keeps the wish; whether it has been handled. Raises RefusedRequest, also for what the member
    could not have."""
    house = siyu()
    count_request(PER_SESSION, str(caller().id))

    def put(session: Session) -> int | None:
        return wishes.put(session, member, kind=kind, key=key, fields=fields, now=house.clock())

    try:
        outcomes.keep(house, put)
    except OtherWish as error:
        raise RefusedRequest("other_content") from error
    if outcomes.handled(house, key) is None:
        return False
    raise_if_refused(key)
    return True


def raise_if_refused(key: str) -> None:
    """Raises RefusedRequest, in the words of the reason."""
    with siyu().database.reading() as session:
        came = wishes.outcome(session, key)
    if came is not None and came.refused is not None:
        raise RefusedRequest(came.refused)
