"""Lanes: order, exclusion and recovery in one idea.

Everything about one person goes through one lane, and a lane belongs to one worker at a time. The
lease says until when; its term rises with every change of hands, so a worker that was frozen past
its lease finds that the lane has moved on and cannot write any more.
"""

import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, table_of

LANES = 32
LEASE_S = 20
INBOX, REPLIES, BROADCASTS = "inbox", "replies", "broadcasts"
PIPES = (INBOX, REPLIES, BROADCASTS)
RECIPIENTS = "mass"  # and one that has no lanes: what is in it waits to be sent together
CLOCK = "clock"  # one lane more: whoever has it is the scheduler that ticks


class LaneLost(Exception):
    """The lease ran out and somebody else has the lane: nothing may be written any more."""


class Lane(Base):
    __tablename__ = "lanes"

    pipe: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    term: Mapped[int] = mapped_column(default=0)
    holder: Mapped[str | None]
    leased_until: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work in one lane. ``left_at``: when the last holder's lease ended, if it never
    gave the lane back: then it died at work, and not of what has come since."""

    pipe: str
    number: int
    term: int
    left_at: datetime | None

    @property
    def left_behind(self) -> bool:
        return self.left_at is not None


def of(subject: str) -> int:
    """The lane of a person, room or other subject: the same in every process."""
    return zlib.crc32(subject.encode("utf-8", "surrogatepass")) % LANES


def touch(session: Session | sa.Connection, pipe: str, number: int) -> None:
    """Notes that this transaction put something into a lane, see ``touched``."""
    if pipe != RECIPIENTS:
        session.info.setdefault("lanes", set()).add((pipe, number))


def touched(session: Session) -> list[tuple[str, int]]:
    """The (pipe, lane) pairs to wake once the transaction is committed."""
    return sorted(session.info.get("lanes", ()))


def is_taken(session: Session, pipe: str, number: int, now: datetime) -> bool:
    """A look without a lock, so that a wake-up in vain costs no write."""
    until = session.scalar(
        sa.select(Lane.leased_until).where(Lane.pipe == pipe, Lane.number == number)
    )
    return until is not None and until > now


def claim(session: Session, pipe: str, number: int, holder: str, now: datetime) -> Lease | None:
    """Takes the lane if nobody has it. Never waits for another holder."""
    lane = session.scalar(
        sa.select(Lane)
        .where(Lane.pipe == pipe, Lane.number == number)
        .with_for_update(skip_locked=True)
    )
    if lane is None or (lane.leased_until is not None and lane.leased_until > now):
        return None
    left_at = lane.leased_until
    lane.term += 1
    lane.holder = holder
    lane.leased_until = now + timedelta(seconds=LEASE_S)
    session.flush()
    return Lease(pipe, number, lane.term, left_at)


def hold(session: Session, lease: Lease, now: datetime) -> None:
    """Renews the lease and keeps the lane's row locked until the transaction ends, so that what
    is written beside it is written by the holder or not at all. Raises LaneLost."""
    _change(session, lease, _HELD, until=now + timedelta(seconds=LEASE_S))


def release(session: Session, lease: Lease) -> None:
    """Gives the lane back. Raises LaneLost."""
    _change(session, lease, _GIVEN_BACK)


def _change(session: Session, lease: Lease, change: sa.Update, **values: object) -> None:
    leased = {"of_pipe": lease.pipe, "its_number": lease.number, "its_term": lease.term}
    changed = session.execute(change, {**leased, **values})
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise LaneLost(f"{lease.pipe} lane {lease.number}, term {lease.term}")


# Written once, since they are done with every batch.
_lanes = table_of(Lane)
_LEASED = sa.update(_lanes).where(
    _lanes.c.pipe == sa.bindparam("of_pipe"),
    _lanes.c.number == sa.bindparam("its_number"),
    _lanes.c.term == sa.bindparam("its_term"),
)
_HELD = _LEASED.values(leased_until=sa.bindparam("until"))
_GIVEN_BACK = _LEASED.values(leased_until=None, holder=None)
