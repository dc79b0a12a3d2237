"""The outbox: everything we say, each message accounted for from plan to outcome.

    planned → attempting → accepted → delivered
                         → planned again (the platform asked to wait; or an ambiguous outcome
                           where the platform knows our key)
                         → failed | unknown
    planned → suppressed (somebody or something no longer wants it)

What may have been accepted at an attempt is never called failed or suppressed after it: it was not
said for sure, so whatever ends it, it ends ``unknown``.

A lane of the outbox is claimed by one sender (see ``lanes``), which is the claim on its rows. The
attempt is committed before the HTTP call and its outcome after it. What is found ``attempting``
under an older term was cut off in between: it is sent again only under a key the platform knows,
and otherwise becomes ``unknown`` for an operator to decide.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app import lanes
from app.db import Base, Id, insert_all_once, insert_once, partial_index

RECIPIENTS = lanes.RECIPIENTS  # of those who are spoken to together: see mass_jobs, staff_jobs
# Of those: who waits to be spoken to with others, and who could not be and may go another way.
TO_GATHER = (
    f"pipe = '{RECIPIENTS}' AND state = 'planned'"
    " AND mass_job_id IS NULL AND staff_message_id IS NULL"
)
TO_GO_ON = f"pipe = '{RECIPIENTS}' AND ways_left IS NOT NULL"
# Without a good end. SQLite uses an index of these only where a question holds the very same words.
IS_OPEN = "state IN ('attempting', 'unknown', 'failed')"
QUESTION = "question"  # the purpose of what asks a platform something and tells nobody anything
ERRAND = "errand"  # and of what is done at a platform for an account of ours, not for a member
SILENT = (QUESTION, ERRAND)
# errands after which people speak for us
SPOKEN_BY_STAFF = ("staff_message", "staff_message_reminder", "moment")


class State(StrEnum):
    PLANNED = "planned"
    ATTEMPTING = "attempting"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SUPPRESSED = "suppressed"


class OutboxMessage(Base):
    __tablename__ = "outbox"
    __table_args__ = (
        partial_index("ix_outbox_due", "state = 'planned'", "pipe", "lane", "due_at", "id"),
        partial_index("ix_outbox_open", IS_OPEN, "state", "pipe", "lane", "id"),
        partial_index("ix_outbox_unclassified", "reason = 'unclassified'", "channel_id", "code"),
        sa.Index("ix_outbox_member_id", "member_id", "id"),
        sa.Index("ix_outbox_plan_id", "plan_id", "state"),
        sa.Index("ix_outbox_enrolment_id", "enrolment_id"),
        sa.Index("ix_outbox_event_id", "event_id"),
        sa.Index("ix_outbox_created_at", "created_at"),
        partial_index("ix_outbox_mass_job_id", "mass_job_id IS NOT NULL", "mass_job_id", "state"),
        partial_index(
            "ix_outbox_staff_message_id",
            "staff_message_id IS NOT NULL",
            "staff_message_id",
            "state",
        ),
        partial_index("ix_outbox_to_gather", TO_GATHER, "due_at"),
        partial_index("ix_outbox_to_go_on", TO_GO_ON, "state", "id"),
        sa.Index(
            "ix_outbox_broadcast_id",
            "broadcast_id",
            "state",
            "reason",
            "due_at",  # so that a broadcast's figures are read from the index alone
            sqlite_where=sa.text("broadcast_id IS NOT NULL"),
            postgresql_where=sa.text("broadcast_id IS NOT NULL"),
        ),
        partial_index("ix_outbox_group_id", "group_id IS NOT NULL", "group_id", "attempted_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    pipe: Mapped[str]
    lane: Mapped[int]
    channel_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("channels.id"))
    recipient: Mapped[str]
    to_group: Mapped[bool] = mapped_column(default=False)
    member_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("members.id"))
    group_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("groups.id"))
    kind: Mapped[str]
    content: Mapped[dict[str, Any]]
    purpose: Mapped[str]
    way: Mapped[str] = mapped_column(default="", server_default="")
    through: Mapped[str] = mapped_column(default="", server_default="")
    # why it is said
    event_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("inbox.id"))
    rule: Mapped[str]
    rule_version: Mapped[int | None]
    plan_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("plans.id"))
    enrolment_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("enrolments.id"))
    step: Mapped[int | None]
    mass_job_id: Mapped[int | None] = mapped_column(Id)  # of mass_jobs; SQLite adds no key here
    staff_message_id: Mapped[int | None] = mapped_column(Id)  # of staff_messages; nor here
    broadcast_id: Mapped[int | None] = mapped_column(Id)  # of broadcasts; nor here
    category: Mapped[str] = mapped_column(default="", server_default="")  # of what caps count
    variant: Mapped[str | None]
    # the ways still to be tried when this one is not allowed, and those that were not, with why
    ways_left: Mapped[list[Any] | None]
    passed_over: Mapped[list[Any] | None]
    # when, and what became of it
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(default=State.PLANNED)
    attempts: Mapped[int] = mapped_column(default=0)
    term: Mapped[int | None]
    attempted_at: Mapped[datetime | None]
    doubtful_at: Mapped[datetime | None]  # the first attempt that may have been accepted
    settled_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    code: Mapped[int | None]
    platform_id: Mapped[str | None]

    @property
    def is_question(self) -> bool:
        """Asking twice does no harm, and needs nobody's window."""
        return self.purpose == QUESTION

    @property
    def is_in_doubt(self) -> bool:
        """Whether she may have been told already, at an attempt whose outcome nobody knows."""
        return self.doubtful_at is not None


