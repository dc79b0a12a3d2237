"""A WeChat of our own: the platform's HTTP API, its callbacks, and phones to chat with.

An independent program: it shares no code with the rest, so that it is a check of it.
"""

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Flask

from bots.sandbox import control_api, pages, platform_api, reports, wiring, wrong_calls
from bots.sandbox.deliveries import Pace
from bots.sandbox.official_account import authorize_page, mass_jobs

BODY_MAX_BYTES = 12 * 1024 * 1024  # the largest files are 10 MB
DEFAULT_ACCOUNTS = "var/sandbox/accounts.json"
DEFAULT_STATE = "var/sandbox/state.db"
PLATFORMS_PACE = Pace()


def create_app(
    accounts: str | Path | Mapping[str, Any] | None = None,
    state: str | Path | None = None,
    *,
    pace: Pace = PLATFORMS_PACE,
    clock: Callable[[], datetime] | None = None,
) -> Flask:
    """``accounts`` is the accounts file (or what it would say), ``state`` the SQLite file; both
    come from SANDBOX_ACCOUNTS and SANDBOX_STATE if not given. Raises accounts.BadAccounts."""
    sandbox = wiring.make(
        accounts or os.environ.get("SANDBOX_ACCOUNTS", DEFAULT_ACCOUNTS),
        state or os.environ.get("SANDBOX_STATE", DEFAULT_STATE),
        pace=pace,
        clock=clock,
        tables=platform_api.TABLES,
    )
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = BODY_MAX_BYTES
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.extensions["sandbox"] = sandbox
    for part in (platform_api, authorize_page, control_api, pages):
        app.register_blueprint(part.blueprint)
    wrong_calls.answer_in_json(app, platform_api.PATHS)
    mass_jobs.report_later(sandbox)  # those a killed sandbox did not get to
    reports.tell_later(sandbox)
    return app
