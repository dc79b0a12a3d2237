"""Tryouts at work: which variant of a broadcast goes to the rest, by rule or by an operator."""

from datetime import datetime, timedelta
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import experiments
from app.alone import Alone, together
from app.domain.outreach.broadcasts import Broadcast, NotAllowed, State
from app.domain.people import operators
from app.experiments import Compared, Measure
from sop import tryouts
from sop.tryouts import Tryout

HOURS_A_DAY = 24


def decide_due(session: Session, now: datetime, *, alone: Alone = together) -> int:
    """Decides what is to be decided by now. Returns how many broadcasts go on. What only an
    operator may decide, or nobody can, goes on waiting for her."""
    decided = 0
    for broadcast in session.scalars(_undecided()).all():
        decide = partial(_decide_if_due, session, broadcast, now)
        decided += alone(session, f"tryout:{broadcast.id}", decide, 0)
    return decided


def _decide_if_due(session: Session, broadcast: Broadcast, now: datetime) -> int:
    tryout, ends_at = broadcast.parsed.tryout, ends(broadcast)
    if tryout is None or ends_at is None or ends_at > now:
        return 0
    compared = standing(session, broadcast)
    winner = tryouts.decided(tryout, compared.arms) if compared else None
    if winner is None:
        return 0
    _decide(broadcast, winner, now)
    return 1


def choose(
    session: Session, broadcast: Broadcast, winner: str, operator_id: int, now: datetime
) -> None:
    """An operator says what the rest gets. Raises KeyError where there is no such variant, and
    NotAllowed where nothing is to be decided any more."""
    session.refresh(broadcast, with_for_update=True)
    definition = broadcast.parsed
    if winner not in [variant.name for variant in definition.variants]:
        raise KeyError(winner)
    if not awaits(broadcast):
        raise NotAllowed(broadcast.state)
    _decide(broadcast, winner, now)
    subject = f"broadcast:{broadcast.id}"
    operators.record(session, operator_id, "broadcast.winner", subject, {"winner": winner}, now)


def awaits(broadcast: Broadcast) -> bool:
    """Whether it is still open which variant goes to the rest."""
    is_at_work = broadcast.state in (State.RUNNING, State.PAUSED)
    is_tried = broadcast.launched_at is not None and broadcast.parsed.tryout is not None
    return is_at_work and is_tried and broadcast.winner is None


def ends(broadcast: Broadcast) -> datetime | None:
    """When its hours are over; None while some of the first are still to be told."""
    tryout = broadcast.parsed.tryout
    if tryout is None or broadcast.tried_at is None:
        return None
    return broadcast.tried_at + timedelta(hours=tryout.hours)


def standing(session: Session, broadcast: Broadcast) -> Compared | None:
    """How its variants stand with those who were told first; None where it is not tried out."""
    tryout = broadcast.parsed.tryout
    if tryout is None:
        return None
    found = experiments.of_broadcast(session, broadcast, measure(tryout))
    return next(one for one in found if one.step is not None)


def measure(tryout: Tryout) -> Measure:
    """What counts: what they did in whole days, of which the hours are a part."""
    return Measure(tryout.what, -(-tryout.hours // HOURS_A_DAY))


def _undecided() -> sa.Select[Broadcast]:
    return (
        sa.select(Broadcast)
        .where(
            Broadcast.ended_at.is_(None),
            Broadcast.state == State.RUNNING,
            Broadcast.tried_at.is_not(None),
            Broadcast.winner.is_(None),
        )
        .order_by(Broadcast.id)
        .with_for_update(skip_locked=True)
    )


def _decide(broadcast: Broadcast, winner: str, now: datetime) -> None:
    broadcast.winner, broadcast.decided_at = winner, now
