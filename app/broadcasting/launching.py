"""Launching: who is meant is frozen, and when whose turn is, in one statement."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.broadcasting import own_moments
from app.db import Id
from app.domain.outreach import approvals, broadcasts
from app.domain.outreach.broadcasts import Broadcast, OtherAudience, Recipient, State
from app.programme import Programme
from app.segments import crowds
from sop.tryouts import Tryout

FIRST, REST = 0, 1  # whose turn it is in a tryout
# The golden ratio's share of 2 ** 31: multiples of it fill any range evenly, however few they are
# (Knuth, The Art of Computer Programming 3, 6.4), so that those who are told first are a fair
# sample of old members and new.
_GOLDEN, _PLACES = 1_327_217_885, 2**31


def launch(
    session: Session,
    broadcast: Broadcast,
    programme: Programme,
    now: datetime,
    *,
    confirmed: int | None = None,
) -> int:
    """Freezes the audience in one statement; from now on it runs. Returns how many are meant.
    Raises NotAllowed, OtherAudience when they are not as many as were ``confirmed``, and
    approvals.NotApproved when so many need an approval; then nothing of it must be kept."""
    broadcasts.move_to(session, broadcast, State.RUNNING, now)
    if broadcast.launched_at is None:
        _freeze(session, broadcast, programme, now)
        approvals.check(session, broadcast.split, broadcast.version, broadcast.frozen)
        broadcast.launched_at = now
    if confirmed is not None and confirmed != broadcast.frozen:
        raise OtherAudience(broadcast.frozen)
    return broadcast.frozen


def _freeze(session: Session, broadcast: Broadcast, programme: Programme, now: datetime) -> None:
    """Writes down who is meant now. The broadcast's row is locked and nobody was frozen before,
    so that no key can be there already."""
    chosen = _chosen(session, broadcast, programme, now).subquery()
    columns = ["broadcast_id", "subject_id", "turn"][: 1 + len(chosen.c)]
    rows = sa.select(sa.literal(broadcast.id, Id), *chosen.c)
    statement = sa.insert(Recipient).from_select(columns, rows)
    if session.get_bind().dialect.name == "postgresql":
        # It takes the few who have a tag for fewer than they are, and would look them all up one
        # by one: for a million five times the time of reading the tables through.
        session.execute(sa.text("SET LOCAL enable_nestloop = off"))
    result = session.execute(statement.execution_options(preserve_rowcount=True))
    broadcast.frozen = int(result.rowcount)  # type: ignore[attr-defined]
    session.flush()


def _chosen(
    session: Session, broadcast: Broadcast, programme: Programme, now: datetime
) -> sa.Select[*tuple[Any, ...]]:
    """Their ids, with the turn of each where not everybody is told at launch."""
    definition = broadcast.parsed
    meant = broadcasts.meant(session, broadcast, crowds.at(session, now))
    if definition.own_time is not None:
        return own_moments.of(session, meant, definition.own_time, programme, now)
    if definition.tryout is not None:
        return _tried_out(meant, broadcast, definition.tryout)
    return meant


def _tried_out(meant: sa.Select[int], broadcast: Broadcast, tryout: Tryout) -> sa.Select[int, int]:
    """(id, turn): the first are as many in a hundred as the tryout wants, other ones with every
    broadcast."""
    chosen = meant.subquery()
    place = (chosen.c[0] + broadcast.id * 7919) * _GOLDEN % _PLACES
    is_first = place < tryout.percent * _PLACES // 100
    return sa.select(chosen.c[0], sa.case((is_first, FIRST), else_=REST).label("turn"))
