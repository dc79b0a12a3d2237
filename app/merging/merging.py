"""Merging two records of one person, and taking it back.

The older record absorbs the younger one: what belongs to her goes over, her points lot by lot
through the ledger, and the absorbed record stays as a name for the other. Taken back, everything is
where it was: points are reversed entry by entry, so each lies in the lot it came from and whatever
was spent of them meanwhile is owed by the record that spent it. What came in between the two stays
with the record that stayed, since nobody can tell whose it was. Messages that were withheld as
doubles stay withheld, and what either was told counts for the caps of both.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.loyalty import points, transfers
from app.domain.outreach import touches
from app.domain.outreach.journeys import merged_enrolments
from app.domain.people import absorbing, members, merges
from app.domain.people.members import Member
from app.domain.people.merges import Merge
from app.merging import crowds, records
from app.programme import Programme
from app.sending import doubles
from sop.caps import Touches

RULE = merged_enrolments.SAME_MEMBER


class CannotBeTakenBack(Exception):
    """It has been already, or another merge was built upon it, which has to be taken back first."""


def merge(
    session: Session,
    kept: Member,
    absorbed: Member,
    why: str,
    event_id: int,
    programme: Programme,
    now: datetime,
    operator_id: int | None = None,
) -> Merge:
    """Makes one member of two records, both of which the caller holds."""
    made = merges.note(session, kept.id, absorbed.id, why, event_id, operator_id, now)
    hers, theirs = records.columns_of(kept), records.columns_of(absorbed)
    before: dict[str, Any] = {
        "places": records.places(session, (kept.id, absorbed.id)),
        "touches": _told(touches.of(session, absorbed.id)),
        "moved": records.carry(session, kept.id, absorbed.id),
        "crowds": crowds.carry(session, kept.id, absorbed.id),
        "tags": records.take_away_tags(session, absorbed.id, now),
        "absorbed": theirs,
    }
    ended = merged_enrolments.merge(session, kept.id, absorbed.id, now)
    doubles.withhold(session, kept.id, absorbed.id, ended, now)
    cause = points.Cause(RULE, None, event_id)
    before["entries"] = transfers.carry_over(
        session, absorbed.id, kept.id, name=f"merge:{made.id}", cause=cause, now=now
    )
    touches.merge(session, kept.id, absorbed.id)
    absorbing.absorb(session, kept, absorbed, programme.vault, now)
    before["kept"] = records.differing(hers, records.columns_of(kept))
    made.before = before
    return made


def take_back(
    session: Session, made: Merge, event_id: int, operator_id: int | None, now: datetime
) -> None:
    """They are two after all; the caller reviews their tiers. Raises CannotBeTakenBack."""
    if made.undone_at is not None or not merges.is_last(session, made):
        raise CannotBeTakenBack(str(made.id))
    members.lock(session, made.kept_id, made.absorbed_id)
    kept = session.get_one(Member, made.kept_id, populate_existing=True)
    absorbed = session.get_one(Member, made.absorbed_id, populate_existing=True)
    before = made.before
    records.restore_kept(kept, before["kept"])
    session.flush()  # what is unique is free from here on
    records.restore_absorbed(absorbed, before["absorbed"])
    session.flush()
    records.carry_back(session, before["moved"], kept.id, absorbed.id)
    crowds.carry_back(session, before["crowds"], kept.id, absorbed.id)
    records.give_back_tags(session, before["tags"])
    records.put_back_in_place(session, before["places"])
    touches.add(session, list(_touches(absorbed.id, before["touches"])))
    cause = points.Cause(RULE, None, event_id)
    transfers.carry_back(session, before["entries"], cause=cause, now=now)
    made.undone_at, made.undone_by_id = now, operator_id


def _told(counts: Touches) -> dict[str, dict[str, int]]:
    return {
        category: {on.isoformat(): times for on, times in days.items()}
        for category, days in counts.items()
    }


def _touches(member_id: int, told: dict[str, dict[str, int]]) -> list[tuple[int, str, date]]:
    return [
        (member_id, category, date.fromisoformat(on))
        for category, days in told.items()
        for on, times in days.items()
        for _ in range(times)
    ]
