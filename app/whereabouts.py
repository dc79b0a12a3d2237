"""Whereabouts: the lane of a member's chat, so that what she does at other doors keeps its order
with what she says."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

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
