"""Leftovers: points that come back to a record after another has absorbed it, when a hold of hers
ends, a redemption is cancelled or an order is paid back. They go over to the record that stays, lot
by lot, and back again should the merge be taken back.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.loyalty import lots, points, transfers
from app.domain.loyalty.balances import Balance
from app.domain.loyalty.lots import Lot
from app.domain.outreach.journeys.merged_enrolments import SAME_MEMBER
from app.domain.people import members, merges
from app.domain.people.members import Member
from app.programme import Programme

BATCH = 100
CAUSE = points.Cause(SAME_MEMBER)


def carry(session: Session, _programme: Programme, now: datetime) -> bool:
    """Up to a batch of records. Returns whether there may be more.

    Whatever is found goes over or lapses, so nobody can be found again and again while others wait.
    Where the lots do not hold what the balance says, the ledger's audit speaks of it, and nothing
    is moved.
    """
    in_lots = sa.select(sa.func.sum(Lot.remaining)).where(
        Lot.member_id == Member.id, Lot.remaining > 0, Lot.pending_until.is_(None)
    )
    left = (
        sa.select(Member.id, Member.same_as_id)
        .join(Balance, Balance.member_id == Member.id)
        .where(Member.same_as_id.is_not(None), Balance.points > 0)
        .where(Balance.points == in_lots.scalar_subquery())
    )
    found = session.execute(left.order_by(Member.id).limit(BATCH)).all()
    for absorbed_id, kept_id in found:
        assert kept_id is not None, "it was asked for"
        members.lock(session, absorbed_id, kept_id)
        _carry(session, absorbed_id, kept_id, now)
    return len(found) == BATCH


def _carry(session: Session, from_id: int, to_id: int, now: datetime) -> None:
    """The name tells one time from the next: a lot that points come back to has moved since."""
    held = lots.of(session, from_id)
    if not held:  # somebody else has just taken them
        return
    name = f"{from_id}:{held[0].id}:{lots.moves_of(session, held[0].id)}"
    carried = transfers.carry_over(session, from_id, to_id, name=name, cause=CAUSE, now=now)
    merges.go_on(session, from_id, carried)