@dataclass(frozen=True, slots=True)
class Address:
    """To whom, and how: a member on a channel, or a group, or with an empty recipient the platform
    itself, about our account; ``way`` and ``through`` as in ``Outgoing``."""

    channel_id: int
    recipient: str
    member_id: int | None = None
    group_id: int | None = None
    way: str = ""
    through: str = ""

    @property
    def to_group(self) -> bool:
        return self.group_id is not None


@dataclass(frozen=True, slots=True)
class Cause:
    """Why: the event, the rule and its version, the plan's step or the broadcast that made the
    message; and in which ``category`` it counts, when a member has had enough of it."""

    rule: str
    rule_version: int | None = None
    event_id: int | None = None
    plan_id: int | None = None
    enrolment_id: int | None = None
    step: int | None = None
    broadcast_id: int | None = None
    category: str = ""
    variant: str | None = None


def put(
    session: Session,
    address: Address,
    *,
    key: str,
    purpose: str,
    kind: str,
    content: Mapping[str, Any],
    cause: Cause,
    pipe: str = lanes.REPLIES,
    due_at: datetime | None = None,
    expires_at: datetime | None = None,
    ways_left: Sequence[Mapping[str, Any]] = (),
    passed_over: Sequence[Mapping[str, Any]] = (),
    now: datetime,
) -> int | None:
    """Plans a message. Returns its id, or None when this very message was planned before."""
    planned = row(
        address,
        key=key,
        purpose=purpose,
        kind=kind,
        content=content,
        cause=cause,
        pipe=pipe,
        due_at=due_at,
        expires_at=expires_at,
        ways_left=ways_left,
        passed_over=passed_over,
        now=now,
    )
    lanes.touch(session, pipe, planned["lane"])
    return insert_once(session, OutboxMessage, planned, unique=["key"])


def row(
    address: Address,
    *,
    key: str,
    purpose: str,
    kind: str,
    content: Mapping[str, Any],
    cause: Cause,
    pipe: str = lanes.REPLIES,
    due_at: datetime | None = None,
    expires_at: datetime | None = None,
    ways_left: Sequence[Mapping[str, Any]] = (),
    passed_over: Sequence[Mapping[str, Any]] = (),
    reason: str | None = None,
    now: datetime,
) -> dict[str, Any]:
    """A message for ``put_all``. With a ``reason`` it is not sent: it is suppressed from the
    beginning, and says why."""
    return {
        "key": key,
        "pipe": pipe,
        "lane": lanes.of(f"{address.channel_id}/{address.recipient}"),
        "channel_id": address.channel_id,
        "recipient": address.recipient,
        "to_group": address.to_group,
        "member_id": address.member_id,
        "group_id": address.group_id,
        "kind": kind,
        "content": dict(content),
        "purpose": purpose,
        "way": address.way,
        "through": address.through,
        "event_id": cause.event_id,
        "rule": cause.rule,
        "rule_version": cause.rule_version,
        "plan_id": cause.plan_id,
        "enrolment_id": cause.enrolment_id,
        "step": cause.step,
        "broadcast_id": cause.broadcast_id,
        "category": cause.category,
        "variant": cause.variant,
        "ways_left": [dict(way) for way in ways_left] or None,
        "passed_over": [dict(way) for way in passed_over] or None,
        "created_at": now,
        "due_at": due_at or now,
        "expires_at": expires_at,
        "state": State.PLANNED if reason is None else State.SUPPRESSED,
        "reason": reason,
        "settled_at": None if reason is None else now,
        "attempts": 0,
    }


def put_all(session: Session, rows: Sequence[Mapping[str, Any]]) -> int:
    """Plans many messages, each a ``row``, in one go. Returns how many were not planned before."""
    for one in rows:
        if one["state"] == State.PLANNED:
            lanes.touch(session, one["pipe"], one["lane"])
    return insert_all_once(session, OutboxMessage, rows, unique=["key"])


def suppress(message: OutboxMessage, reason: str, now: datetime) -> None:
    """Ends a message that must not be sent any more, and says why."""
    message.state = State.UNKNOWN if message.is_in_doubt else State.SUPPRESSED
    message.reason = reason
    message.settled_at = now


def suppressed(reason: str, now: datetime) -> dict[str, Any]:
    """The same for many that are planned: the columns of their rows."""
    state = sa.case((OutboxMessage.doubtful_at.is_not(None), State.UNKNOWN), else_=State.SUPPRESSED)
    return {"state": state, "reason": reason, "settled_at": now}
