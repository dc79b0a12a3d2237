"""Once: what operators have set is read once in a transaction. A worker handles many events in one,
and each of them asks for the same rules.

Who changes a rule in the same transaction reads it anew. What others change counts from the next
transaction on, as if everything in this one had come just before.
"""

from collections.abc import Callable
from itertools import chain
from typing import TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session, SessionTransaction

from app.db import Base

_KEPT = "read once"
_Read = TypeVar("_Read")


def read(session: Session, reader: Callable[[Session], _Read], *rows: type[Base]) -> _Read:
    """What ``reader`` makes of the rows of these tables, and of nothing else."""
    session.flush()  # or what this transaction has set would not be seen
    kept = session.info.setdefault(_KEPT, {})
    if reader not in kept:
        kept[reader] = rows, reader(session)
    return cast(_Read, kept[reader][1])


def forget(session: Session, *rows: type[Base]) -> None:
    """For who writes them beside the session, with a statement; it sees everything else itself."""
    kept = session.info.get(_KEPT, {})
    for reader in [reader for reader, (asked, _) in kept.items() if set(asked) & set(rows)]:
        del kept[reader]


@sa.event.listens_for(Session, "after_flush")
def _forget_written(session: Session, _context: object) -> None:
    if session.info.get(_KEPT):
        forget(session, *{type(one) for one in chain(session.new, session.dirty, session.deleted)})


@sa.event.listens_for(Session, "after_soft_rollback")
def _forget_undone(session: Session, _transaction: SessionTransaction) -> None:
    session.info.pop(_KEPT, None)


@sa.event.listens_for(Session, "after_transaction_end")
def _forget_all(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:  # a savepoint is no end
        session.info.pop(_KEPT, None)
