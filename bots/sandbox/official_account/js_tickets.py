"""Tickets that pages sign their use of the JS-SDK with: the same one for two hours.

Official documentation: "JS-SDK", appendix 1.
"""

import secrets
from datetime import timedelta
from typing import Any

from bots.sandbox.calls import Call
from bots.sandbox.refusals import Refused
from bots.sandbox.store import moment, moment_from

KINDS = ("jsapi", "wx_card")
LIVES = timedelta(seconds=7200)
TABLES = """
CREATE TABLE IF NOT EXISTS js_tickets (
  account TEXT NOT NULL, kind TEXT NOT NULL, ticket TEXT NOT NULL, expires_at TEXT NOT NULL,
  PRIMARY KEY (account, kind));
"""


def ticket(call: Call) -> dict[str, Any]:
    account, kind = call.account(), call.query.get("type", "")
    if kind not in KINDS:
        raise Refused(40097, "invalid args, type is jsapi or wx_card")
    row = call.db.execute(
        "SELECT * FROM js_tickets WHERE account = ? AND kind = ?", (account.key, kind)
    ).fetchone()
    if row is not None and row["expires_at"] > moment(call.now):
        known, left = row["ticket"], moment_from(row["expires_at"]) - call.now
    else:
        known, left = f"kgt8{secrets.token_urlsafe(60)}", LIVES
        entry = (account.key, kind, known, moment(call.now + LIVES))
        call.db.execute("INSERT OR REPLACE INTO js_tickets VALUES (?, ?, ?, ?)", entry)
    lives_s = int(left.total_seconds())
    return {"errcode": 0, "errmsg": "ok", "ticket": known, "expires_in": lives_s}


ROUTES = (("GET", "/cgi-bin/ticket/getticket", ticket),)
