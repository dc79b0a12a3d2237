"""The parts of one running sandbox, made once and passed on."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, cast

from flask import current_app

from bots.sandbox import accounts
from bots.sandbox.clock import MovableClock
from bots.sandbox.deliveries import Pace
from bots.sandbox.store import Store


class HasDirectory(Protocol):
    @property
    def directory(self) -> accounts.Directory: ...


@dataclass(frozen=True, slots=True)
class Given:
    """Accounts that do not come from a file."""

    directory: accounts.Directory


@dataclass(frozen=True, slots=True)
class Sandbox:
    source: HasDirectory
    store: Store
    clock: MovableClock
    pace: Pace
    background: ThreadPoolExecutor  # for callbacks that no caller waits for

    @property
    def directory(self) -> accounts.Directory:
        return self.source.directory


def make(
    known: str | Path | Mapping[str, Any],
    state: str | Path,
    *,
    pace: Pace,
    clock: Callable[[], datetime] | None = None,
    tables: str = "",
) -> Sandbox:
    """``known`` is the accounts file, or what it would say. Raises accounts.BadAccounts."""
    source: HasDirectory
    if isinstance(known, Mapping):
        source = Given(accounts.read(known))
    else:
        source = accounts.AccountsFile(Path(known))
    store = Store(Path(state), tables)
    return Sandbox(
        source=source,
        store=store,
        clock=MovableClock(clock or (lambda: datetime.now(UTC)), store),
        pace=pace,
        background=ThreadPoolExecutor(max_workers=1, thread_name_prefix="callbacks"),
    )


def current() -> Sandbox:
    """The sandbox of the request being answered."""
    return cast(Sandbox, current_app.extensions["sandbox"])
