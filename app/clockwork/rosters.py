"""Rosters: live codes of WeCom whose staff change by the hour or the day are led to who is there.

Each change is an event of our own, ``roster_due`` with ``LiveCodeId``, in the account's lane.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app import inbox
from app.domain.outreach.live_codes import duties
from app.domain.people.channels import Channel
from app.domain.people.live_codes import LiveCode
from app.programme import Programme

KIND = "roster_due"


def find(session: Session, programme: Programme, now: datetime) -> list[int]:
    """The live codes that lead to others than they should."""
    return duties.due(session, programme.zone, now)


def put(session: Session, code_ids: Sequence[int], now: datetime) -> None:
    """Once a minute at the most for each."""
    minute = int(now.timestamp()) // 60
    for code_id in code_ids:
        channel = session.get_one(Channel, session.get_one(LiveCode, code_id).channel_id)
        inbox.receive_own(
            session,
            key=f"{KIND}:{code_id}:{minute}",
            kind=KIND,
            subject=f"{channel.key}/",
            fields={"LiveCodeId": str(code_id)},
            channel_id=channel.id,
            now=now,
        )
