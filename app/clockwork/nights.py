"""Nights: what is gone over once a day, since callbacks are not guaranteed to arrive.

At three in the morning every account of a kind that has nightly work (``handlers.NIGHTLY``) hears
one event, ``night``, under a key of the account and the day. What is done about it is the handlers'
affair, through the same lanes as everything else. A house that was down at three does it as soon as
it is up again on that day; a night that was missed altogether is not made up for.
"""

from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from app import handlers, inbox
from app.domain.people import channels
from app.programme import Programme

BEGINS = time(3)


def begun_on(programme: Programme, now: datetime) -> date | None:
    """The day whose night has begun; None before three."""
    local = now.astimezone(programme.zone)
    return local.date() if local.time() >= BEGINS else None


def last_began_at(programme: Programme, now: datetime) -> datetime:
    """When the last night began, be it today's or yesterday's."""
    today = now.astimezone(programme.zone).date()
    on = begun_on(programme, now) or today - timedelta(days=1)
    return began_at(programme, on)


def began_at(programme: Programme, day: date) -> datetime:
    return datetime.combine(day, BEGINS, programme.zone)


def begin(session: Session, programme: Programme, day: date, now: datetime) -> None:
    """Tells every account that was there when the night began. Again, it changes nothing."""
    at = began_at(programme, day)
    for channel in channels.all_of(session):
        if channel.kind in handlers.NIGHTLY and channel.created_at < at:
            inbox.receive_own(
                session,
                key=f"night:{channel.id}:{day}",
                kind="night",
                subject=f"night:{channel.key}",
                fields={"Day": str(day)},
                channel_id=channel.id,
                now=now,
            )
