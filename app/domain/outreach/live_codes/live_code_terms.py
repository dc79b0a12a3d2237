"""Terms of live codes: whose a code is, when and how often it is good, what it does beside its tag
and its welcome, and which code acts in its stead when it is not.

A printed code cannot be changed, so the one that was scanned may stand for another: who comes
through a code that is closed or full is taken through its fallback, or that one's, and is counted,
tagged, welcomed and enrolled there; where none is open she is only known to have come by the code.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once
from app.domain.people.live_codes import LiveCode
from app.domain.people.members import Member
from sop.times import opening_hours

HOURS, FULL_TODAY, FULL = "closed_hours", "full_today", "full"


class LiveCodeTerms(Base):
    """A code without a row has no limits. ``hours`` as ``sop.times.opening_hours`` writes them."""

    __tablename__ = "live_code_terms"
    __table_args__ = (
        sa.Index("ix_live_code_terms_fallback_id", "fallback_id"),
        sa.Index("ix_live_code_terms_plan_id", "plan_id"),
    )

    live_code_id: Mapped[int] = mapped_column(
        Id, sa.ForeignKey("live_codes.id"), primary_key=True, autoincrement=False
    )
    store: Mapped[str] = mapped_column(default="")
    staff_userid: Mapped[str] = mapped_column(default="")  # the employee whose code it is
    hours: Mapped[list[Any]]
    members_max: Mapped[int | None]
    members_max_a_day: Mapped[int | None]
    fallback_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("live_codes.id"))
    plan_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("plans.id"))
    group_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("groups.id"))


class LiveCodeArrival(Base):
    """An event through a code. ``through_id`` is the code that acted, None where none was open;
    ``counted_on`` the business day on which it took this member for the first time; ``userid`` the
    member of staff of WeCom whose contact she became."""

    __tablename__ = "live_code_arrivals"
    __table_args__ = (
        sa.Index("ix_live_code_arrivals_arrived_at", "through_id", "arrived_at"),
        sa.Index("ix_live_code_arrivals_code_id", "code_id", "arrived_at"),
        sa.Index("ix_live_code_arrivals_through_id", "through_id", "counted_on"),
        sa.Index("ix_live_code_arrivals_member_id", "member_id", "through_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    event_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("inbox.id"), unique=True)
    code_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("live_codes.id"))
    through_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("live_codes.id"))
    member_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("members.id"))
    closed_why: Mapped[str | None]
    arrived_at: Mapped[datetime]
    counted_on: Mapped[date | None]
    userid: Mapped[str | None]


class CodesGoRound(ValueError):
    """The fallback would lead back to the code itself."""


def of(session: Session, code_id: int) -> LiveCodeTerms | None:
    return session.get(LiveCodeTerms, code_id)


def change(session: Session, code_id: int, **told: Any) -> LiveCodeTerms:
    """The terms from now on. Raises BadSchedule, and CodesGoRound."""
    opening_hours.parse(told["hours"])
    _check_fallback(session, code_id, told["fallback_id"])
    terms = of(session, code_id)
    if terms is None:
        terms = LiveCodeTerms(live_code_id=code_id)
        session.add(terms)
    for name, value in told.items():
        setattr(terms, name, value)
    session.flush()
    return terms


def arrive(
    session: Session,
    code: LiveCode,
    member_id: int,
    event_id: int,
    zone: ZoneInfo,
    at: datetime,
    userid: str | None = None,
) -> LiveCodeArrival:
    """Notes that she has come through a code at this moment, once for the event, and finds the code
    that acts. Who was taken by a code before is taken by it again, however full it is."""
    known = _of_event(session, event_id)
    if known is not None:
        return known
    on = at.astimezone(zone).date()
    acting, why = _acting(session, code, member_id, at.astimezone(zone))
    is_new = acting is not None and not _has_been_taken(session, acting.id, member_id)
    row = {
        "event_id": event_id,
        "code_id": code.id,
        "through_id": acting.id if acting else None,
        "member_id": member_id,
        "closed_why": why,
        "arrived_at": at,
        "counted_on": on if is_new else None,
        "userid": userid,
    }
    insert_once(session, LiveCodeArrival, row, unique=["event_id"])
    arrival = _of_event(session, event_id)
    assert arrival is not None, "it was just written"
    return arrival


def figures(session: Session) -> Mapping[int, tuple[int, int]]:
    """By the code that acted: how many members it took, and how many of them are still with us."""
    rows = session.execute(
        sa.select(
            LiveCodeArrival.through_id,
            sa.func.count(),
            sa.func.sum(sa.case((Member.left_at.is_(None), 1), else_=0)),
        )
        .join(Member, Member.id == LiveCodeArrival.member_id)
        .where(LiveCodeArrival.counted_on.is_not(None))
        .group_by(LiveCodeArrival.through_id)
    )
    return {code_id: (int(came), int(stayed)) for code_id, came, stayed in rows}


def days(session: Session, code_id: int, since: date) -> Mapping[date, int]:
    """How many members a code took on each day."""
    rows = session.execute(
        sa.select(LiveCodeArrival.counted_on, sa.func.count())
        .where(LiveCodeArrival.through_id == code_id, LiveCodeArrival.counted_on >= since)
        .group_by(LiveCodeArrival.counted_on)
    )
    return {on: count for on, count in rows if on is not None}


def passed_on(session: Session, code_id: int) -> Sequence[tuple[str, int | None, int]]:
    """Who scanned the code while it was not open: why, which code took them, and how many times."""
    rows = session.execute(
        sa.select(LiveCodeArrival.closed_why, LiveCodeArrival.through_id, sa.func.count())
        .where(LiveCodeArrival.code_id == code_id, LiveCodeArrival.closed_why.is_not(None))
        .group_by(LiveCodeArrival.closed_why, LiveCodeArrival.through_id)
        .order_by(sa.func.count().desc())
    )
    return [(str(why), through_id, count) for why, through_id, count in rows]


def scans(session: Session, code_id: int) -> int:
    counted = sa.select(sa.func.count()).where(LiveCodeArrival.code_id == code_id)
    return session.scalar(counted) or 0


def _acting(
    session: Session, code: LiveCode, member_id: int, local: datetime
) -> tuple[LiveCode | None, str | None]:
    """The first that is open from the code on, and why the code itself is not. For somebody who has
    yet to come, see ``acting_codes``."""
    why, candidate, seen = None, code, set()
    while candidate.id not in seen:
        seen.add(candidate.id)
        terms = _held(session, candidate.id)
        if terms is None or (reason := _closed(session, terms, member_id, local)) is None:
            return candidate, why
        why = why or reason
        if terms.fallback_id is None:
            break
        candidate = session.get_one(LiveCode, terms.fallback_id)
    return None, why


def _held(session: Session, code_id: int) -> LiveCodeTerms | None:
    """Where numbers are limited, one at a time is counted: two who come at once are not both the
    last."""
    terms = of(session, code_id)
    if terms is not None and (terms.members_max, terms.members_max_a_day) != (None, None):
        session.refresh(terms, with_for_update=True)
    return terms


def _closed(session: Session, terms: LiveCodeTerms, member_id: int, local: datetime) -> str | None:
    if not opening_hours.is_open(opening_hours.parse(terms.hours), local):
        return HOURS
    if _has_been_taken(session, terms.live_code_id, member_id):
        return None
    day = local.date()
    if _is_reached(session, terms, terms.members_max_a_day, LiveCodeArrival.counted_on == day):
        return FULL_TODAY
    counted = LiveCodeArrival.counted_on.is_not(None)
    return FULL if _is_reached(session, terms, terms.members_max, counted) else None


def _is_reached(
    session: Session, terms: LiveCodeTerms, most: int | None, which: sa.ColumnElement[bool]
) -> bool:
    if most is None:
        return False
    taken = sa.select(sa.func.count()).where(
        LiveCodeArrival.through_id == terms.live_code_id, which
    )
    return (session.scalar(taken) or 0) >= most


def _has_been_taken(session: Session, code_id: int, member_id: int) -> bool:
    taken = sa.select(LiveCodeArrival.id).where(
        LiveCodeArrival.member_id == member_id,
        LiveCodeArrival.through_id == code_id,
        LiveCodeArrival.counted_on.is_not(None),
    )
    return session.scalar(taken.limit(1)) is not None


def _of_event(session: Session, event_id: int) -> LiveCodeArrival | None:
    return session.scalar(sa.select(LiveCodeArrival).where(LiveCodeArrival.event_id == event_id))


def _check_fallback(session: Session, code_id: int, fallback_id: int | None) -> None:
    seen = {code_id}
    while fallback_id is not None:
        if fallback_id in seen:
            raise CodesGoRound(str(code_id))
        seen.add(fallback_id)
        terms = of(session, fallback_id)
        fallback_id = terms.fallback_id if terms else None
