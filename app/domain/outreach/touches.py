"""Touches: how often each member was spoken to lately, by category and local day.

Every member has one book, and whoever counts in it holds it until his transaction ends: two lanes,
two pipes, two processes cannot both take the last message of a cap. Books are held lowest member
first, and after whatever else is held, so that nobody waits for somebody who waits for him.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, Json, insert_selected, table_of
from app.domain.people.members import Member
from sop.caps import KEPT_DAYS, Touches

AT_ONCE = 5000  # members a statement; a driver takes tens of thousands of values

Counts = dict[str, dict[date, int]]


class TouchBook(Base):
    """{"marketing": {"2026-11-02": 1}}; days that no cap looks at any more are not kept."""

    __tablename__ = "touch_books"

    member_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("members.id"), primary_key=True)
    counts: Mapped[dict[str, Any]]


def hold(session: Session, member_ids: Collection[int]) -> Mapping[int, Counts]:
    """The books of these members, held until the transaction ends. What this transaction counts
    is in them."""
    held = cast(dict[int, Counts], session.info.setdefault(TouchBook, {}))
    for some in _parts(set(member_ids) - held.keys()):
        books = _held(session, some)
        if len(books) < len(some):
            _open(session, some)
            books = _held(session, some)
        held |= books
    return held


def of(session: Session, member_id: int) -> Touches:
    """Her book as it is, for who only looks."""
    counts = session.scalar(sa.select(TouchBook.counts).where(TouchBook.member_id == member_id))
    return _read(counts or {})


def of_many(session: Session, member_ids: Collection[int]) -> Mapping[int, Touches]:
    """The books of these members as they are; who has none is not among them."""
    found = sa.select(TouchBook.member_id, TouchBook.counts)
    return {
        member_id: _read(counts)
        for some in _parts(set(member_ids))
        for member_id, counts in session.execute(found.where(TouchBook.member_id.in_(some)))
    }


def alike(session: Session, meant: sa.Select[int]) -> Iterator[tuple[Touches, str | None, int]]:
    """The books of the members whom ``meant`` selects, each with the zone in which such members
    live, and how many there are."""
    chosen, zone = meant.subquery(), Member.zone
    books = (
        sa.select(TouchBook.counts, zone, sa.func.count())
        .join(chosen, chosen.c[0] == TouchBook.member_id)
        .join(Member, Member.id == TouchBook.member_id)
        .group_by(TouchBook.counts, zone)
    )
    for counts, lives_by, members in session.execute(books):
        yield _read(counts), lives_by, members


def add(session: Session, made: Collection[tuple[int, str, date]], times: int = 1) -> None:
    """Counts a touch of (member, category, her local day) each; -1 takes it back."""
    books = hold(session, {member_id for member_id, _, _ in made})
    for member_id, category, on in made:
        days = books[member_id].setdefault(category, {})
        days[on] = max(0, days.get(on, 0) + times)
        _forget(days)
    _write(session, {member_id: books[member_id] for member_id, _, _ in made})


def merge(session: Session, kept_id: int, absorbed_id: int) -> None:
    """Two records are one member: she heard what both were told."""
    books = hold(session, {kept_id, absorbed_id})
    for category, days in books[absorbed_id].items():
        hers = books[kept_id].setdefault(category, {})
        for on, times in days.items():
            hers[on] = hers.get(on, 0) + times
    books[absorbed_id].clear()
    _write(session, {member_id: books[member_id] for member_id in (kept_id, absorbed_id)})


_books = table_of(TouchBook)
_HELD = (
    sa.select(_books.c.member_id, _books.c.counts)
    .where(_books.c.member_id.in_(sa.bindparam("ids", expanding=True)))
    .order_by(_books.c.member_id)
    .with_for_update()
)


def _held(session: Session, member_ids: Collection[int]) -> dict[int, Counts]:
    books = session.execute(_HELD, {"ids": list(member_ids)})
    return {member_id: _read(counts) for member_id, counts in books}


def _open(session: Session, member_ids: Collection[int]) -> None:
    blank = sa.literal({}, TouchBook.__table__.c.counts.type)
    hers = sa.select(Member.id, blank).where(Member.id.in_(member_ids)).order_by(Member.id)
    insert_selected(session, TouchBook, ["member_id", "counts"], hers, unique=["member_id"])


def _write(session: Session, books: Mapping[int, Counts]) -> None:
    """All in one statement; they are there, since they are held."""
    if not books:
        return
    written = {str(member_id): _written(book) for member_id, book in books.items()}
    session.execute(_WRITTEN[session.get_bind().dialect.name], {"books": written})


def _written_by(each: str) -> sa.Update:
    new = getattr(sa.func, each)(sa.bindparam("books", type_=Json)).table_valued("key", "value")
    hers = _books.c.member_id == sa.cast(new.c.key, Id)
    return sa.update(_books).where(hers).values(counts=new.c.value)


_WRITTEN = {"postgresql": _written_by("jsonb_each"), "sqlite": _written_by("json_each")}


def _forget(days: dict[date, int]) -> None:
    since = max(days) - timedelta(days=2 * KEPT_DAYS)  # a clock put back still finds what it needs
    for on in [on for on, times in days.items() if on < since or not times]:
        del days[on]


def _read(counts: Mapping[str, Mapping[str, int]]) -> Counts:
    return {
        category: {date.fromisoformat(on): times for on, times in days.items()}
        for category, days in counts.items()
    }


def _written(book: Counts) -> dict[str, dict[str, int]]:
    return {
        category: {on.isoformat(): times for on, times in days.items()}
        for category, days in book.items()
        if days
    }


def _parts(member_ids: Collection[int]) -> Iterator[list[int]]:
    ordered = sorted(member_ids)
    for begin in range(0, len(ordered), AT_ONCE):
        yield ordered[begin : begin + AT_ONCE]
