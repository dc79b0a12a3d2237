"""Faults the platform is told to have, by API path.

``errcode`` and ``http`` refuse the call. ``late`` and ``lost`` accept it first, and then answer
late or close the connection without an answer. They are kept in the store, so a restarted sandbox
still has them.
"""

import socket
import sqlite3
import time
from dataclasses import dataclass
from typing import Any

from flask import Response, request

CALLBACK = "callback:"  # what a kind of account is told, in the place of a path
FAULTS = ("late", "lost", "errcode", "http")
MAX_SECONDS = 60.0


class BadFault(Exception):
    """A fault that cannot be switched on; the text says why."""


@dataclass(frozen=True, slots=True)
class Fault:
    path: str
    fault: str
    errcode: int | None = None
    status: int | None = None
    seconds: float | None = None
    times_left: int | None = None  # None: until it is switched off

    @property
    def refuses(self) -> bool:
        return self.fault in ("errcode", "http")

    def spoil(self, response: Response) -> Response:
        """What the caller gets of an answer that has already been made good."""
        if self.fault == "late":
            time.sleep(self.seconds or 0)
        if self.fault == "http":
            return Response("upstream fault, on purpose\n", status=self.status)
        if self.fault == "lost":
            return _cut_off(response)
        return response


def callback_of(kind: str) -> str:
    """In the place of an API path: everything an account of this kind is told. It can only be
    lost."""
    return CALLBACK + kind


def wanted(entry: dict[str, Any], paths: frozenset[str]) -> Fault:
    """Raises BadFault."""
    fault = Fault(
        path=str(entry.get("path", "")),
        fault=str(entry.get("fault", "")),
        errcode=_number(entry, "errcode", -1, 9_999_999),
        status=_number(entry, "status", 400, 599),
        seconds=_number(entry, "seconds", 0, MAX_SECONDS),
        times_left=_number(entry, "times", 1, 1_000_000_000),
    )
    if fault.path not in paths:
        raise BadFault(f"path has to be one of {', '.join(sorted(paths))}")
    if fault.fault not in FAULTS:
        raise BadFault(f"fault has to be one of {', '.join(FAULTS)}")
    if fault.path.startswith(CALLBACK) and fault.fault != "lost":
        raise BadFault("a callback can only be lost")
    needed = {"late": "seconds", "errcode": "errcode", "http": "status"}.get(fault.fault)
    if needed and getattr(fault, needed) is None:
        raise BadFault(f"{fault.fault} needs {needed}")
    return fault


def switch_on(db: sqlite3.Connection, fault: Fault) -> int:
    """Returns its id. Faults of one path happen in the order they were switched on."""
    done = db.execute(
        "INSERT INTO faults (path, fault, errcode, status, seconds, times_left)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (fault.path, fault.fault, fault.errcode, fault.status, fault.seconds, fault.times_left),
    )
    return int(done.lastrowid or 0)


def switch_off(db: sqlite3.Connection, fault_id: int | None = None) -> int:
    """One, or all. Returns how many there were."""
    if fault_id is None:
        return db.execute("DELETE FROM faults").rowcount
    return db.execute("DELETE FROM faults WHERE id = ?", (fault_id,)).rowcount


def switched_on(db: sqlite3.Connection) -> list[dict[str, Any]]:
    return [dict(row) for row in db.execute("SELECT * FROM faults ORDER BY id")]


def take(db: sqlite3.Connection, path: str) -> Fault | None:
    """The fault that befalls this call, used up by one."""
    row = db.execute("SELECT * FROM faults WHERE path = ? ORDER BY id LIMIT 1", (path,)).fetchone()
    if row is None:
        return None
    if row["times_left"] == 1:
        switch_off(db, row["id"])
    elif row["times_left"] is not None:
        db.execute("UPDATE faults SET times_left = times_left - 1 WHERE id = ?", (row["id"],))
    fields = dict(row)
    del fields["id"]
    return Fault(**fields)


def _number(entry: dict[str, Any], name: str, low: float, high: float) -> Any:
    value = entry.get(name)
    if value is None or value == "":
        return None
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise BadFault(f"{name} has to be a number") from error
    if not low <= number <= high:
        raise BadFault(f"{name} has to be between {low} and {high:g}")
    return number if name == "seconds" else int(number)


def _cut_off(response: Response) -> Response:
    """Promises a body and breaks off before its first byte: the server can only hang up.
    Werkzeug's does not by itself, but hands its socket out."""
    connection = request.environ.get("werkzeug.socket")
    if connection is not None:
        connection.shutdown(socket.SHUT_RDWR)

    body = response.get_data()
    headers = {"Content-Length": str(len(body))}
    return Response(map(_lose, (body,)), headers=headers, mimetype="application/json")


def _lose(part: bytes) -> bytes:
    raise ConnectionResetError(f"{len(part)} bytes of answer were lost, on purpose")
