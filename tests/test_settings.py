"""Settings that cannot be right are refused at the start, by name."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from app.config import Settings

WRONG = [
    ("SIYU_TIME_ZONE", "Mars/Olympus", "time_zone"),
    ("SIYU_SECRET_KEY", "short", "secret_key"),
    ("SIYU_CALLBACK_SKEW_MAX_S", "0", "callback_skew_max_s"),
    ("SIYU_CALLBACK_SKEW_MAX_S", "soon", "callback_skew_max_s"),
    ("SIYU_WORKER_THREADS", "0", "worker_threads"),
    ("SIYU_RADAR_VIEWS_DAYS", "1", "radar_views_days"),
    ("SIYU_DANGER_ACCEPT_PLAINTEXT_CALLBACKS", "perhaps", "danger_accept_plaintext_callbacks"),
    ("PORT", "99999", "PORT"),
    ("SANDBOX_PORT", "eight", "SANDBOX_PORT"),
]


@pytest.mark.parametrize(("name", "value", "said"), WRONG)
def test_a_setting_that_cannot_be_right_is_refused_by_name(
    name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError, match=said):
        Settings()


def test_plaintext_is_refused_unless_somebody_asks_for_the_danger() -> None:
    assert Settings().danger_accept_plaintext_callbacks is False


def test_the_secret_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    first = Settings(var=tmp_path, secret_key="").secret()
    assert len(first) >= 32
    assert Settings(var=tmp_path, secret_key="").secret() == first
    assert (tmp_path / "secret.key").stat().st_mode & 0o077 == 0


def test_a_secret_from_the_environment_leaves_no_file(tmp_path: Path) -> None:
    assert Settings(var=tmp_path, secret_key="s" * 32).secret() == "s" * 32
    assert not (tmp_path / "secret.key").exists()
