"""Holds: what is planned and waits all the same, until an operator lets it go on.

They are looked at before every batch, so what is put on hold stops with the batch that is out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import outbox
from app.domain.outreach import broadcasts, halts
from app.domain.outreach.journeys import plans
from app.outbox import OutboxMessage


@dataclass(frozen=True, slots=True)
class Holds:
    """What is on hold: the messages of these plans and of these broadcasts; or all that speaks,
    and then only what tells nobody anything goes on."""

    plan_ids: Sequence[int] = ()
    broadcast_ids: Sequence[int] = ()
    everything: bool = False

    def spared(self) -> Iterator[sa.ColumnElement[bool]]:
        """What holds for every message that is not on hold."""
        if self.everything:
            yield OutboxMessage.purpose.in_(outbox.SILENT)
            yield OutboxMessage.way.not_in(outbox.SPOKEN_BY_STAFF)
        if self.plan_ids:
            yield _not_of(OutboxMessage.plan_id, self.plan_ids)
        if self.broadcast_ids:
            yield _not_of(OutboxMessage.broadcast_id, self.broadcast_ids)


def of(session: Session) -> Holds:
    """What is on hold at present."""
    held: dict[str, list[int]] = {kind: [] for kind in _HELD}
    for number, kind in session.execute(_ALL):
        held[kind].append(number)
    return Holds(held["plan"], held["broadcast"], bool(held["everything"]))


_HELD = {"plan": plans.on_hold(), "broadcast": broadcasts.on_hold(), "everything": halts.open_one()}
_ALL = sa.union_all(
    *(ids.add_columns(sa.literal(kind).label("kind")) for kind, ids in _HELD.items())
)  # one question, since it is asked before every batch


def _not_of(
    column: sa.orm.InstrumentedAttribute[int | None], ids: Sequence[int]
) -> sa.ColumnElement[bool]:
    return sa.or_(column.is_(None), column.not_in(ids))
