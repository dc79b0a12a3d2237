"""What the platform tells an account's server afterwards, without being asked: what became of a
message it took. Kept until it has been told, so a restarted sandbox goes on with it."""

import json
import logging
from collections.abc import Mapping
from concurrent.futures import Future
from functools import partial
from typing import Any

from bots.sandbox import callbacks, wiring
from bots.sandbox.accounts import Account
from bots.sandbox.calls import Call
from bots.sandbox.store import moment

log = logging.getLogger(__name__)

TABLE = """
CREATE TABLE IF NOT EXISTS reports (
  id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, push TEXT NOT NULL, told_at TEXT);
CREATE INDEX IF NOT EXISTS reports_untold ON reports (id) WHERE told_at IS NULL;
"""


def owe(call: Call, account: Account, push: Mapping[str, Any]) -> None:
    """To be told once this call is committed, if there is a server to tell."""
    if not (account.callback_url and account.token and account.encoding_aes_key):
        return
    kept = json.dumps(push, ensure_ascii=False)
    call.db.execute("INSERT INTO reports (account, push) VALUES (?, ?)", (account.key, kept))
    call.after_commit.append(partial(tell_later, call.sandbox))


def tell_later(sandbox: wiring.Sandbox) -> None:
    """Tells all that has not been told, without being waited for."""
    sandbox.background.submit(_tell_all, sandbox).add_done_callback(_log_failure)


def _tell_all(sandbox: wiring.Sandbox) -> None:
    rows = sandbox.store.reading().execute("SELECT * FROM reports WHERE told_at IS NULL")
    for report in rows.fetchall():
        account = sandbox.directory.account(report["account"])
        if account is None:
            continue
        callbacks.deliver_push(sandbox, account, json.loads(report["push"]))
        with sandbox.store.writing() as db:
            told = (moment(sandbox.clock()), report["id"])
            db.execute("UPDATE reports SET told_at = ? WHERE id = ?", told)


def _log_failure(told: Future[None]) -> None:
    error = told.exception()
    if error is not None:
        log.error("what became of a message was not told", exc_info=error)
