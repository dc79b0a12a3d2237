"""Mass jobs: accepted now, told of later by a MASSSENDJOBFINISH callback, counted by the minute, by
the day and by each follower's month ("Mass messages")."""

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any

from bots.sandbox import callbacks, limits, pushes, sent, wiring
from bots.sandbox.accounts import Account
from bots.sandbox.calls import Call
from bots.sandbox.official_account import subscriptions
from bots.sandbox.refusals import Refused
from bots.sandbox.store import moment

log = logging.getLogger(__name__)

BEIJING = timezone(timedelta(hours=8))
DATA_ID_OFFSET = 2_247_480_000


def accept(
    call: Call, account: Account, api: str, openids: Sequence[str], kind: str, content: Any
) -> dict[str, Any]:
    """One message to all of them who can be reached. Raises Refused 45065, 45067, 45009, 45011."""
    body = call.body()
    client_key = _client_key(body)
    _refuse_repetition(call, account.key, client_key)
    _check_rates(call, account.key)
    reachable = [one for one in openids if _is_reachable(call, account, one)]
    job = _keep(call, account.key, client_key, total=len(openids), reached=len(reachable))
    message = sent.Message(account.key, api, kind, content, body.get("clientmsgid"), call.client)
    sent.record(call.db, message, reachable, call.now)
    _count_for_the_month(call, account.key, reachable)
    call.after_commit.append(partial(report_later, call.sandbox))
    return {"errcode": 0, "errmsg": "send job submission success", **ids(job)}


def ids(msg_id: int) -> dict[str, int]:
    return {"msg_id": msg_id, "msg_data_id": DATA_ID_OFFSET + msg_id}


def report_later(sandbox: wiring.Sandbox) -> None:
    """Tell the outcome of every job whose outcome has not been told, without being waited for."""
    sandbox.background.submit(_report_all, sandbox).add_done_callback(_log_failure)


def _report_all(sandbox: wiring.Sandbox) -> None:
    rows = sandbox.store.reading().execute("SELECT * FROM mass_jobs WHERE reported_at IS NULL")
    for job in rows.fetchall():
        account = sandbox.directory.account(job["account"])
        if account is None:
            continue
        push = pushes.mass_send_finished(
            account, job["msg_id"], job["total"], job["sent"], sandbox.clock.real()
        )
        if account.callback_url:
            callbacks.deliver_push(sandbox, account, push)
        with sandbox.store.writing() as db:
            db.execute(
                "UPDATE mass_jobs SET reported_at = ? WHERE msg_id = ?",
                (moment(sandbox.clock()), job["msg_id"]),
            )


def _log_failure(reports: Future[None]) -> None:
    error = reports.exception()
    if error is not None:
        log.error("the outcome of a mass send was not told", exc_info=error)


def _client_key(body: Mapping[str, Any]) -> str:
    """The caller's, else a digest of recipients and content: without one, the platform tells a
    repetition by those."""
    given = body.get("clientmsgid")
    if given is None or given == "":
        whole = json.dumps(body, sort_keys=True).encode()
        return f"digest:{hashlib.sha256(whole).hexdigest()}"
    if not isinstance(given, str) or len(given.encode()) > limits.CLIENT_KEY_MAX_BYTES:
        raise Refused(45067, "clientmsgid size out of limit")
    return f"given:{given}"


def _refuse_repetition(call: Call, account: str, client_key: str) -> None:
    row = call.db.execute(
        "SELECT msg_id FROM mass_jobs WHERE account = ? AND client_key = ? AND accepted_at > ?",
        (account, client_key, moment(call.now - limits.CLIENT_KEY_LIVES)),
    ).fetchone()
    if row is not None:
        raise Refused(45065, "clientmsgid exist", **ids(row["msg_id"]))


def _is_reachable(call: Call, account: Account, openid: str) -> bool:
    directory = call.sandbox.directory
    try:
        subscriptions.check_openid(directory, account, openid)
    except Refused:
        return False
    if not subscriptions.is_subscribed(call.db, directory, account.key, openid):
        return False
    row = call.db.execute(
        "SELECT times FROM mass_months WHERE account = ? AND openid = ? AND month = ?",
        (account.key, openid, _month(call.now)),
    ).fetchone()
    return row is None or row["times"] < limits.MASS_A_MONTH


def _count_for_the_month(call: Call, account: str, openids: Sequence[str]) -> None:
    """Of members we know; what strangers have had is not ours to know."""
    known = [one for one in openids if call.sandbox.directory.owner(account, one) is not None]
    call.db.executemany(
        "INSERT INTO mass_months VALUES (?, ?, ?, 1)"
        " ON CONFLICT (account, openid, month) DO UPDATE SET times = times + 1",
        [(account, one, _month(call.now)) for one in known],
    )


def _month(now: datetime) -> str:
    return now.astimezone(BEIJING).strftime("%Y-%m")


def _check_rates(call: Call, account: str) -> None:
    midnight = call.now.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
    for since, most, code in (
        (midnight, limits.MASS_CALLS_A_DAY, 45009),
        (call.now - timedelta(minutes=1), limits.MASS_CALLS_A_MINUTE, 45011),
    ):
        row = call.db.execute(
            "SELECT count(*) AS times FROM mass_jobs WHERE account = ? AND accepted_at >= ?",
            (account, moment(since)),
        ).fetchone()
        if row["times"] >= most:
            raise Refused(code, "reach max api quota limit")


def _keep(call: Call, account: str, client_key: str, *, total: int, reached: int) -> int:
    done = call.db.execute(
        "INSERT INTO mass_jobs (account, client_key, accepted_at, total, sent)"
        " VALUES (?, ?, ?, ?, ?)",
        (account, client_key, moment(call.now), total, reached),
    )
    return int(done.lastrowid or 0)
