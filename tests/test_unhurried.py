"""What the tests do in haste (see in_haste.py) takes its time where people work."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db import engine_of
from app.domain.people import operators
from bots.sandbox.store import Store

FULL = 2  # as SQLite numbers it
OWASP_S_LIGHTER = "$argon2id$v=19$m=19456,t=2,p=1$"


@pytest.mark.usefixtures("unhurried")
def test_what_is_written_is_on_the_disk_before_anybody_hears_of_it(
    sqlite_url: str, tmp_path: Path
) -> None:
    engine = engine_of(sqlite_url)
    with engine.connect() as connection:
        assert connection.scalar(sa.text("PRAGMA synchronous")) == FULL
    engine.dispose()
    (kept,) = Store(tmp_path / "sandbox.db").reading().execute("PRAGMA synchronous").fetchone()
    assert kept == FULL


@pytest.mark.usefixtures("unhurried")
def test_a_password_is_dear_to_guess_and_a_login_cheap(session: Session) -> None:
    now = datetime(2026, 11, 2, 4, tzinfo=UTC)
    made = operators.add(session, "april@shop.example", "四月", "correct horse", now)
    assert made.password_hash.startswith(OWASP_S_LIGHTER)
    assert operators.log_in(session, "april@shop.example", "correct horse") == made
    assert operators.log_in(session, "april@shop.example", "wrong horse") is None
