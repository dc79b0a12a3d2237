"""The inbox: everything that happened, once, in the order in which we first heard of it.

A row is here before the platform is told ``success``. It waits until it is handled; when handling
it fails three times it is quarantined, visible in the console, and stops nobody else.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import takewhile
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app import lanes
from app.db import Base, Id, insert_once
from app.lanes import Lane
from bots.messages import Received, fingerprint

TRIES_MAX = 3
MESSAGES = (  # the kinds of what members write
    *("text", "image", "voice", "video", "shortvideo", "location", "link", "file"),
    *("miniprogram", "business_card", "miniprogrampage"),
)
CONTENT = ("Content", "Recognition", "MediaId", "Sdkfileid")  # what somebody said, in any form


class InboxEvent(Base):
    __tablename__ = "inbox"
    __table_args__ = (
        sa.Index(
            "ix_inbox_waiting",
            "lane",
            "id",
            sqlite_where=sa.text("handled_at IS NULL AND quarantined_at IS NULL"),
            postgresql_where=sa.text("handled_at IS NULL AND quarantined_at IS NULL"),
        ),
        sa.Index(
            "ix_inbox_quarantined",
            "quarantined_at",
            sqlite_where=sa.text("quarantined_at IS NOT NULL"),
            postgresql_where=sa.text("quarantined_at IS NOT NULL"),
        ),
        sa.Index("ix_inbox_member_id", "member_id", "id"),
        sa.Index(
            "ix_inbox_member_kind",
            "member_id",
            "kind",
            "happened_at",
            sqlite_where=sa.text("member_id IS NOT NULL"),
            postgresql_where=sa.text("member_id IS NOT NULL"),
        ),
        sa.Index("ix_inbox_received_at", "received_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    fingerprint: Mapped[str]
    channel_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("channels.id"))
    kind: Mapped[str]
    sender: Mapped[str]
    room: Mapped[str | None]
    fields: Mapped[dict[str, Any]]
    happened_at: Mapped[datetime]
    received_at: Mapped[datetime]
    lane: Mapped[int]
    cause_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("inbox.id"))
    member_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("members.id"))
    tries: Mapped[int] = mapped_column(default=0)
    handled_at: Mapped[datetime | None]
    quarantined_at: Mapped[datetime | None]
    error: Mapped[str | None]

    @property
    def text(self) -> str:
        return str(self.fields.get("Content", ""))


class InboxConflict(Base):
    """The same key came again with another content: kept for the operators, without effect."""

    __tablename__ = "inbox_conflicts"
    __table_args__ = (sa.UniqueConstraint("key", "fingerprint"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str]
    fingerprint: Mapped[str]
    fields: Mapped[dict[str, Any]]
    received_at: Mapped[datetime]


def receive(
    session: Session | sa.Connection,
    channel_id: int,
    channel_key: str,
    received: Received,
    now: datetime,
) -> int | None:
    """Keeps what a platform said. Returns the lane to wake, or None when it was known already."""
    row = {
        "key": f"{channel_key}/{received.key}",
        "fingerprint": received.fingerprint,
        "channel_id": channel_id,
        "kind": received.kind,
        "sender": received.sender,
        "room": received.room,
        "fields": dict(received.fields),
        "happened_at": received.happened_at,
        "received_at": now,
        "lane": lanes.of(f"{channel_key}/{received.sender or received.room or ''}"),
        "tries": 0,
    }
    return _keep(session, row, now)


def receive_own(
    session: Session,
    *,
    key: str,
    kind: str,
    subject: str,
    fields: Mapping[str, Any],
    cause: InboxEvent | None = None,
    channel_id: int | None = None,
    sender: str = "",
    member_id: int | None = None,
    happened_at: datetime | None = None,
    now: datetime,
) -> int | None:
    """Keeps what happened at one of our own doors, or follows from another event (``cause``,
    whose lane it then shares). ``subject`` decides the lane. Returns it, or None when known."""
    row = {
        "key": key,
        "fingerprint": fingerprint(fields),
        "channel_id": channel_id if cause is None else cause.channel_id,
        "kind": kind,
        "sender": sender if cause is None else cause.sender,
        "room": None,
        "fields": dict(fields),
        "happened_at": happened_at or (cause.happened_at if cause else now),
        "received_at": now,
        "lane": lanes.of(subject) if cause is None else cause.lane,
        "cause_id": cause.id if cause else None,
        "member_id": member_id if cause is None else cause.member_id,
        "tries": 0,
    }
    return _keep(session, row, now)


def pass_on(
    session: Session,
    cause: InboxEvent,
    *,
    key: str,
    kind: str,
    channel_key: str,
    channel_id: int | None = None,
    sender: str,
    fields: Mapping[str, Any],
    now: datetime,
) -> int | None:
    """Keeps what an event about an account tells of one person: it goes on in her own lane, in
    order with what she does. ``channel_id`` where that is another account's. Returns the lane, or
    None when known."""
    row = {
        "key": key,
        "fingerprint": fingerprint(fields),
        "channel_id": channel_id or cause.channel_id,
        "kind": kind,
        "sender": sender,
        "room": None,
        "fields": dict(fields),
        "happened_at": cause.received_at,
        "received_at": now,
        "lane": lanes.of(f"{channel_key}/{sender}"),
        "cause_id": cause.id,
        "tries": 0,
    }
    return _keep(session, row, now)


def _keep(session: Session | sa.Connection, row: Mapping[str, Any], now: datetime) -> int | None:
    if insert_once(session, InboxEvent, row, unique=["key"]) is not None:
        lanes.touch(session, lanes.INBOX, row["lane"])
        return int(row["lane"])
    known = session.scalar(sa.select(InboxEvent.fingerprint).where(InboxEvent.key == row["key"]))
    if known != row["fingerprint"]:
        conflict = {name: row[name] for name in ("key", "fingerprint", "fields")}
        insert_once(session, InboxConflict, conflict | {"received_at": now})
    return None


def by_key(session: Session, key: str) -> InboxEvent | None:
    return session.scalar(sa.select(InboxEvent).where(InboxEvent.key == key))


def is_content(session: Session, key: str, fields: Mapping[str, Any]) -> bool:
    """Whether what is kept under this key says the same; what we have never heard of does not."""
    known = session.scalar(sa.select(InboxEvent.fingerprint).where(InboxEvent.key == key))
    return known == fingerprint(fields)


def is_waiting() -> sa.ColumnElement[bool]:
    """Neither handled nor set aside; as the partial index has it."""
    return sa.and_(InboxEvent.handled_at.is_(None), InboxEvent.quarantined_at.is_(None))


def is_over(event: InboxEvent) -> bool:
    """Handled, or set aside."""
    return event.handled_at is not None or event.quarantined_at is not None


def waiting(session: Session, lane: int, limit: int) -> Sequence[InboxEvent]:
    """The oldest events of one lane that nobody has handled yet."""
    return session.scalars(
        sa.select(InboxEvent)
        .where(InboxEvent.lane == lane, is_waiting())
        .order_by(InboxEvent.id)
        .limit(limit)
    ).all()


def alike_behind(session: Session, event: InboxEvent, limit: int) -> Sequence[InboxEvent]:
    """What waits right behind an event of a member and is of its kind: nothing else of hers waits
    between them. What has failed before goes alone, so that whatever it is blocks nothing else."""
    if event.tries or event.member_id is None:
        return []
    behind = session.scalars(
        sa.select(InboxEvent)
        .where(InboxEvent.member_id == event.member_id, InboxEvent.lane == event.lane)
        .where(InboxEvent.id > event.id, is_waiting())
        .order_by(InboxEvent.id)
        .limit(limit)
    )
    return list(takewhile(lambda one: one.kind == event.kind and not one.tries, behind))


def nth_last(session: Session, member_id: int, kinds: Sequence[str], count: int) -> int:
    """The id of the ``count``-th last event of these kinds that the member has had; 0 when there
    are fewer."""
    wanted = sa.select(InboxEvent.id).where(
        InboxEvent.member_id == member_id, InboxEvent.kind.in_(kinds)
    )
    nth = wanted.order_by(InboxEvent.id.desc()).offset(count - 1).limit(1)
    return session.scalar(nth) or 0


def lanes_waiting(session: Session) -> Sequence[int]:
    """The lanes in which something waits, for the tick to wake. One probe of the index a lane."""
    waits = sa.exists().where(InboxEvent.lane == Lane.number, is_waiting())
    return session.scalars(
        sa.select(Lane.number).where(Lane.pipe == lanes.INBOX, waits).order_by(Lane.number)
    ).all()


def mark_handled(event: InboxEvent, now: datetime) -> None:
    event.handled_at = now
    event.error = None


def mark_failed(event: InboxEvent, error: str, now: datetime) -> None:
    """Counts a failed try; the third one puts the event in quarantine."""
    event.tries += 1
    event.error = error[:2000]
    if event.tries >= TRIES_MAX:
        event.quarantined_at = now


def quarantine(event: InboxEvent, reason: str, now: datetime) -> None:
    """Sets an event aside at once: it can be read, but trying again would not help."""
    event.error = reason
    event.quarantined_at = now


def forget_content(session: Session, key: str) -> int | None:
    """Whoever wrote it has taken it back: that it was written stays, what it said goes. Returns the
    event's id, None when there is no such event."""
    event = session.scalar(sa.select(InboxEvent).where(InboxEvent.key == key).with_for_update())
    if event is None:
        return None
    kept = {name: value for name, value in event.fields.items() if name not in CONTENT}
    event.fields = {**kept, "Recalled": "true"}
    return event.id


def release(session: Session, event_id: int) -> int | None:
    """Takes an event out of quarantine to be tried again. Returns its lane, None if it is not
    there."""
    return session.scalar(
        sa.update(InboxEvent)
        .where(InboxEvent.id == event_id, InboxEvent.quarantined_at.is_not(None))
        .values(quarantined_at=None, tries=0, error=None)
        .returning(InboxEvent.lane)
    )
