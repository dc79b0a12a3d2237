"""Alone: how the work on one plan or broadcast is kept from holding up the others'.

Whoever goes through several takes an ``Alone`` and does each piece through it. What it is in a
running house is in ``troubles``; ``together`` is the plain way, where what one raises ends all.
"""

from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

from sqlalchemy.orm import Session

_Done = TypeVar("_Done")


class Alone(Protocol):
    def __call__(
        self, session: Session, name: str, do: Callable[[], _Done], otherwise: _Done
    ) -> _Done:
        """Does it, in a savepoint. ``otherwise`` where nothing came of it."""
        ...

    def below(self, name: str) -> Mapping[str, bool]:
        """Who of it is in trouble, ``name/who`` being tried alone, and whether that rests."""
        ...


class Together:
    def __call__(
        self, session: Session, name: str, do: Callable[[], _Done], otherwise: _Done
    ) -> _Done:
        return do()

    def below(self, name: str) -> Mapping[str, bool]:
        return {}


together = Together()
