"""How often a number may be reached, as each provider sets it by default, and what is pushed of
it afterwards."""

import json
import logging
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

from bots.sandbox import deliveries, wiring
from bots.sandbox.accounts import Account
from bots.sandbox.deliveries import Attempt, BadAnswer
from bots.sandbox.store import moment

TABLE = """
CREATE TABLE IF NOT EXISTS numbers_reached (
  account TEXT NOT NULL, number TEXT NOT NULL, at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS numbers_reached_of ON numbers_reached (account, number, at);
"""
BEIJING = timezone(timedelta(hours=8))
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

Rates = tuple[tuple[timedelta, int, str], ...]  # in so long, so often, or else this code
log = logging.getLogger(__name__)


def count(
    db: sqlite3.Connection, account: str, number: str, rates: Rates, now: datetime
) -> str | None:
    """Notes one more; the provider's code instead when that would be too often."""
    for period, times, code in rates:
        (before,) = db.execute(
            "SELECT count(*) FROM numbers_reached WHERE account = ? AND number = ? AND at > ?",
            (account, number, moment(now - period)),
        ).fetchone()
        if before >= times:
            return code
    db.execute("INSERT INTO numbers_reached VALUES (?, ?, ?)", (account, number, moment(now)))
    return None


def is_reachable(account: Account, number: str) -> bool:
    """Numbers that ``settings`` lists as unreachable get a report of failure."""
    return number not in account.settings.get("unreachable", ())


def push(sandbox: wiring.Sandbox, account: Account, body: Any, answer_name: str) -> None:
    """Tells the account's server in the background; ``answer_name`` is the number that its answer
    must have (``result``, ``code``)."""
    if not account.callback_url:
        return

    def attempt() -> Attempt:
        url = f"{account.callback_url}?token={quote(account.token)}"
        content = json.dumps(body, ensure_ascii=False).encode()
        return Attempt(url, content, {"Content-Type": "application/json"})

    def read(answer: bytes) -> None:
        try:
            said = json.loads(answer)
        except ValueError as error:
            raise BadAnswer(f"malformed: {error}") from error
        if not isinstance(said, Mapping) or not isinstance(said.get(answer_name), int):
            raise BadAnswer(f"no {answer_name}")

    def deliver() -> None:
        delivery = deliveries.deliver(attempt, read, sandbox.pace)
        if not delivery.delivered:
            log.warning("a report of %s was not taken: %s", account.key, delivery.answer)

    sandbox.background.submit(deliver)


def written(at: datetime) -> str:
    """``2015-10-17 08:03:04``, in Beijing."""
    return at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def seconds(at: datetime) -> str:
    return str(int(at.astimezone(UTC).timestamp()))
