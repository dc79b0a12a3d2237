"""Channels 渠道账号: the accounts through which members reach us."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id
from app.domain.vault import Vault


class Kind(StrEnum):
    OFFICIAL_ACCOUNT = "official_account"
    MINI_PROGRAM = "mini_program"
    GROUP_GATEWAY = "group_gateway"


class MissingSecret(Exception):
    """The account cannot be spoken to safely without this secret, or with one that cannot be
    right."""


class KeyTaken(Exception):
    """There is a channel of this key already."""


NEEDED = {
    Kind.OFFICIAL_ACCOUNT: ("token", "encoding_aes_key", "secret"),
    Kind.MINI_PROGRAM: ("secret",),
    Kind.GROUP_GATEWAY: ("secret",),
}


class Channel(Base):
    __tablename__ = "channels"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    name: Mapped[str]
    appid: Mapped[str]
    original_id: Mapped[str] = mapped_column(default="")
    api_base_url: Mapped[str]
    callback_mode: Mapped[str] = mapped_column(default="safe")  # safe | plain
    sealed_secrets: Mapped[bytes]
    created_at: Mapped[datetime]
    parked_until: Mapped[datetime | None]  # its quota is used up until then

    @property
    def is_plaintext(self) -> bool:
        return self.callback_mode == "plain"

    def secrets(self, vault: Vault) -> Mapping[str, str]:
        """Token, EncodingAESKey and secret, as the platform's console shows them."""
        return vault.open_fields(self.sealed_secrets, context=f"channel:{self.key}")


def add(
    session: Session,
    *,
    key: str,
    kind: str,
    name: str,
    appid: str,
    original_id: str = "",
    api_base_url: str,
    secrets: Mapping[str, str],
    vault: Vault,
    now: datetime,
) -> Channel:
    """Adds an account; its secrets are sealed before they are stored. Raises MissingSecret and
    KeyTaken."""
    for needed in NEEDED[Kind(kind)]:
        if not secrets.get(needed):
            raise MissingSecret(needed)
    if "encoding_aes_key" in NEEDED[Kind(kind)] and len(secrets["encoding_aes_key"]) != 43:
        raise MissingSecret("encoding_aes_key has 43 characters")
    if by_key(session, key) is not None:
        raise KeyTaken(key)
    channel = Channel(
        key=key,
        kind=Kind(kind),
        name=name,
        appid=appid,
        original_id=original_id,
        api_base_url=api_base_url,
        sealed_secrets=vault.seal_fields(secrets, context=f"channel:{key}"),
        created_at=now,
    )
    session.add(channel)
    session.flush()
    return channel


def by_key(session: Session, key: str) -> Channel | None:
    return session.scalar(sa.select(Channel).where(Channel.key == key))


def park(session: Session, channel_id: int, until: datetime) -> None:
    """The platform's quota is used up: nothing is sent on this channel before ``until``."""
    session.execute(sa.update(Channel).where(Channel.id == channel_id).values(parked_until=until))


def all_of(session: Session) -> Sequence[Channel]:
    return session.scalars(sa.select(Channel).order_by(Channel.id)).all()
