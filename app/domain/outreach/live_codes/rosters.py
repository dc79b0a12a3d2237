"""Rosters of live codes 活码排班: when, and for how many new contacts a day, each member of staff
of a WeCom code is there, who stands in for all of them, and to whom the platform has been asked to
lead the code.

A code of WeCom leads to those whom the platform has in its list, so that list is kept to who is on
duty (``duties``).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once
from app.domain.people.ways_in import WayIn
from sop.times import opening_hours, rosters
from sop.times.rosters import Shift

ASKED_AGAIN_AFTER = timedelta(minutes=10)  # where the platform has not taken a change


class RosterShift(Base):
    """Of a member of staff without a row nothing is limited."""

    __tablename__ = "roster_shifts"

    live_code_id: Mapped[int] = mapped_column(
        Id, sa.ForeignKey("live_codes.id"), primary_key=True, autoincrement=False
    )
    userid: Mapped[str] = mapped_column(primary_key=True)
    hours: Mapped[list[Any]]
    contacts_max_a_day: Mapped[int | None]
    stands_in: Mapped[bool]

    @property
    def shift(self) -> Shift:
        hours = opening_hours.parse(self.hours)
        return Shift(self.userid, hours, self.contacts_max_a_day, self.stands_in)


class RosterLead(Base):
    """To whom the code was led last: ``asked`` is the number of the last request, ``accepted`` of
    the last one that the platform took. A code without a row leads to all of its staff."""

    __tablename__ = "roster_leads"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    live_code_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("live_codes.id"), unique=True)
    userids: Mapped[list[Any]]
    asked: Mapped[int]
    accepted: Mapped[int]
    asked_at: Mapped[datetime]

    @property
    def is_taken(self) -> bool:
        """Whether the platform leads the code as we have asked last."""
        return self.accepted == self.asked


class NobodyLeft(ValueError):
    """There are moments at which nobody would be there, and nobody stands in."""


def of(session: Session, code_id: int) -> Mapping[str, RosterShift]:
    """By userid."""
    rows = session.scalars(sa.select(RosterShift).where(RosterShift.live_code_id == code_id))
    return {one.userid: one for one in rows}


def keep(session: Session, way_in: WayIn, told: Sequence[Mapping[str, Any]]) -> None:
    """The roster from now on, a line for each of the code's staff: ``userid``, ``hours``,
    ``contacts_max_a_day``, ``stands_in``. Raises BadSchedule, and NobodyLeft."""
    code_id = way_in.live_code_id
    rows = [
        RosterShift(live_code_id=code_id, **line)
        for line in told
        if line["userid"] in way_in.userids
    ]
    if rosters.leaves_nobody([row.shift for row in rows]):
        raise NobodyLeft(str(code_id))
    session.execute(sa.delete(RosterShift).where(RosterShift.live_code_id == code_id))
    session.add_all(row for row in rows if row.shift.is_limited or row.stands_in)
    session.flush()


def forget(session: Session, code_id: int) -> None:
    """The platform's code is no more, and so is to whom it led."""
    session.execute(sa.delete(RosterLead).where(RosterLead.live_code_id == code_id))


def ask(session: Session, way_in: WayIn, userids: Sequence[str], now: datetime) -> int | None:
    """Notes that the code is to lead to these. Returns the number of the request to be made; None
    where it leads there already, or nobody is left: then it stays as it is."""
    lead = _held(session, way_in, now)
    if not is_other(way_in, lead, userids, now):
        return None
    lead.userids, lead.asked, lead.asked_at = list(userids), lead.asked + 1, now
    return lead.asked


def accept(session: Session, way_in: WayIn, number: int, now: datetime) -> bool:
    """The platform has taken a request. Returns False where a later one was made meanwhile, which
    may have come first: it has to be made again."""
    lead = _held(session, way_in, now)
    if number != lead.asked:
        lead.userids = []  # nobody can tell to whom it leads now
        return False
    lead.accepted = number
    return True


def led(session: Session, way_in: WayIn, userids: Sequence[str], now: datetime) -> None:
    """An operator has had the platform lead the code to these."""
    lead = _held(session, way_in, now)
    lead.userids, lead.asked, lead.asked_at = list(userids), lead.asked + 1, now
    lead.accepted = lead.asked


def lead_of(session: Session, code_id: int) -> RosterLead | None:
    return session.scalar(sa.select(RosterLead).where(RosterLead.live_code_id == code_id))


def is_other(way_in: WayIn, lead: RosterLead | None, userids: Sequence[str], now: datetime) -> bool:
    """Whether the platform has to be asked so that the code leads to these; never to nobody."""
    if not userids:
        return False
    if set(userids) != set(lead.userids if lead is not None else way_in.userids):
        return True
    return lead is not None and not lead.is_taken and lead.asked_at <= now - ASKED_AGAIN_AFTER


def _held(session: Session, way_in: WayIn, now: datetime) -> RosterLead:
    """The code's row, locked, made on first sight."""
    row = {
        "live_code_id": way_in.live_code_id,
        "userids": list(way_in.userids),
        "asked": 0,
        "accepted": 0,
        "asked_at": now,
    }
    insert_once(session, RosterLead, row, unique=["live_code_id"])
    return session.scalars(
        sa.select(RosterLead)
        .where(RosterLead.live_code_id == way_in.live_code_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
