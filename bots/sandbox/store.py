"""What the sandbox remembers, in one SQLite file of its own.

WAL with synchronous=FULL: what was accepted is on the disk before it is answered, so the sandbox
stays a witness through kill -9 and a power cut alike. One connection per thread; writers take
turns in this process and wait for each other across processes.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

BUSY_TIMEOUT_MS = 10_000
SQLITE_DURABILITY = "PRAGMA synchronous = FULL"

SCHEMA = """
CREATE TABLE IF NOT EXISTS access_tokens (
  token TEXT PRIMARY KEY, account TEXT NOT NULL, family TEXT NOT NULL, issued_at TEXT NOT NULL,
  valid_until TEXT NOT NULL, expires_at TEXT NOT NULL, forced INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS access_tokens_of ON access_tokens (account, family, issued_at);
CREATE TABLE IF NOT EXISTS sent (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, account TEXT NOT NULL,
  api TEXT NOT NULL, recipient TEXT NOT NULL, kind TEXT NOT NULL, content TEXT NOT NULL,
  key TEXT, client TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS sent_to ON sent (recipient, id);
CREATE INDEX IF NOT EXISTS sent_at ON sent (at);
CREATE TABLE IF NOT EXISTS gateway_keys (
  account TEXT NOT NULL, key TEXT NOT NULL, digest TEXT NOT NULL, msg_id TEXT NOT NULL,
  PRIMARY KEY (account, key));
CREATE TABLE IF NOT EXISTS mass_jobs (
  msg_id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, client_key TEXT NOT NULL,
  accepted_at TEXT NOT NULL, total INTEGER NOT NULL, sent INTEGER NOT NULL, reported_at TEXT);
CREATE INDEX IF NOT EXISTS mass_jobs_of ON mass_jobs (account, client_key);
CREATE TABLE IF NOT EXISTS subscriptions (
  account TEXT NOT NULL, openid TEXT NOT NULL, subscribed INTEGER NOT NULL,
  changed_at TEXT NOT NULL, scene TEXT NOT NULL, PRIMARY KEY (account, openid));
CREATE TABLE IF NOT EXISTS qr_codes (
  ticket TEXT PRIMARY KEY, account TEXT NOT NULL, scene TEXT NOT NULL, expires_at TEXT);
CREATE TABLE IF NOT EXISTS login_codes (
  code TEXT PRIMARY KEY, account TEXT NOT NULL, kind TEXT NOT NULL, openid TEXT NOT NULL,
  made_at TEXT NOT NULL, used_at TEXT);
CREATE TABLE IF NOT EXISTS said (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, account TEXT NOT NULL,
  sender TEXT NOT NULL, sender_name TEXT NOT NULL, room TEXT NOT NULL, kind TEXT NOT NULL,
  content TEXT NOT NULL, delivered INTEGER, tries INTEGER NOT NULL DEFAULT 0,
  answer TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS said_in ON said (account, room, sender, id);
CREATE TABLE IF NOT EXISTS windows (
  id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, openid TEXT NOT NULL,
  closes_at TEXT NOT NULL, messages_left INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS windows_of ON windows (account, openid, closes_at);
CREATE TABLE IF NOT EXISTS mass_months (
  account TEXT NOT NULL, openid TEXT NOT NULL, month TEXT NOT NULL, times INTEGER NOT NULL,
  PRIMARY KEY (account, openid, month));
CREATE TABLE IF NOT EXISTS room_messages (
  account TEXT NOT NULL, room TEXT NOT NULL, at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS room_messages_at ON room_messages (at);
CREATE INDEX IF NOT EXISTS room_messages_in ON room_messages (account, room);
CREATE TABLE IF NOT EXISTS clock (id INTEGER PRIMARY KEY, advanced_s REAL NOT NULL);
CREATE TABLE IF NOT EXISTS calls (
  path TEXT NOT NULL, errcode INTEGER NOT NULL, times INTEGER NOT NULL,
  PRIMARY KEY (path, errcode));
CREATE TABLE IF NOT EXISTS faults (
  id INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT NOT NULL, fault TEXT NOT NULL, errcode INTEGER,
  status INTEGER, seconds REAL, times_left INTEGER);
"""


class _Connection(sqlite3.Connection):
    """Closes when its thread ends, or when the store is no more."""

    def __del__(self) -> None:
        self.close()


class Store:
    """Opens (and makes) the file at ``path`` with what everybody needs and the ``tables`` of the
    parts; raises sqlite3.Error if that cannot be."""

    def __init__(self, path: Path, tables: str = "") -> None:
        self._path = path
        self._local = threading.local()
        self._turn = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        db = self.reading()
        db.execute("PRAGMA journal_mode = WAL")
        db.executescript(f"BEGIN IMMEDIATE; {SCHEMA} {tables} COMMIT;")  # one wait for the disk

    def reading(self) -> sqlite3.Connection:
        """This thread's connection, each statement on its own."""
        db: sqlite3.Connection | None = getattr(self._local, "db", None)
        if db is None:
            db = sqlite3.connect(
                self._path, isolation_level=None, check_same_thread=False, factory=_Connection
            )
            db.row_factory = sqlite3.Row
            db.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
            db.execute(SQLITE_DURABILITY)
            self._local.db = db
        return db

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: durable when the block is left, undone if it raises."""
        db = self.reading()
        with self._turn:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")


def moment(at: datetime) -> str:
    """ISO, UTC, of one width, so that moments sort as text."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def moment_from(text: str) -> datetime:
    """Raises ValueError. A moment without a zone is UTC."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
