"""Together: which rows of a trial have to be taken in one slice, since they name the same people.

Rows that share a name belong together, and so do those that share one with either of them. A slice
of rows at a time is read for its names; each name is kept with the first row it stands in, so that
rows far from each other find each other, however long the file is.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain import imports
from app.domain.imports import Import, ImportName, ImportRow
from app.imports import fields
from app.imports.fields import Row
from app.imports.telling import Options
from app.programme import Programme

AT_ONCE = 500
Named = Callable[
    [Session, Sequence[Row], Options, Programme, datetime], Sequence[frozenset[tuple[str, object]]]
]


def sort_on(
    session: Session, chosen: Import, named: Named, programme: Programme, now: datetime
) -> None:
    """Reads the next rows for their names; after the last ones, all are sorted."""
    some = imports.rows_after(session, chosen.id, chosen.sorted_to, AT_ONCE)
    if not some:
        chosen.sorted_at = now
        return
    rows = [row_of(chosen, one, programme) for one in some]
    options = Options(**chosen.options)
    told = [
        {_digest(name) for name in names} for names in named(session, rows, options, programme, now)
    ]
    numbers = [one.number for one in some]
    first = _first_rows(session, chosen.id, set().union(*told))
    for lead, whole in _groups(numbers, told, first).items():
        imports.take_along(session, chosen.id, lead, whole)
    new = dict[str, int]()
    for number, names in zip(numbers, told, strict=True):
        new |= {name: number for name in names if name not in first and name not in new}
    if new:
        kept = [{"import_id": chosen.id, "name": name, "number": new[name]} for name in sorted(new)]
        session.execute(sa.insert(ImportName), kept)
    chosen.sorted_to = numbers[-1]


def row_of(chosen: Import, row: ImportRow, programme: Programme) -> Row:
    return fields.row(row.number, imports.cells_of(row, programme.vault), chosen.mapping)


def _first_rows(session: Session, import_id: int, names: Iterable[str]) -> Mapping[str, int]:
    """By name, of those that stand in earlier rows: the first of the rows that belong there."""
    rows = session.execute(
        sa.select(ImportName.name, sa.func.coalesce(ImportRow.together, ImportRow.number))
        .join(
            ImportRow,
            sa.and_(
                ImportRow.import_id == ImportName.import_id,
                ImportRow.number == ImportName.number,
            ),
        )
        .where(ImportName.import_id == import_id, ImportName.name.in_(sorted(names)))
    )
    return {name: number for name, number in rows}  # noqa: C416  rows, not pairs


def _groups(
    numbers: Sequence[int], told: Sequence[set[str]], first: Mapping[str, int]
) -> Mapping[int, set[int]]:
    """By their first row: the rows, and the first rows of earlier ones, that belong together."""
    leads: dict[int, int] = {}
    owner = dict(first)

    def lead(number: int) -> int:
        while leads.setdefault(number, number) != number:
            number = leads[number]
        return number

    for number, names in zip(numbers, told, strict=True):
        for name in names:
            one, other = lead(number), lead(owner.setdefault(name, number))
            leads[max(one, other)] = min(one, other)
    found: dict[int, set[int]] = {}
    for number in leads:
        found.setdefault(lead(number), set()).add(number)
    return {first_one: whole for first_one, whole in found.items() if len(whole) > 1}


def _digest(name: tuple[str, object]) -> str:
    return hashlib.sha256(f"{name[0]}:{name[1]}".encode()).hexdigest()[:32]
