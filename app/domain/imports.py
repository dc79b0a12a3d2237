"""Imports 导入: tables that an operator brings along, row by row, and what became of each.

The rows of the file lie sealed in our own tables until they are done, so that any process can go
on with them, a killed one loses nothing, and no file with phone numbers stays behind. Those that
were refused are kept, for the operator to correct; the others are emptied.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, partial_index
from app.domain.vault import Vault

AT_ONCE = 1_000
_TOGETHER = "outcome IS NULL AND together IS NOT NULL"


class Outcome(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class Import(Base):
    """``mapping`` is which column (from 0) tells which field. A trial goes through the rows and
    keeps nothing but what would become of them; then the counts and outcomes are the trial's.
    Before that it sorts them: up to the row ``sorted_to``, and all since ``sorted_at``."""

    __tablename__ = "imports"
    __table_args__ = (
        partial_index("ix_imports_at_work", "wanted_at IS NOT NULL AND ended_at IS NULL", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str]
    file_name: Mapped[str]
    heading: Mapped[list[Any]]
    mapping: Mapped[dict[str, Any]]
    options: Mapped[dict[str, Any]]
    operator_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("operators.id"))
    rows: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    wanted_at: Mapped[datetime | None]  # since when it is to be gone through, in trial or earnest
    in_earnest_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    sorted_to: Mapped[int] = mapped_column(default=0, server_default="0")
    sorted_at: Mapped[datetime | None]
    done: Mapped[int] = mapped_column(default=0)
    added: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)

    @property
    def is_at_work(self) -> bool:
        return self.wanted_at is not None and self.ended_at is None


class ImportRow(Base):
    """``sealed`` opens in the context ``import:{import}:{number}``: the row's cells, in JSON.
    ``problem`` says in Chinese and English why it was refused. ``together`` is the first of the
    rows that have to be taken along with it in a trial, where there are others."""

    __tablename__ = "import_rows"
    __table_args__ = (
        partial_index("ix_import_rows_together", _TOGETHER, "import_id", "together", "number"),
        partial_index("ix_import_rows_open", "outcome IS NULL", "import_id", "number"),
        sa.Index("ix_import_rows_outcome", "import_id", "outcome", "number"),
        {"sqlite_with_rowid": False},
    )

    import_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("imports.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sealed: Mapped[bytes | None]
    outcome: Mapped[str | None]
    problem: Mapped[list[Any] | None]
    member_id: Mapped[int | None] = mapped_column(Id)
    together: Mapped[int | None]


class ImportName(Base):
    """A name that stands in a row of a trial, as a digest, and the first row that it stands in."""

    __tablename__ = "import_names"
    __table_args__ = ({"sqlite_with_rowid": False},)

    import_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("imports.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int]


class AtWork(Exception):
    """It is being gone through: nothing of it can be changed now."""


class Done(Exception):
    """It has been gone through in earnest, or was cancelled."""


def add(
    session: Session,
    *,
    kind: str,
    file_name: str,
    heading: Sequence[str],
    rows: Iterable[tuple[int, Sequence[str]]],
    operator_id: int | None,
    vault: Vault,
    now: datetime,
) -> Import:
    """Keeps a table. Raises what reading its ``rows`` raises."""
    begun = Import(
        kind=kind,
        file_name=file_name[:200],
        heading=list(heading),
        mapping={},
        options={},
        operator_id=operator_id,
        created_at=now,
    )
    session.add(begun)
    session.flush()
    coming = iter(rows)
    while part := list(islice(coming, AT_ONCE)):
        sealed = [
            {"import_id": begun.id, "number": number, "sealed": _seal(vault, begun, number, cells)}
            for number, cells in part
        ]
        session.execute(sa.insert(ImportRow), sealed)
        begun.rows += len(sealed)
    return begun


def cells_of(row: ImportRow, vault: Vault) -> Sequence[str]:
    """What stands in the row; nothing where it is done with."""
    if row.sealed is None:
        return ()
    return list(json.loads(vault.open(row.sealed, context=_context(row.import_id, row.number))))


def want(
    session: Session,
    import_id: int,
    mapping: Mapping[str, int],
    options: Mapping[str, Any],
    *,
    in_earnest: bool,
    now: datetime,
) -> None:
    """From now on workers go through the rows, from the first. Raises AtWork, and Done."""
    chosen = session.get_one(Import, import_id, with_for_update=True)
    if chosen.cancelled_at is not None or (chosen.ended_at and chosen.in_earnest_at):
        raise Done(str(import_id))
    if chosen.is_at_work:
        raise AtWork(str(import_id))
    chosen.mapping, chosen.options = dict(mapping), dict(options)
    chosen.wanted_at, chosen.ended_at = now, None
    chosen.in_earnest_at = now if in_earnest else None
    chosen.done = chosen.added = chosen.changed = chosen.unchanged = chosen.refused = 0
    chosen.sorted_to, chosen.sorted_at = 0, None
    forget_names(session, import_id)
    session.execute(
        sa.update(ImportRow)
        .where(ImportRow.import_id == import_id)
        .values(outcome=None, problem=None, member_id=None, together=None)
    )


def cancel(session: Session, import_id: int, now: datetime) -> None:
    """What is done stays done; the rest of it is forgotten. Again, it changes nothing."""
    chosen = session.get_one(Import, import_id, with_for_update=True)
    if chosen.cancelled_at is not None or (chosen.ended_at and chosen.in_earnest_at):
        return
    chosen.cancelled_at = now
    chosen.wanted_at, chosen.ended_at = chosen.wanted_at or now, now
    forget_names(session, import_id)
    session.execute(
        sa.update(ImportRow).where(ImportRow.import_id == import_id).values(sealed=None)
    )


def at_work(session: Session) -> Sequence[int]:
    """The imports that have rows to be gone through."""
    return session.scalars(
        sa.select(Import.id)
        .where(Import.wanted_at.is_not(None), Import.ended_at.is_(None))
        .order_by(Import.id)
    ).all()


def open_rows(session: Session, import_id: int, limit: int) -> Sequence[ImportRow]:
    """The next rows that nothing has become of yet."""
    return session.scalars(
        sa.select(ImportRow)
        .where(ImportRow.import_id == import_id, ImportRow.outcome.is_(None))
        .order_by(ImportRow.number)
        .limit(limit)
    ).all()


def open_together(session: Session, import_id: int, limit: int) -> Sequence[ImportRow]:
    """Those of them that have to be taken along with others, the first of these with all of its
    own: ``limit`` of them, or as many as that takes."""
    open_ones = (
        sa.select(ImportRow)
        .where(ImportRow.import_id == import_id, sa.text(_TOGETHER))
        .order_by(ImportRow.together, ImportRow.number)
    )
    found = session.scalars(open_ones.limit(limit)).all()
    if len(found) < limit:
        return found
    last = found[-1].together
    whole = [row for row in found if row.together != last]
    return whole or session.scalars(open_ones.where(ImportRow.together == last)).all()


def rows_after(session: Session, import_id: int, number: int, limit: int) -> Sequence[ImportRow]:
    return session.scalars(
        sa.select(ImportRow)
        .where(ImportRow.import_id == import_id, ImportRow.number > number)
        .order_by(ImportRow.number)
        .limit(limit)
    ).all()


def take_along(session: Session, import_id: int, first: int, others: Collection[int]) -> None:
    """These rows, and whatever is taken along with one of them, go with the first of them."""
    for theirs in (
        ImportRow.number.in_(others),
        sa.and_(ImportRow.together.in_(others), sa.text(_TOGETHER)),
    ):
        session.execute(
            sa.update(ImportRow)
            .where(ImportRow.import_id == import_id, theirs)
            .values(together=first)
        )


def forget_names(session: Session, import_id: int) -> None:
    session.flush()
    session.execute(sa.delete(ImportName).where(ImportName.import_id == import_id))


def first_rows(session: Session, import_id: int, limit: int) -> Sequence[ImportRow]:
    return session.scalars(
        sa.select(ImportRow)
        .where(ImportRow.import_id == import_id)
        .order_by(ImportRow.number)
        .limit(limit)
    ).all()


def rows_of(
    session: Session, import_id: int, outcome: str, after: int, limit: int
) -> Sequence[ImportRow]:
    """The rows of which this became, from below the number ``after``."""
    return session.scalars(
        sa.select(ImportRow)
        .where(
            ImportRow.import_id == import_id,
            ImportRow.outcome == outcome,
            ImportRow.number > after,
        )
        .order_by(ImportRow.number)
        .limit(limit)
    ).all()


def newest(session: Session, limit: int) -> Sequence[Import]:
    return session.scalars(sa.select(Import).order_by(Import.id.desc()).limit(limit)).all()


def _seal(vault: Vault, begun: Import, number: int, cells: Sequence[str]) -> bytes:
    text = json.dumps(list(cells), ensure_ascii=False)
    return vault.seal(text, context=_context(begun.id, number))


def _context(import_id: int, number: int) -> str:
    return f"import:{import_id}:{number}"
