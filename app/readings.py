"""Readings: what is heard of a radar link becomes views, readers and events.

An opening, what is reached while reading, and that somebody has come through her are events of the
member they are about, each under a key of its own: ``radar_opened`` once a minute, ``radar_read``
once for each mark of ``radar_views``, ``radar_shared`` once for each reader who came through her.
Readers nobody knows have no events; the figures and the tree of a link count them all the same.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app import inbox, whereabouts
from app.domain.insight import radar_readers, radar_views
from app.domain.insight.radar import RadarLink
from app.domain.insight.radar_readers import RadarReader
from app.domain.insight.radar_tokens import Opener, Showing
from app.domain.insight.radar_views import Report
from app.domain.people.channels import Channel
from app.whereabouts import Whereabouts

MINUTE_S = 60


def opened(session: Session, showing: Showing, now: datetime) -> RadarReader:
    """She has gone on to an outside page, of which nothing more is known. Raises NoSuchReader."""
    reader = radar_readers.of_opening(session, showing.through, showing.opener, now)
    key = f"{reader.id}:{_minute(now)}"
    if radar_views.begin(session, key, reader.link_id, reader.id, now, now):
        _count(session, reader, showing.opener, now)
    return reader


def reported(session: Session, showing: Showing, report: Report, now: datetime) -> int | None:
    """A page of ours says how it is read; its first report is what counts as an opening. Returns
    the reader, None when it is too late to say anything. Raises NoSuchReader."""
    if radar_views.is_over(showing.began_at, now) or showing.began_at > now + timedelta(minutes=1):
        return None
    view = radar_views.by_key(session, showing.key, lock=True)
    if view is None:
        reader = radar_readers.of_opening(session, showing.through, showing.opener, now)
        at = showing.began_at
        if radar_views.begin(session, showing.key, reader.link_id, reader.id, at, now):
            _count(session, reader, showing.opener, now)
        view = radar_views.by_key(session, showing.key, lock=True)
        assert view is not None, "the index said that it is there"
    reached = radar_views.hear(view, report, now)
    if reached is not None:
        reader = session.get_one(RadarReader, view.reader_id)
        told = {"Seconds": str(reached.seconds), "Percent": str(reached.percent)}
        key = f"radar_read:{view.id}:{reached.seconds}:{reached.percent}"
        _tell(session, reader, showing.opener, "radar_read", key, told, now)
    return view.reader_id


def _count(session: Session, reader: RadarReader, opener: Opener, now: datetime) -> None:
    """Refreshing within a minute is one opening."""
    if not radar_readers.count_opening(session, reader.id, _minute_began(now), now):
        return
    key = f"radar:{reader.link_id}:{reader.id}:{_minute(now)}"
    _tell(session, reader, opener, "radar_opened", key, {}, now)
    if reader.parent_id is not None and reader.is_named:
        key = f"radar_shared:{reader.id}"
        _tell_sharer(session, session.get_one(RadarReader, reader.parent_id), key, now)


def _tell(
    session: Session,
    reader: RadarReader,
    opener: Opener,
    kind: str,
    key: str,
    told: Mapping[str, Any],
    now: datetime,
) -> None:
    """Puts an event of her who reads, in the lane of her chat."""
    if not reader.is_named:
        return
    she_is = _whereabouts(session, reader, opener)
    inbox.receive_own(
        session,
        key=key,
        kind=kind,
        subject=she_is.subject,
        fields={
            "Link": session.get_one(RadarLink, reader.link_id).key,
            "LinkId": str(reader.link_id),
            "ReaderId": str(reader.id),
            **told,
        },
        channel_id=she_is.channel_id,
        sender=she_is.sender,
        member_id=reader.member_id,
        now=now,
    )


def _tell_sharer(session: Session, sharer: RadarReader, key: str, now: datetime) -> None:
    if sharer.member_id is not None:
        _tell(session, sharer, Opener(""), "radar_shared", key, {}, now)


def _whereabouts(session: Session, reader: RadarReader, opener: Opener) -> Whereabouts:
    if reader.member_id is not None:
        return whereabouts.of(session, reader.member_id)
    channel = session.get_one(Channel, opener.channel_id)
    return Whereabouts(channel.id, opener.openid, f"{channel.key}/{opener.openid}")


def _minute(now: datetime) -> int:
    return int(now.timestamp()) // MINUTE_S


def _minute_began(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0)
