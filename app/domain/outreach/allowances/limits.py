"""Limits: the numbers that platforms set us and senders obey, as they are in force.

What the platforms say is declared in ``limit_table``. A row exists only for a number that an
operator has changed, so whoever never changed one follows the declaration of the release that runs.
"""

from collections.abc import Mapping
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once, table_of
from app.domain.outreach.allowances import limit_table
from app.domain.outreach.allowances.limit_table import BY_KEY, Limit


class OutOfRange(ValueError):
    """A number that the limit cannot have."""

    def __init__(self, limit: Limit):
        super().__init__(f"{limit.key} is a whole number from {limit.least} to {limit.most}")
        self.limit = limit


class ChangedLimit(Base):
    """A number that an operator has changed."""

    __tablename__ = "limits"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    value: Mapped[int]


def value(session: Session, key: str) -> int:
    """The number in force. Its table is looked at once a transaction."""
    return changed(session).get(key, BY_KEY[key].value)


def text_bytes_max(session: Session, channel_kind: str, way: str = "") -> int:
    """How long a text may be, in bytes of UTF-8, on a channel of this kind, said this way."""
    return value(session, _of_text(channel_kind, way))


def reason_against(
    session: Session, channel_kind: str, way: str, kind: str, content: Mapping[str, Any]
) -> str | None:
    """What of this content is too much for one message; None when nothing is."""
    key = limit_table.MARKDOWN.get(channel_kind) if kind == "markdown" else None
    if not fits(session, key or _of_text(channel_kind, way), content.get("text") or ""):
        return "text_too_long"
    most = value(session, limit_table.WELCOME_ATTACHMENTS)
    return "too_many_attachments" if len(content.get("attachments") or ()) > most else None


def fits(session: Session, key: str, text: str) -> bool:
    """Whether the text is within this limit, be it of characters or of bytes of UTF-8."""
    is_of_characters = BY_KEY[key].unit == "characters"
    return (len(text) if is_of_characters else len(text.encode())) <= value(session, key)


def changed(session: Session) -> Mapping[str, int]:
    """What operators have changed, by key, as this transaction sees it."""
    if ChangedLimit not in session.info:
        rows = session.execute(_CHANGED)
        session.info[ChangedLimit] = {key: number for key, number in rows}  # noqa: C416  rows
    return cast(Mapping[str, int], session.info[ChangedLimit])


def change(session: Session, key: str, number: int | None) -> None:
    """Sets a limit from now on; what the platform says anyway is kept as unchanged. Raises
    OutOfRange, KeyError."""
    limit = BY_KEY[key]
    if number is None or not limit.least <= number <= limit.most:
        raise OutOfRange(limit)
    if number == limit.value:
        reset(session, key)
        return
    session.info.pop(ChangedLimit, None)
    if insert_once(session, ChangedLimit, {"key": key, "value": number}, unique=["key"]) is None:
        session.execute(sa.update(ChangedLimit).where(ChangedLimit.key == key).values(value=number))


def reset(session: Session, key: str) -> None:
    """What the platform says is in force again."""
    session.info.pop(ChangedLimit, None)
    session.execute(sa.delete(ChangedLimit).where(ChangedLimit.key == key))


_CHANGED = sa.select(*(table_of(ChangedLimit).c[name] for name in ("key", "value")))


def _of_text(channel_kind: str, way: str) -> str:
    usual = limit_table.TEXTS.get((channel_kind, ""), limit_table.TEXT_BYTES_MAX)
    return limit_table.TEXTS.get((channel_kind, way), usual)
