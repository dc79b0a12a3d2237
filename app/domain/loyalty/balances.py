"""Balances: what the postings of a member add up to, kept beside them for speed.

A balance's row is the lock of her ledger: whoever moves her points holds it from the first look to
the commit.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.sql.functions import FunctionElement

from app.db import Base, Id, insert_once, table_of
from app.domain.loyalty.movements import Movement


class NotEnoughPoints(Exception):
    """The balance does not cover the amount."""


class Balance(Base):
    """``points`` can be spent now; ``pending`` later; ``reserved`` is on hold for a payment.
    ``growth`` is what this very record was given: a member's is that of all her records together
    (``app.reviewing.records.growth_of``).

    ``due_at`` is never later than the next moment at which the clock changes anything of hers: a
    lot becomes available or lapses, a hold is over. None when nothing is known to come.
    """

    __tablename__ = "points_balances"
    __table_args__ = (
        sa.CheckConstraint("points >= 0", name="points_not_negative"),
        sa.CheckConstraint("arrears >= 0", name="arrears_not_negative"),
        sa.CheckConstraint("points = 0 OR arrears = 0", name="arrears_are_paid_first"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    member_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("members.id"), unique=True)
    points: Mapped[int] = mapped_column(default=0)
    pending: Mapped[int] = mapped_column(default=0, server_default="0")
    reserved: Mapped[int] = mapped_column(default=0, server_default="0")
    arrears: Mapped[int] = mapped_column(default=0)
    growth: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None] = mapped_column(server_default="1970-01-01 00:00:00")


OF_POSTINGS = ("points", "pending", "reserved", "arrears", "growth")
NOTHING: dict[str, int | None] = {**dict.fromkeys(OF_POSTINGS, 0), "due_at": None}


@dataclass(slots=True)
class Held:
    """What is decided by of a member's balance, while its row is locked."""

    member_id: int
    points: int
    arrears: int
    due_at: datetime | None

    def follow(self, movement: Movement) -> None:
        """The movement was written."""
        self.points += movement.change["points"]
        self.arrears += movement.change["arrears"]
        moments = [one for one in (self.due_at, movement.due_at) if one is not None]
        self.due_at = min(moments, default=None)


COLUMNS = [getattr(Balance, name) for name in Held.__slots__]
_LOCK = sa.select(*COLUMNS).where(Balance.member_id == sa.bindparam("member")).with_for_update()
_EMPTY: sa.Select[*tuple[Any, ...]] = sa.select(
    sa.bindparam("member", type_=Id), *(sa.literal_column("0") for _ in OF_POSTINGS), sa.null()
)


def _lock_or_open() -> sa.CompoundSelect[*tuple[Any, ...]]:
    """One statement for both, on PostgreSQL."""
    hers = _LOCK.cte("hers")
    opened = (
        postgresql.insert(table_of(Balance))
        .from_select(["member_id", *NOTHING], _EMPTY.where(~sa.select(hers).exists()))
        .on_conflict_do_nothing(index_elements=["member_id"])
        .returning(*COLUMNS)
        .cte("opened")
    )
    return sa.select(hers).union_all(sa.select(opened))


_LOCK_OR_OPEN = _lock_or_open()
_DUE_NEXT = (
    sa.update(table_of(Balance))
    .where(Balance.member_id == sa.bindparam("member"))
    .values(due_at=sa.bindparam("at"))
)


def lock(session: Session, member_id: int) -> Held:
    """Her balance, which nobody else can change until the commit."""
    session.flush()
    connection, hers = session.connection(), {"member": member_id}
    locking = _LOCK_OR_OPEN if connection.dialect.name == "postgresql" else _LOCK
    row = connection.execute(locking, hers).one_or_none()
    if row is None:
        insert_once(connection, Balance, {"member_id": member_id, **NOTHING}, unique=["member_id"])
        row = connection.execute(_LOCK, hers).one()
    return Held(*row)


class _Unmoved(FunctionElement[bool]):
    inherit_cache = True
    type = sa.Boolean()


UNMOVED = _Unmoved()


@compiles(_Unmoved, "sqlite")
def _unmoved_on_sqlite(*_: Any, **__: Any) -> str:
    return "1"  # nobody else writes


@compiles(_Unmoved, "postgresql")
def _unmoved_on_postgresql(*_: Any, **__: Any) -> str:
    """Whether the row that is locked is the version that the statement saw when it began."""
    seen = "SELECT seen.xmin FROM points_balances AS seen WHERE seen.id = points_balances.id"
    return f"points_balances.xmin = ({seen})"  # nosec B608


def lock_and_read(
    session: Session, statement: sa.Select[*tuple[Any, ...]], asked: Mapping[str, Any]
) -> Sequence[sa.Row[*tuple[Any, ...]]]:
    """The rows of a statement that locks balances and reads what else there is of theirs, with
    ``UNMOVED`` as the last column.

    A statement sees everything as it was when it began, and may have waited for a lock since. If
    somebody moved these points meanwhile, it is asked again: now nobody can.
    """
    session.flush()
    rows = session.connection().execute(statement, asked).all()
    if not all(row[-1] for row in rows):
        rows = session.connection().execute(statement, asked).all()
    return rows


def due_next(session: Session, held: Held, at: datetime | None) -> None:
    """The clock has nothing to do with her before then."""
    held.due_at = at
    session.connection().execute(_DUE_NEXT, {"member": held.member_id, "at": at})


def balance_of(session: Session, member_id: int) -> Balance:
    """What she has; zeros when nothing was ever booked."""
    wanted = sa.select(Balance).where(Balance.member_id == member_id)
    balance = session.scalar(wanted.execution_options(populate_existing=True))
    return balance or Balance(member_id=member_id, **NOTHING)


def balances_of(session: Session, member_ids: Collection[int]) -> dict[int, int]:
    """The points of these members; those of whom nothing was ever booked are not in the answer."""
    held = sa.select(Balance.member_id, Balance.points).where(Balance.member_id.in_(member_ids))
    return {row.member_id: row.points for row in session.execute(held)}


def growth_of(session: Session, member_ids: Collection[int]) -> dict[int, int]:
    """The growth value of these records, likewise."""
    held = sa.select(Balance.member_id, Balance.growth).where(Balance.member_id.in_(member_ids))
    return {row.member_id: row.growth for row in session.execute(held)}
