"""One API call, from its JSON to its answer.

Everything a call changes, and the count of it, is one transaction, committed before anything is
answered. Only then may a fault spoil the answer.
"""

import hmac
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import Response, jsonify, request
from werkzeug.datastructures import Headers

from bots.sandbox import bodies, call_records, faults, refusals, tokens, wiring
from bots.sandbox.accounts import Account
from bots.sandbox.refusals import Refused


@dataclass(slots=True)
class Call:
    """What a handler has to know. It checks first, and writes once nothing can be refused.
    ``status`` is that of the HTTP answer, 200 with nearly every platform."""

    sandbox: wiring.Sandbox
    db: sqlite3.Connection
    query: Mapping[str, str]
    raw: bytes
    headers: Headers
    now: datetime
    address: str = ""  # the IP it came from
    path: str = ""
    asked_by: str = ""  # the account whose token it carried
    after_commit: list[Callable[[], object]] = field(default_factory=list)
    status: int = 200

    @property
    def client(self) -> str:
        return self.headers.get("User-Agent", "")[:200]

    def body(self) -> dict[str, Any]:
        """Raises Refused 47001."""
        try:
            return bodies.read(self.raw)
        except bodies.NotAnObject as error:
            raise Refused(47001, "data format error") from error

    def account(self) -> Account:
        """Whose access_token this is. Raises Refused 41001, 40001, 42001, and 45009 when the
        account may not call this any more today."""
        key = tokens.account_of(self.db, self.query.get("access_token", ""), self.now)
        account = self.sandbox.directory.account(key)
        if account is None:
            raise Refused(40001, "invalid credential, the account is no more")
        self.asked_by = key
        daily = call_records.daily_limit(account.settings, self.path)
        if call_records.today(self.db, key, self.path, self.now) >= daily:
            raise Refused(45009, "reach max api daily quota limit")
        return account


@dataclass(frozen=True, slots=True)
class Picture:
    """An answer that is no JSON, with the name of the file if it has one."""

    content: bytes
    mimetype: str
    name: str = ""


Answer = dict[str, Any] | Picture
Handler = Callable[[Call], Answer]


def view(path: str, handler: Handler) -> Callable[[], Response]:
    """The Flask view of one API path."""

    def answer() -> Response:
        sandbox = wiring.current()
        raw = request.get_data()
        with sandbox.store.writing() as db:
            fault = faults.take(db, path)
            call = Call(
                sandbox, db, request.args, raw, request.headers, sandbox.clock(), _address(), path
            )
            body = _body_of(call, handler, fault)
            verdict = {} if isinstance(body, Picture) else body
            _count(db, path, verdict.get("errcode", 0))
            _keep(call, verdict)
        for follow_up in call.after_commit:
            follow_up()
        response = _response(body)
        response.status_code = call.status
        return fault.spoil(response) if fault else response

    return answer


def checked_account(call: Call, appid: str, secret: str, *kinds: str) -> Account:
    """The account that asks with its secret. Raises Refused 40013 or 40125."""
    account = call.sandbox.directory.account_of_appid(appid, *kinds)
    if account is None:
        raise Refused(40013, "invalid appid")
    if not hmac.compare_digest(account.secret.encode(), secret.encode()):
        raise Refused(40125, "invalid appsecret")
    return account


def counted(db: sqlite3.Connection) -> list[dict[str, Any]]:
    """How often each path was called, and what it answered."""
    return [dict(row) for row in db.execute("SELECT * FROM calls ORDER BY path, errcode")]


def _response(answer: Answer) -> Response:
    if isinstance(answer, Picture):
        response = Response(answer.content, mimetype=answer.mimetype)
        if answer.name:
            response.headers["Content-Disposition"] = f'attachment; filename="{answer.name}"'
        return response
    return jsonify(answer)


def _body_of(call: Call, handler: Handler, fault: faults.Fault | None) -> Answer:
    if fault and fault.refuses:
        code = fault.errcode if fault.errcode is not None else -1
        return refusals.body(Refused(code, "fault switched on in the sandbox"))
    try:
        return handler(call)
    except Refused as refused:
        return refusals.body(refused)


def _keep(call: Call, answer: Mapping[str, Any]) -> None:
    if not call.asked_by:
        return
    if answer.get("errcode", 0) == 0:
        call_records.count(call.db, call.asked_by, call.path, call.now)
        return
    said = call.raw, str(answer.get("errmsg", ""))
    call_records.keep_refused(call.db, call.asked_by, call.path, said, call.address, call.now)


def _address() -> str:
    return request.remote_addr or ""


def _count(db: sqlite3.Connection, path: str, errcode: int) -> None:
    db.execute(
        "INSERT INTO calls VALUES (?, ?, 1) ON CONFLICT (path, errcode) DO UPDATE"
        " SET times = times + 1",
        (path, errcode),
    )
