"""Broadcasts 群发: one thing said once to everybody who is meant, or to every group.

Who is meant is frozen when a broadcast is launched, in one statement, and nothing is ever written
to those rows again. Whoever stands beyond the cursor (``fed_turn``, ``fed_to``) is waiting;
everybody else has exactly one row in the outbox. So the states of a broadcast add up to its
audience at any moment.

The cursor goes by the ids. Where not everybody's turn comes at launch, it goes by ``turn`` first:
the second (Unix time) of her own moment, or whether she is among those with whom it is tried out.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id
from app.domain.outreach import approvals, audience
from app.domain.outreach.audience import CrowdOf
from app.domain.outreach.materials import content_uses, material_uses
from app.domain.people.channels import Channel
from sop import broadcasts as sop_broadcasts
from sop.broadcasts import BroadcastDefinition

GRACE = timedelta(hours=2)  # a start that is later than that, after a downtime, is not made
MISSED, NOT_APPROVED = "missed", "not_approved"  # why nobody but the house paused it


class State(StrEnum):
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    FINISHED = "finished"


ALLOWED = {
    State.DRAFT: (State.SCHEDULED,),
    State.SCHEDULED: (State.DRAFT,),
    State.RUNNING: (State.DRAFT, State.SCHEDULED, State.PAUSED, State.FINISHED),
    State.PAUSED: (State.RUNNING, State.SCHEDULED),
    State.CANCELLED: (State.DRAFT, State.SCHEDULED, State.RUNNING, State.PAUSED),
    State.FINISHED: (State.RUNNING,),
}


class NotAllowed(Exception):
    """The broadcast's state does not allow that."""


