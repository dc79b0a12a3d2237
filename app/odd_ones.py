"""Odd ones: of a batch that is worked through together, those at which it raises are found, and the
others go on without them.

What raises is taken back and tried with either half of the batch, down to a single one. Where many
raise and none goes well, the trouble is the plan's or the broadcast's and none of theirs, and it is
left to ``alone``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

MANY = 8

_One = TypeVar("_One")


@dataclass(frozen=True, slots=True)
class Odd(Generic[_One]):
    """One at which the work raises, and what."""

    one: _One
    error: Exception


def found(
    session: Session, batch: Sequence[_One], do: Callable[[Sequence[_One]], object]
) -> list[Odd[_One]]:
    """Does the batch, without the odd ones, which are returned. Raises what the first of them did
    when MANY raise before any goes well; and OperationalError, since the database's trouble is
    nobody's and all is tried again."""
    search = _Search(session, do)
    search.through(batch)
    return search.odd


@dataclass(slots=True)
class _Search(Generic[_One]):
    session: Session
    do: Callable[[Sequence[_One]], object]
    odd: list[Odd[_One]] = field(default_factory=list)
    any_went_well: bool = False

    def through(self, batch: Sequence[_One]) -> None:
        if not batch:
            return
        try:
            with self.session.begin_nested():
                self.do(batch)
        except OperationalError as error:
            if not is_of_the_content(error):
                raise
            self._without(batch, error)
        except Exception as error:  # noqa: BLE001  an odd one may not hold up the others
            self._without(batch, error)
        else:
            self.any_went_well = True

    def _without(self, batch: Sequence[_One], error: Exception) -> None:
        if len(batch) > 1:
            middle = len(batch) // 2
            self.through(batch[:middle])
            self.through(batch[middle:])
            return
        self.odd.append(Odd(batch[0], error))
        if len(self.odd) == MANY and not self.any_went_well:
            raise self.odd[0].error


def is_of_the_content(error: OperationalError) -> bool:
    """PostgreSQL's class 54, "program limit exceeded": too much for it, now and for ever."""
    return str(getattr(error.orig, "sqlstate", "")).startswith("54")
