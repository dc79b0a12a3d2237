"""Figures of a broadcast: in which state how many of its audience are, at one moment.

They are read in one statement, and so from one snapshot of the database: there is no moment at
which somebody is between two states, and the states add up to the audience or something is broken.
"""

from collections.abc import Iterator, Mapping, Sequence
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
    beyond = [_waiting(broadcast_id, *part) for part in _beyond_the_cursor(broadcast_id)]
    return sa.union_all(frozen, told, *beyond)


def _waiting(broadcast_id: int, *beyond: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Those beyond the cursor; of a cancelled broadcast they will never be told."""
    cancelled = sa.select(Broadcast.state == State.CANCELLED).where(Broadcast.id == broadcast_id)
    is_cancelled = cancelled.scalar_subquery()
    return sa.select(
        sa.case((is_cancelled, sa.literal("suppressed")), else_=WAITING),
        sa.case((is_cancelled, sa.literal("cancelled")), else_=None),
        sa.func.count(),
    ).where(Recipient.broadcast_id == broadcast_id, *beyond)


def _beyond_the_cursor(broadcast_id: int) -> Iterator[Sequence[sa.ColumnElement[bool]]]:
    """Where all are told at launch, and where each has her turn; each goes by an index."""
    its = [
        sa.select(column).where(Broadcast.id == broadcast_id).scalar_subquery()
        for column in (Broadcast.fed_turn, Broadcast.fed_to)
    ]
    stands = sa.tuple_(Recipient.turn, Recipient.subject_id)
    yield Recipient.turn.is_(None), Recipient.subject_id > its[1]
    yield Recipient.turn.is_not(None), stands > sa.tuple_(*its)