class OtherAudience(Exception):
    """Meanwhile the filter means another number of members than the operator was shown."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} are meant now")
        self.count = count


class Broadcast(Base):
    """``ended_at``: nothing of it is planned or under way any more. ``paced_to``: when the next
    message may be due, as its pace has it. ``tried_at``: when the last of those with whom it is
    tried out had her row, ``winner``: the variant that goes to the rest."""

    __tablename__ = "broadcasts"
    __table_args__ = (
        sa.Index(
            "ix_broadcasts_open",
            "state",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str]
    channel_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("channels.id"))
    definition: Mapped[dict[str, Any]]
    version: Mapped[int] = mapped_column(default=1)
    operator_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("operators.id"))
    created_at: Mapped[datetime]
    scheduled_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(default=State.DRAFT)
    state_changed_at: Mapped[datetime]
    reason: Mapped[str | None]  # why it was paused, when nobody did it
    launched_at: Mapped[datetime | None]
    frozen: Mapped[int] = mapped_column(default=0)  # how many were meant at launch
    fed_turn: Mapped[int] = mapped_column(Id, default=0, server_default="0")
    fed_to: Mapped[int] = mapped_column(Id, default=0)
    fed_at: Mapped[datetime | None]  # when the last of them had her row in the outbox
    paced_to: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    tried_at: Mapped[datetime | None]
    winner: Mapped[str | None]
    decided_at: Mapped[datetime | None]

    @property
    def parsed(self) -> BroadcastDefinition:
        return sop_broadcasts.parse(self.definition)

    @property
    def audience(self) -> str:
        return str(self.definition["audience"])

    @property
    def split(self) -> str:
        """The name of what members are split by, into variants and into who gets nothing."""
        return f"broadcast:{self.id}"


class Recipient(Base):
    """A member or a group that was meant at launch. No foreign key: a million look-ups would take
    several times as long as the rows, and nothing ever deletes what they point to."""

    __tablename__ = "broadcast_recipients"
    __table_args__ = (
        sa.Index(
            "ix_broadcast_recipients_turn",
            "broadcast_id",
            "turn",
            "subject_id",
            sqlite_where=sa.text("turn IS NOT NULL"),
            postgresql_where=sa.text("turn IS NOT NULL"),
        ),
        {"sqlite_with_rowid": False},
    )

    broadcast_id: Mapped[int] = mapped_column(Id, primary_key=True)
    subject_id: Mapped[int] = mapped_column(Id, primary_key=True)
    turn: Mapped[int | None] = mapped_column(Id)


def draft(
    session: Session,
    *,
    name: str,
    channel_id: int,
    definition: dict[str, Any],
    operator_id: int | None = None,
    now: datetime,
) -> Broadcast:
    """A new broadcast, not launched yet. Raises sop.broadcasts.BadBroadcast and
    materials.NoSuchMaterial."""
    definition = _held(session, definition)
    drafted = Broadcast(
        name=name,
        channel_id=channel_id,
        definition=definition,
        operator_id=operator_id,
        created_at=now,
        state_changed_at=now,
    )
    session.add(drafted)
    session.flush()
    content_uses.note(session, "broadcast", drafted.id, 0, definition)
    return drafted


def revise(session: Session, broadcast: Broadcast, definition: dict[str, Any]) -> None:
    """Raises sop.broadcasts.BadBroadcast, materials.NoSuchMaterial, and NotAllowed for what is no
    draft any more."""
    definition = _held(session, definition)
    session.refresh(broadcast, with_for_update=True)
    if broadcast.state != State.DRAFT:
        raise NotAllowed(broadcast.state)
    if definition != broadcast.definition:
        broadcast.version += 1  # what was approved was another one
    broadcast.definition = definition
    content_uses.note(session, "broadcast", broadcast.id, 0, definition)


def meant(
    session: Session, broadcast: Broadcast, crowd_of: CrowdOf = audience.no_crowds
) -> sa.Select[int]:
    """The ids of the members or groups who are meant at present and whom its channel reaches."""
    channel = session.get_one(Channel, broadcast.channel_id)
    parsed = broadcast.parsed
    return audience.meant(channel, parsed.filter, parsed.category, crowd_of)


def count_meant(
    session: Session, broadcast: Broadcast, crowd_of: CrowdOf = audience.no_crowds
) -> int:
    return audience.count(session, meant(session, broadcast, crowd_of))


def schedule(
    session: Session,
    broadcast: Broadcast,
    at: datetime,
    now: datetime,
    *,
    crowd_of: CrowdOf = audience.no_crowds,
) -> None:
    """It will be launched at ``at``. Raises NotAllowed and approvals.NotApproved."""
    count = count_meant(session, broadcast, crowd_of)
    approvals.check(session, broadcast.split, broadcast.version, count)
    move_to(session, broadcast, State.SCHEDULED, now)
    broadcast.scheduled_at = at


def move_to(session: Session, broadcast: Broadcast, state: State, now: datetime) -> None:
    """Raises NotAllowed. Asking for the state it is in changes nothing."""
    session.flush()
    session.refresh(broadcast, with_for_update=True)
    if broadcast.state == state:
        return
    if broadcast.state not in ALLOWED[state]:
        raise NotAllowed(f"{broadcast.state} → {state}")
    broadcast.state, broadcast.state_changed_at, broadcast.reason = state, now, None
    broadcast.ended_at = now if state == State.FINISHED else None


def next_recipients(session: Session, broadcast: Broadcast, limit: int) -> Sequence[int]:
    """The ids of those who wait, in the order of the cursor, where all are told at launch."""
    return session.scalars(
        sa.select(Recipient.subject_id)
        .where(Recipient.broadcast_id == broadcast.id, Recipient.subject_id > broadcast.fed_to)
        .order_by(Recipient.subject_id)
        .limit(limit)
    ).all()


def next_by_turn(
    session: Session, broadcast: Broadcast, limit: int, last_turn: int
) -> Sequence[tuple[int, int]]:
    """(turn, id) of those who wait and whose turn it is by ``last_turn``, in the cursor's order."""
    stands = sa.tuple_(Recipient.turn, Recipient.subject_id)
    rows = session.execute(
        sa.select(Recipient.turn, Recipient.subject_id)
        .where(
            Recipient.broadcast_id == broadcast.id,
            Recipient.turn <= last_turn,
            stands > sa.tuple_(sa.literal(broadcast.fed_turn), sa.literal(broadcast.fed_to)),
        )
        .order_by(Recipient.turn, Recipient.subject_id)
        .limit(limit)
    )
    return [(turn or 0, number) for turn, number in rows]


def in_work(session: Session, now: datetime) -> Sequence[int]:
    """The ids of the broadcasts that have something to be done: they run, or were cancelled and
    not cleared away, or are to be launched by now."""
    is_due = sa.and_(Broadcast.state == State.SCHEDULED, Broadcast.scheduled_at <= now)
    at_work = Broadcast.state.in_([State.RUNNING, State.CANCELLED])
    return session.scalars(
        sa.select(Broadcast.id)
        .where(Broadcast.ended_at.is_(None), sa.or_(at_work, is_due))
        .order_by(Broadcast.id)
    ).all()


def on_hold() -> sa.Select[int]:
    """The ids of those of which nothing may be sent now, though something may be planned."""
    return sa.select(Broadcast.id).where(
        Broadcast.ended_at.is_(None), Broadcast.state.in_([State.PAUSED, State.CANCELLED])
    )


def newest(session: Session, before_id: int | None, limit: int) -> Sequence[Broadcast]:
    wanted = sa.select(Broadcast).order_by(Broadcast.id.desc()).limit(limit)
    if before_id is not None:
        wanted = wanted.where(Broadcast.id < before_id)
    return session.scalars(wanted).all()


def _held(session: Session, definition: dict[str, Any]) -> dict[str, Any]:
    """The definition with its materials held in their versions, see ``materials``."""
    sop_broadcasts.parse(definition)
    held: dict[str, Any] = material_uses.pinned(session, definition)
    sop_broadcasts.parse(material_uses.filled(session, held))
    return held
