"""Partners: the shops' systems, who come with a key of their own instead of a member's session."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from apiflask import HTTPTokenAuth
from sqlalchemy.orm import Session

from app import inbox
from app.api import outcomes
from app.api.callers import count_request, siyu
from app.api.refusals import RefusedRequest
from app.domain.people import partner_keys
from app.domain.people.partner_keys import PartnerKey
from app.inbox import InboxEvent
from app.rates import Rate

PER_KEY = Rate("partners", 3000)
AHEAD_MAX_S = 300  # clocks of shops that go ahead of ours, see handlers.FUTURE_MAX
bearer = HTTPTokenAuth(
    description="控制台「合作方接口」里生成的密钥 · a key made in the console",
    security_scheme_name="PartnerKey",
)


@bearer.verify_token
def key_of(text: str) -> PartnerKey | None:
    house = siyu()
    with house.database.reading() as session:
        return partner_keys.by_text(session, text)


def partner() -> PartnerKey:
    """The key of a request behind ``bearer``, counted. Raises RefusedRequest."""
    known = bearer.current_user
    assert isinstance(known, PartnerKey), "the view asks for a key"
    count_request(PER_KEY, str(known.id))
    return known


def keep(
    by: PartnerKey,
    *,
    key: str,
    kind: str,
    subject: str,
    fields: Mapping[str, Any],
    cause: InboxEvent | None = None,
    member_id: int | None = None,
    happened_at: datetime,
    contradiction: str = "other_content",
) -> bool:
    """Keeps what a partner tells, under the key of its business fact, and waits a moment for it to
    be handled. Returns whether it has been. Raises RefusedRequest, with ``contradiction`` when the
    same fact was told before with another content."""
    house, now = siyu(), siyu().clock()

    def put(session: Session) -> int | None:
        partner_keys.note_use(session, by.id, now)
        return inbox.receive_own(
            session,
            key=key,
            kind=kind,
            subject=subject,
            fields=fields,
            cause=cause,
            member_id=member_id,
            happened_at=happened_at,
            now=now,
        )

    if not outcomes.keep(house, put):
        with house.database.reading() as session:
            if not inbox.is_content(session, key, fields):
                raise RefusedRequest(contradiction)
    return outcomes.handled(house, key) is not None


def check_moment(name: str, at: datetime) -> None:
    """Raises RefusedRequest for what has not happened yet."""
    if (at - siyu().clock()).total_seconds() > AHEAD_MAX_S:
        raise RefusedRequest("fields", mistakes={name: "in_the_future"})
