"""What takes its time on purpose where people work is done in haste here. Nobody cuts the power
while tests run, and what killed processes have written, the kernel keeps: so SQLite does not wait
for the disk (nor does PostgreSQL, see servers.py). And nobody guesses the tests' passwords.

A test that asks for ``unhurried`` has all of it as it is where people work; so have the processes
that tests start.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

NO_WAITING = "PRAGMA synchronous = OFF"
Setting = tuple[Any, str]


@contextmanager
def in_haste() -> Iterator[dict[Setting, Any]]:
    """Yields what the settings are otherwise."""
    from argon2 import PasswordHasher

    from app import db
    from app.domain.people import operators
    from bots.sandbox import store

    quick: dict[Setting, Any] = {
        (db, "SQLITE_DURABILITY"): NO_WAITING,
        (store, "SQLITE_DURABILITY"): NO_WAITING,
        (operators, "_hasher"): PasswordHasher(time_cost=1, memory_cost=8, parallelism=1),
    }
    usual = {(module, name): getattr(module, name) for module, name in quick}
    with pytest.MonkeyPatch.context() as patched:
        for (module, name), value in quick.items():
            patched.setattr(module, name, value)
        yield usual


@pytest.fixture(scope="session", autouse=True)
def _usually() -> Iterator[dict[Setting, Any]]:
    with in_haste() as usual:
        yield usual


@pytest.fixture
def unhurried(_usually: dict[Setting, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for (module, name), value in _usually.items():
        monkeypatch.setattr(module, name, value)
