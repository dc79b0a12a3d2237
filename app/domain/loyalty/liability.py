"""What the programme owes its members: points outstanding by the month in which they lapse, those
that cannot be spent yet, what members owe, and how much of what was given has lapsed (breakage)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.loyalty.balances import Balance
from app.domain.loyalty.entries import Account, Posting
from app.domain.loyalty.lots import Lot

MONTHS = 24


@dataclass(frozen=True, slots=True)
class Lapsing:
    """Points that lapse in a month (YYYY-MM), later than all months told, or never (``month`` is
    then "later" or "never"). ``pending`` ones cannot be spent yet."""

    month: str
    points: int
    pending: int


@dataclass(frozen=True, slots=True)
class Liability:
    lapsing: Sequence[Lapsing]
    points: int
    pending: int
    reserved: int
    arrears: int
    awarded: int  # less what was taken back
    spent: int
    expired: int

    @property
    def outstanding(self) -> int:
        """All that members could ever spend of what they have."""
        return self.points + self.pending + self.reserved

    @property
    def breakage_percent(self) -> float | None:
        """Of all the points that have gone, how many have lapsed; None when none has gone."""
        gone = self.spent + self.expired
        return 100 * self.expired / gone if gone else None


def of(session: Session, zone: ZoneInfo, now: datetime) -> Liability:
    """As of now; months are those where the shop is."""
    held = session.execute(
        sa.select(
            *(_sum(getattr(Balance, name)) for name in ("points", "pending", "reserved", "arrears"))
        )
    ).one()
    gone = dict(
        session.execute(
            sa.select(Posting.account, _sum(Posting.amount))
            .where(Posting.account.in_([Account.ISSUED, Account.SPENT, Account.EXPIRED]))
            .group_by(Posting.account)
        ).all()
    )
    return Liability(
        lapsing=_lapsing(session, zone, now),
        points=int(held[0]),
        pending=int(held[1]),
        reserved=int(held[2]),
        arrears=int(held[3]),
        awarded=-int(gone.get(Account.ISSUED, 0)),
        spent=int(gone.get(Account.SPENT, 0)),
        expired=int(gone.get(Account.EXPIRED, 0)),
    )


def _lapsing(session: Session, zone: ZoneInfo, now: datetime) -> list[Lapsing]:
    """A lot that lapses at the end of a month, which is the first moment of the next, is that
    month's. In one statement, so that it is of one moment."""
    local = now.astimezone(zone)
    begins = [_first_of_month(local, ahead, zone) for ahead in range(MONTHS + 1)]
    names = [f"{at:%Y-%m}" for at in begins[:-1]] + ["later", "never"]
    last = Lot.expires_at > begins[-1]
    which = [Lot.expires_at <= until for until in begins[1:]] + [last, Lot.expires_at.is_(None)]
    bucket = sa.case(*((one, number) for number, one in enumerate(which)))
    is_pending = Lot.pending_until.is_not(None)
    rows = session.execute(
        sa.select(
            bucket,
            _sum(sa.case((is_pending, 0), else_=Lot.remaining)),
            _sum(sa.case((is_pending, Lot.remaining), else_=0)),
        )
        .where(Lot.remaining > 0)
        .group_by(bucket)
    )
    found = {number: (int(points), int(pending)) for number, points, pending in rows}
    return [Lapsing(name, *found.get(number, (0, 0))) for number, name in enumerate(names)]


def _first_of_month(local: datetime, ahead: int, zone: ZoneInfo) -> datetime:
    years, month = divmod(local.month - 1 + ahead, 12)
    return datetime(local.year + years, month + 1, 1, tzinfo=zone)


def _sum(amount: Any) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(amount), 0)
