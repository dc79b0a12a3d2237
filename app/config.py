"""Settings: read once from the environment, and refused at start when they cannot be right."""

import os
import secrets
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.embedded_redis import embedded_redis_url

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Every setting of Siyu. Names in the environment carry the prefix ``SIYU_``; PORT and
    SANDBOX_PORT stand alone, as hosting platforms set them."""

    model_config = SettingsConfigDict(env_prefix="SIYU_", extra="ignore", frozen=True)

    var: Path = ROOT / "var"
    database_url: str = ""
    redis_url: str = ""
    secret_key: str = ""
    public_url: str = ""
    time_zone: str = "Asia/Shanghai"
    callback_skew_max_s: int = Field(default=300, ge=1)
    danger_accept_plaintext_callbacks: bool = False
    worker_threads: int = Field(default=4, ge=1, le=64)
    sender_hands: int = Field(default=256, ge=0, le=512)
    radar_views_days: int = Field(default=180, ge=3)  # so long each view is kept by itself
    log_level: str = "INFO"
    port: int = Field(default=8000, validation_alias="PORT", ge=1, le=65_535)
    sandbox_port: int = Field(default=8001, validation_alias="SANDBOX_PORT", ge=1, le=65_535)

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"not a time zone: {value!r}") from error
        return value

    @field_validator("secret_key")
    @classmethod
    def _is_long_enough(cls, value: str) -> str:
        if value and len(value) < 32:
            raise ValueError("SIYU_SECRET_KEY needs at least 32 characters")
        return value

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.var.absolute() / 'siyu.db'}"

    @property
    def redis(self) -> str:
        return self.redis_url or embedded_redis_url(self.var)

    @property
    def public_base_url(self) -> str:
        return (self.public_url or f"http://127.0.0.1:{self.port}").rstrip("/")

    @property
    def sandbox_url(self) -> str:
        return f"http://127.0.0.1:{self.sandbox_port}"

    def secret(self) -> str:
        """The secret everything is sealed and signed with: from the environment, or on a machine
        of its own from ``var/secret.key``, made at the first start and readable by its owner."""
        return self.secret_key or _kept_secret(self.var / "secret.key")


def _kept_secret(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(48))
    return path.read_text().strip()
