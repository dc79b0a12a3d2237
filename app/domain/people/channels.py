"""Channels 渠道账号: the accounts through which members reach us."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id
from app.domain.people import channel_kinds, groups
from app.domain.people.channel_kinds import Kind
from app.domain.vault import Vault

__all__ = ["Channel", "Kind"]


class MissingPart(Exception):
    """The account cannot be used safely without this secret or setting."""


class BadPart(Exception):
    """This secret or setting cannot be right, see its pattern in ``channel_kinds``."""


class KeyTaken(Exception):
    """There is a channel of this key already."""


# What a callback is proved with; the one before the last change stays good until it is forgotten
ROTATED = ("token", "encoding_aes_key")


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
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=sa.text("'{}'"))
    created_at: Mapped[datetime]
    parked_until: Mapped[datetime | None]  # its quota is used up until then
    web_login_at: Mapped[datetime | None]  # since when WeChat is known to name visitors through it

    @property
    def is_plaintext(self) -> bool:
        return self.callback_mode == "plain"

    @property
    def replies_passively(self) -> bool:
        """Whether it may say nothing but the answer to a callback, in the answer itself."""
        return self.settings.get("reply_mode") == channel_kinds.PASSIVE

    @property
    def welcome(self) -> str:
        """What a new contact hears who comes through no live code; empty for the usual words."""
        return str(self.settings.get("welcome", ""))

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
    settings: Mapping[str, str] | None = None,
    vault: Vault,
    now: datetime,
) -> Channel:
    """Adds an account; its secrets are sealed before they are stored. Raises MissingPart, BadPart
    and KeyTaken."""
    check_parts(kind, {**secrets, **(settings or {})})
    if by_key(session, key) is not None:
        raise KeyTaken(key)
    channel = Channel(
        key=key,
        kind=Kind(kind),
        name=name,
        appid=appid,
        original_id=original_id,
        api_base_url=api_base_url,
        sealed_secrets=_sealed(key, _given(secrets), vault),
        settings=_given(settings or {}),
        created_at=now,
    )
    session.add(channel)
    session.flush()
    if channel.kind == Kind.GROUP_ROBOT:  # it speaks in one group, and that is all there is to it
        groups.meet(session, channel.id, key, name, now)
    return channel


def change(
    session: Session,
    channel_id: int,
    *,
    vault: Vault,
    secrets: Mapping[str, str],
    settings: Mapping[str, str] | None = None,
    name: str = "",
    api_base_url: str = "",
) -> list[str]:
    """Changes what is given and keeps what is empty; a changed token or EncodingAESKey leaves the
    old one as the previous. Returns the names of what is different now. Raises
    MissingPart, BadPart and CannotOpen."""
    channel = session.get_one(Channel, channel_id, with_for_update=True)
    known = dict(channel.secrets(vault))
    wanted = {part: value for part, value in secrets.items() if value}
    changed = [part for part in wanted if wanted[part] != known.get(part)]
    told = {part: value for part, value in (settings or {}).items() if value}
    chosen = {**channel_kinds.first_choices(channel.kind), **channel.settings}
    changed += [part for part in told if told[part] != chosen.get(part)]
    check_parts(channel.kind, {**known, **wanted, **channel.settings, **told})
    rotated = {
        f"previous_{part}": known[part] for part in ROTATED if part in changed and known.get(part)
    }
    if changed:
        channel.sealed_secrets = _sealed(channel.key, known | rotated | wanted, vault)
        channel.settings = {**channel.settings, **told}
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


def check_parts(kind: str, given: Mapping[str, str]) -> None:
    """Raises MissingPart and BadPart, each naming the secret or the setting."""
    for part in channel_kinds.parts_of(kind):
        value = given.get(part.name, "")
        if part.is_needed and not value:
            raise MissingPart(part.name)
        if not part.fits(value):
            raise BadPart(part.name)


def by_key(session: Session, key: str) -> Channel | None:
    return session.scalar(sa.select(Channel).where(Channel.key == key))


def park(session: Session, channel_id: int, until: datetime) -> None:
    """The platform's quota is used up: nothing is sent on this channel before ``until``."""
    session.execute(sa.update(Channel).where(Channel.id == channel_id).values(parked_until=until))


def note_web_login(session: Session, channel_id: int, now: datetime) -> None:
    """WeChat has named a visitor of our pages through it: its web authorization is set up."""
    session.execute(
        sa.update(Channel)
        .where(Channel.id == channel_id, Channel.web_login_at.is_(None))
        .values(web_login_at=now)
    )


def naming_visitors(session: Session) -> Channel | None:
    """An account through which WeChat is known to name the visitors of our pages."""
    wanted = sa.select(Channel).where(Channel.web_login_at.is_not(None))
    return session.scalar(wanted.order_by(Channel.id).limit(1))


def all_of(session: Session) -> Sequence[Channel]:
    return session.scalars(sa.select(Channel).order_by(Channel.id)).all()


def _given(parts: Mapping[str, str]) -> dict[str, str]:
    """What is left empty is not there."""
    return {name: value for name, value in parts.items() if value}


def _sealed(key: str, secrets: Mapping[str, str], vault: Vault) -> bytes:
    return vault.seal_fields(secrets, context=f"channel:{key}")
