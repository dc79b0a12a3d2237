"""Booking: the one way in which points are written. What moves was decided before, while the
members' balances were locked; it is written as it stands, one movement or thousands of them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.loyalty import booking_on_postgresql, booking_on_sqlite, entries
from app.domain.loyalty.balances import Held
from app.domain.loyalty.entries import KeyConflict
from app.domain.loyalty.movements import Movement


def book(session: Session, held: Held, movement: Movement, now: datetime) -> int | None:
    """Writes a movement, and ``held`` follows it. Returns the id of its entry, or None when this
    very movement was booked before. Raises KeyConflict."""
    entry_id = book_all(session, [movement], now).get(movement.key)
    if entry_id is not None:
        held.follow(movement)
    elif not entries.is_booked(session, movement.key, movement.content):
        raise KeyConflict(movement.key)
    return entry_id


def book_at_once(session: Session, award: Movement, now: datetime) -> int | None:
    """Writes an award as it is for a member who owes nothing and to whom the clock has nothing to
    bring. Returns the id of its entry, or None where nothing was written: she is not like that, or
    the key is taken, or the database is SQLite, which has no message to save."""
    connection = session.connection()
    if connection.dialect.name != "postgresql":
        return None
    return booking_on_postgresql.write_at_once(connection, award, now)


def book_all(session: Session, movements: Sequence[Movement], now: datetime) -> dict[str, int]:
    """Writes movements of different keys, but nothing of one whose key is taken. Returns the ids of
    the new entries by their keys. The caller holds the balances."""
    if not movements:
        return {}
    assert len({one.key for one in movements}) == len(movements), "different keys"
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        return booking_on_postgresql.write(connection, movements, now)
    return booking_on_sqlite.write(connection, movements, now)
