"""Sign-ins 签到: once a business day, and streaks by date arithmetic."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once

LOOKED_BACK = 400  # days; longer runs are as good as these


class SignIn(Base):
    __tablename__ = "sign_ins"
    __table_args__ = (
        sa.UniqueConstraint("member_id", "signed_in_on"),
        sa.Index("ix_sign_ins_signed_in_on", "signed_in_on"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    member_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("members.id"))
    signed_in_on: Mapped[date]
    event_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("inbox.id"))
    bonus_days: Mapped[int | None]  # the streak length it brought a bonus for
    signed_in_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A sign-in that counts. ``streak_days`` is the unbroken run it stands in, up to its day;
    ``bonus_days`` the streak length that is reached with it, if any."""

    on: date
    streak_days: int
    bonus_days: int | None


def sign_in(
    session: Session,
    member_id: int,
    event_id: int | None,
    on: date,
    rewarded: Sequence[int],
    now: datetime,
) -> SignedIn | None:
    """Records the member's sign-in of a business day; None when she has signed in on it already.
    ``rewarded`` are the lengths of a streak that bring a bonus.

    A day that arrives late (the platform repeated itself after an outage) closes the gap it left:
    the run it now belongs to may reach a bonus, but no run brings the same bonus twice.
    """
    values = {"member_id": member_id, "signed_in_on": on, "event_id": event_id, "signed_in_at": now}
    sign_in_id = insert_once(session, SignIn, values, unique=["member_id", "signed_in_on"])
    if sign_in_id is None:
        return None
    run = _run_around(session, member_id, on)
    given = {row.bonus_days for row in run}
    reached = [days for days in rewarded if len(run) >= days and days not in given]
    bonus_days = min(reached, default=None)
    if bonus_days is not None:
        session.execute(
            sa.update(SignIn).where(SignIn.id == sign_in_id).values(bonus_days=bonus_days)
        )
    return SignedIn(on, sum(row.signed_in_on <= on for row in run), bonus_days)


def streak_days(session: Session, member_id: int, today: date) -> int:
    """The days in a row up to today, or up to yesterday when today is still open."""
    for last in (today, today - timedelta(days=1)):
        run = [row for row in _run_around(session, member_id, last) if row.signed_in_on <= last]
        if run:
            return len(run)
    return 0


def streaks(session: Session, member_ids: Collection[int], today: date) -> dict[int, int]:
    """The same for many members; who has signed in neither today nor yesterday is not there."""
    rows = session.execute(
        sa.select(SignIn.member_id, SignIn.signed_in_on)
        .where(
            SignIn.member_id.in_(member_ids),
            SignIn.signed_in_on <= today,
            SignIn.signed_in_on > today - timedelta(days=LOOKED_BACK),
        )
        .order_by(SignIn.member_id, SignIn.signed_in_on.desc())
    )
    days: dict[int, list[date]] = {}
    for member_id, on in rows:
        run = days.setdefault(member_id, [])
        is_first = not run and on >= today - timedelta(days=1)
        if is_first or (run and on == run[-1] - timedelta(days=1)):
            run.append(on)
    return {member_id: len(run) for member_id, run in days.items() if run}


def has_signed_in(session: Session, member_id: int, on: date) -> bool:
    found = session.scalar(
        sa.select(SignIn.id).where(SignIn.member_id == member_id, SignIn.signed_in_on == on)
    )
    return found is not None


def _run_around(session: Session, member_id: int, on: date) -> list[SignIn]:
    """The unbroken run of days that contains ``on``; empty when there is no sign-in on it."""
    on_column = SignIn.signed_in_on
    mine = sa.select(SignIn).where(SignIn.member_id == member_id)
    before = session.scalars(
        mine.where(on_column <= on).order_by(on_column.desc()).limit(LOOKED_BACK)
    )
    after = session.scalars(mine.where(on_column > on).order_by(on_column).limit(LOOKED_BACK))
    backwards = _unbroken(list(before), on, timedelta(days=-1))
    if not backwards:
        return []
    forwards = _unbroken(list(after), on + timedelta(days=1), timedelta(days=1))
    return [*reversed(backwards), *forwards]


def _unbroken(rows: list[SignIn], expected_on: date, step: timedelta) -> list[SignIn]:
    run = []
    for row in rows:
        if row.signed_in_on != expected_on:
            break
        run.append(row)
        expected_on += step
    return run
