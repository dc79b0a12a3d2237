"""Visits of the doctor: the demo shop in good health, and what is said to be wrong."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask

from app import commands, doctor
from app.doctor import house
from app.domain.people import channels
from app.domain.people.channels import Channel
from app.wiring import Siyu
from tests.running_house import RunningHouse, running

NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def shop(sqlite_url: str, redis_url: str, tmp_path: Path) -> Iterator[RunningHouse]:
    """The demo shop, in good health."""
    with running(tmp_path, sqlite_url, redis_url) as opened:
        settle(opened.siyu)
        yield opened


def settle(siyu: Siyu) -> None:
    """Waits for the first tick."""
    give_up_at = datetime.now(UTC) + timedelta(seconds=20)
    while house.scheduler_ticks(siyu) and datetime.now(UTC) < give_up_at:
        time.sleep(0.02)


def troubles(siyu: Siyu) -> dict[str, str]:
    """By what was looked at: what the doctor says is wrong with it."""
    found = [(about, trouble) for about, trouble in doctor.examine(siyu) if trouble]
    assert all(trouble.zh and trouble.en for _, trouble in found)
    return {about.en: trouble.en for about, trouble in found}


def only_trouble(siyu: Siyu) -> tuple[str, str]:
    (found,) = troubles(siyu).items()
    return found


def prescribed(siyu: Siyu) -> Result:
    app = Flask("doctor")
    commands.add_to(app, siyu)
    return app.test_cli_runner().invoke(args=["doctor"])


def set_channel(siyu: Siyu, key: str = "demo-oa", **values: Any) -> None:
    with siyu.database.writing() as session:
        session.execute(sa.update(Channel).where(Channel.key == key).values(**values))


def set_secrets(siyu: Siyu, key: str = "demo-oa", **secrets: str) -> None:
    with siyu.database.writing() as session:
        channel = channels.by_key(session, key)
        assert channel is not None
        channels.change(session, channel.id, vault=siyu.vault, secrets=secrets)


@contextmanager
def settled_differently(siyu: Siyu, **settings: Any) -> Iterator[None]:
    """The house under other settings than its processes have."""
    before = siyu.settings
    siyu.settings = before.model_copy(update=settings)
    yield
    siyu.settings = before
