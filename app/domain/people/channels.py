"""Channels 渠道账号: the accounts through which members reach us."""

import re
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
    """The account cannot be spoken to safely without this secret."""


class BadSecret(Exception):
    """This secret cannot be right: an EncodingAESKey has 43 letters and digits."""


class KeyTaken(Exception):
    """There is a channel of this key already."""


NEEDED = {
    Kind.OFFICIAL_ACCOUNT: ("token", "encoding_aes_key", "secret"),
    Kind.MINI_PROGRAM: ("secret",),
    Kind.GROUP_GATEWAY: ("secret",),
}


# What a callback is proved with; the one before the last change stays good until it is forgotten
ROTATED = ("token", "encoding_aes_key")
_ENCODING_AES_KEY = re.compile(r"[A-Za-z0-9+/]{43}")


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
        """Token, EncodingAESKey and secret, as the platform's console shows them; ``previous_…``
        are those before the last change. Raises CannotOpen."""
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
    """Adds an account; its secrets are sealed before they are stored. Raises MissingSecret,
    BadSecret and KeyTaken."""
    check_secrets(kind, secrets)
    if by_key(session, key) is not None:
        raise KeyTaken(key)
    channel = Channel(
        key=key,
        kind=Kind(kind),
        name=name,
        appid=appid,
        original_id=original_id,
        api_base_url=api_base_url,
        sealed_secrets=_sealed(key, secrets, vault),
        created_at=now,
    )
    session.add(channel)
    session.flush()
    return channel


def change(
    session: Session,
    channel_id: int,
    *,
    vault: Vault,
    secrets: Mapping[str, str],
    name: str = "",
    api_base_url: str = "",
) -> list[str]:
    """Changes what is given and keeps what is empty; a changed token or EncodingAESKey leaves the
    old one as the previous. Returns the names of what is different now. Raises
    MissingSecret, BadSecret and CannotOpen."""
    channel = session.get_one(Channel, channel_id, with_for_update=True)
    known = dict(channel.secrets(vault))
    wanted = {part: value for part, value in secrets.items() if value}
    changed = [part for part in wanted if wanted[part] != known.get(part)]
    check_secrets(channel.kind, known | wanted)
    rotated = {
        f"previous_{part}": known[part] for part in ROTATED if part in changed and known.get(part)
    }
    if changed:
        channel.sealed_secrets = _sealed(channel.key, known | rotated | wanted, vault)
    for part, value in (("name", name), ("api_base_url", api_base_url)):
        if value and value != getattr(channel, part):
            setattr(channel, part, value)
            changed.append(part)
    return changed


def forget_previous(session: Session, channel_id: int, vault: Vault) -> list[str]:
    """From now on only the current token and EncodingAESKey are good. Returns the names of what
    was forgotten. Raises CannotOpen."""
    channel = session.get_one(Channel, channel_id, with_for_update=True)
    known = channel.secrets(vault)
    forgotten = [part for part in known if part.startswith("previous_")]
    if forgotten:
        kept = {part: value for part, value in known.items() if part not in forgotten}
        channel.sealed_secrets = _sealed(channel.key, kept, vault)
    return forgotten


def check_secrets(kind: str, secrets: Mapping[str, str]) -> None:
    """Raises MissingSecret and BadSecret, each naming the secret."""
    needed = NEEDED[Kind(kind)]
    for part in needed:
        if not secrets.get(part):
            raise MissingSecret(part)
    if "encoding_aes_key" in needed and not _ENCODING_AES_KEY.fullmatch(
        secrets["encoding_aes_key"]
    ):
        raise BadSecret("encoding_aes_key")


def by_key(session: Session, key: str) -> Channel | None:
    return session.scalar(sa.select(Channel).where(Channel.key == key))


def park(session: Session, channel_id: int, until: datetime) -> None:
    """The platform's quota is used up: nothing is sent on this channel before ``until``."""
    session.execute(sa.update(Channel).where(Channel.id == channel_id).values(parked_until=until))


def all_of(session: Session) -> Sequence[Channel]:
    return session.scalars(sa.select(Channel).order_by(Channel.id)).all()


def _sealed(key: str, secrets: Mapping[str, str], vault: Vault) -> bytes:
    return vault.seal_fields(secrets, context=f"channel:{key}")
