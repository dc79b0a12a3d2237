"""Friends whose time has come: an event of our own for each, in her own lane."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import inbox_batches
from app.domain.loyalty.referrals import referrals
from app.domain.loyalty.referrals.referrals import Referral
from app.domain.people import lookups
from app.inbox import InboxEvent

BATCH = 500
KIND = "referral_due"


def put(session: Session, now: datetime) -> bool:
    """Keeps what nobody has been told of yet, up to a batch. Returns whether there may be more."""
    key = sa.literal(f"{KIND}:") + sa.cast(Referral.id, sa.String)
    untold = ~sa.exists().where(InboxEvent.key == key)
    found = session.scalars(referrals.due(now).where(untold).limit(BATCH)).all()
    people = {one.friend_id for one in found} | {one.inviter_id for one in found}
    behind = lookups.members_behind(session, people)
    events = [
        inbox_batches.Own(
            key=f"{KIND}:{one.id}",
            kind=KIND,
            subject=f"member:{behind[one.friend_id].id}",
            fields={"referral": one.id, "OtherId": str(behind[one.inviter_id].id)},
            member_id=behind[one.friend_id].id,
            happened_at=now,
        )
        for one in found
    ]
    inbox_batches.receive(session, events, now)
    return len(found) == BATCH
