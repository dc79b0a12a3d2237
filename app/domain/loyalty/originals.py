"""Originals: entries that are to be undone, read in one statement with the lock of whose they are,
what has undone them already, and the lot that an award brought."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.domain.loyalty import balances, entries
from app.domain.loyalty.balances import Balance, Held
from app.domain.loyalty.entries import Known, PointsEntry
from app.domain.loyalty.lots import Lot


class Undoing(NamedTuple):
    """What an entry says that has undone a part of the original, or all of it."""

    key: str
    amount: int
    rule: str


class Brought(NamedTuple):
    """What an award has brought, and what is left of it."""

    lot_id: int
    remaining: int
    pending_until: datetime | None


@dataclass(slots=True)
class Original:
    """``brought`` is None where arrears took all of it, and of a spending. The originals of one
    member share what is ``held`` of hers."""

    entry: Known
    held: Held
    brought: Brought | None
    undone: dict[str, Undoing] = field(default_factory=dict)

    @property
    def done(self) -> int:
        """So much of it has been undone."""
        return sum(one.amount for one in self.undone.values())


_UNDOING = aliased(PointsEntry)
_LOCK = (
    entries.KNOWN.add_columns(
        *balances.COLUMNS,
        *(getattr(_UNDOING, name) for name in Undoing._fields),
        *(Lot.id, Lot.remaining, Lot.pending_until),
        balances.UNMOVED,
    )
    .join(Balance, Balance.member_id == PointsEntry.member_id)
    .outerjoin(_UNDOING, _UNDOING.reverses_id == PointsEntry.id)
    .outerjoin(Lot, Lot.entry_id == PointsEntry.id)
    .where(PointsEntry.key.in_(sa.bindparam("keys", expanding=True)))
    .order_by(Balance.member_id)
    .with_for_update(of=Balance)
)
# where they stand in a row
_ENTRY, _BALANCE, _UNDONE, _LOT = slice(0, 8), slice(8, 12), slice(12, 15), slice(15, 18)


def lock(session: Session, keys: Collection[str]) -> dict[str, Original]:
    """The entries of these keys, by them, while the balances of whose they are, are locked."""
    found, held = dict[str, Original](), dict[int, Held]()
    for row in balances.lock_and_read(session, _LOCK, {"keys": list(keys)}):
        entry, undone, lot = entries.known_of(row[_ENTRY]), row[_UNDONE], row[_LOT]
        if entry.key not in found:
            hers = held.setdefault(entry.content.member_id, Held(*row[_BALANCE]))
            brought = Brought(*lot) if lot[0] is not None else None
            found[entry.key] = Original(entry, hers, brought)
        if undone[0] is not None:
            found[entry.key].undone[undone[0]] = Undoing(*undone)
    return found
