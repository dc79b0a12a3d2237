"""Whereabouts: the lane of a member's chat, so that what she does at other doors keeps its order
with what she says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app import inbox
from app.domain.people import members
from app.domain.people.channels import Channel, Kind


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """As ``inbox.receive_own`` takes them. No channel where no account reaches her."""

    channel_id: int | None
    sender: str
    subject: str


def of(session: Session, member_id: int) -> Whereabouts:
    identity = members.reachable(session, member_id, Kind.OFFICIAL_ACCOUNT)
    if identity is None:
        return Whereabouts(None, "", f"member:{member_id}")
    channel = session.get_one(Channel, identity.channel_id)
    subject = f"{channel.key}/{identity.external_id}"
    return Whereabouts(channel.id, identity.external_id, subject)


def receive(
    session: Session,
    member_id: int,
    *,
    key: str,
    kind: str,
    fields: Mapping[str, Any],
    now: datetime,
) -> int | None:
    """Keeps what she has done at one of our doors, in that lane. None when it was kept before."""
    she_is = of(session, member_id)
    return inbox.receive_own(
        session,
        key=key,
        kind=kind,
        subject=she_is.subject,
        fields=fields,
        channel_id=she_is.channel_id,
        sender=she_is.sender,
        member_id=member_id,
        now=now,
    )
