"""Redemptions whose money nobody has paid in time become events: ``redemption_unpaid`` under
``redemption_unpaid:{code}``, with ``Code``."""

from datetime import datetime

from sqlalchemy.orm import Session

from app import whereabouts
from app.domain.loyalty.spending import redemptions

BATCH = 500
KIND = "redemption_unpaid"


def run(session: Session, now: datetime) -> None:
    for due in redemptions.unpaid(session, BATCH, now):
        whereabouts.receive(
            session,
            due.member_id,
            key=f"{KIND}:{due.code}",
            kind=KIND,
            fields={"Code": due.code},
            now=now,
        )
