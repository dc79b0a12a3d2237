"""Tags whose time is over end, a batch a tick; platforms that mirror one of them hear of it through
an event of our own in the member's lane: ``tag_expired``, with ``TagId``."""

from datetime import datetime

from sqlalchemy.orm import Session

from app import inbox
from app.domain.insight import mirrored_tags, tags

BATCH = 5_000
KIND = "tag_expired"


def run(session: Session, now: datetime) -> bool:
    """Returns whether there may be more."""
    ended = tags.expire_due(session, BATCH, now)
    mirrored = {
        tag_id
        for tag_id in {tag_id for _, _, tag_id in ended}
        if mirrored_tags.of_tag(session, tag_id)
    }
    for held_id, member_id, tag_id in ended:
        if tag_id in mirrored:
            inbox.receive_own(
                session,
                key=f"{KIND}:{held_id}",
                kind=KIND,
                subject=f"member:{member_id}",
                fields={"TagId": str(tag_id)},
                member_id=member_id,
                now=now,
            )
    return len(ended) == BATCH
