"""Figures of a broadcast: in which state how many of its audience are, at one moment.

They are read in one statement, and so from one snapshot of the database: there is no moment at
which somebody is between two states, and the states add up to the audience or something is broken.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.outreach.broadcasts import Broadcast, Recipient, State
from app.outbox import OutboxMessage

WAITING = "waiting"
UNFINISHED = (WAITING, "planned", "attempting")


@dataclass(frozen=True, slots=True)
class Figures:
    """``states``: by state, those who wait for their row among them. ``reasons``: by state and
    reason, where there is one."""

    audience: int
    states: Mapping[str, int]
    reasons: Mapping[tuple[str, str], int]

    @property
    def adds_up(self) -> bool:
        return sum(self.states.values()) == self.audience

    def of(self, *states: str) -> int:
        return sum(self.states.get(state, 0) for state in states)


def counts(session: Session, broadcast_id: int) -> Figures:
    """The figures at this moment."""
    audience, states, reasons = 0, dict[str, int](), dict[tuple[str, str], int]()
    for state, reason, count in session.execute(_everything(broadcast_id)):
        if state is None:
            audience = count
            continue
        states[state] = states.get(state, 0) + count
        if reason:
            reasons[state, reason] = reasons.get((state, reason), 0) + count
    return Figures(audience, {state: count for state, count in states.items() if count}, reasons)


def discrepancies(session: Session) -> list[str]:
    """The broadcasts whose states do not add up to their audience, in words; always none."""
    launched = sa.select(Broadcast.id).where(Broadcast.launched_at.is_not(None))
    at_work = launched.where(Broadcast.ended_at.is_(None)).order_by(Broadcast.id)
    wrong = []
    for number in session.scalars(at_work):
        figures = counts(session, number)
        if not figures.adds_up:
            wrong.append(f"broadcast {number}: {dict(figures.states)} of {figures.audience}")
    return wrong


def _everything(broadcast_id: int) -> sa.CompoundSelect[Any]:
    """(state, reason, how many); the audience has no state."""
    frozen = sa.select(sa.null(), sa.null(), Broadcast.frozen).where(Broadcast.id == broadcast_id)
    told = (
        sa.select(OutboxMessage.state, OutboxMessage.reason, sa.func.count())
        .where(OutboxMessage.broadcast_id == broadcast_id)
        .group_by(OutboxMessage.state, OutboxMessage.reason)
    )
    fed_to = sa.select(Broadcast.fed_to).where(Broadcast.id == broadcast_id).scalar_subquery()
    cancelled = sa.select(Broadcast.state == State.CANCELLED).where(Broadcast.id == broadcast_id)
    beyond = sa.select(
        sa.case((cancelled.scalar_subquery(), sa.literal("suppressed")), else_=WAITING),
        sa.case((cancelled.scalar_subquery(), sa.literal("cancelled")), else_=None),
        sa.func.count(),
    ).where(Recipient.broadcast_id == broadcast_id, Recipient.subject_id > fed_to)
    return sa.union_all(frozen, told, beyond)
