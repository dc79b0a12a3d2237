"""Where what we say is used: by each plan's version, each broadcast, each rule, and what staff are
asked to say (messages, moments, group welcomes): which material, file, coupon, quiz, form and radar
link it holds, and which segment or snapshot it is for.

Rows are kept in the transaction that saves the holder, from what it holds then, so a list of uses
is one look into an index and no search through definitions. Which of them still count, see
``where_used``.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id
from sop import wording

MATERIAL, MEDIA, COUPON, QUIZ, FORM, RADAR = (
    *("material", "media", "coupon", "quiz", "form", "radar"),
)
SEGMENT, SNAPSHOT = "segment", "snapshot"
EARNING_RULE = "earning_rule"  # a holder: a campaign may be for segments
# The fields that name something of ours, wherever they stand in a definition, and what they name.
_FIELDS: Mapping[str, str] = {
    "media": MEDIA,
    "thumb_media": MEDIA,
    "picture_media": MEDIA,
    "material": MATERIAL,
    "coupon": COUPON,
    "quiz": QUIZ,
    "form": FORM,
    "link": RADAR,
    "segment": SEGMENT,
    "snapshot": SNAPSHOT,
}
_PLACEHOLDERS = {RADAR, FORM, QUIZ}


class ContentUse(Base):
    """That a holder (``plan`` 5 in its version 2; version 0 where there are none) uses something:
    ``key`` is a material's id, a file's digest, a link's key."""

    __tablename__ = "content_uses"
    __table_args__ = (
        sa.UniqueConstraint("kind", "key", "holder_kind", "holder_id", "holder_version"),
        sa.Index("ix_content_uses_holder", "holder_kind", "holder_id", "holder_version"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str]
    key: Mapped[str]
    version: Mapped[int | None]  # of a material, which is used as it was then
    holder_kind: Mapped[str]
    holder_id: Mapped[int] = mapped_column(Id)
    holder_version: Mapped[int] = mapped_column(default=0)


def note(
    session: Session, holder_kind: str, holder_id: int, holder_version: int, written: Any
) -> None:
    """What the holder uses in this version, instead of what was noted before."""
    holder = {
        "holder_kind": holder_kind,
        "holder_id": holder_id,
        "holder_version": holder_version,
    }
    session.execute(sa.delete(ContentUse).filter_by(**holder))
    found = {(kind, key): version for kind, key, version in _found_in(written)}
    rows = [
        {"kind": kind, "key": key, "version": version, **holder}
        for (kind, key), version in sorted(found.items())
    ]
    if rows:
        session.execute(sa.insert(ContentUse), rows)


def is_used(session: Session, kind: str, key: str) -> bool:
    """Whether anything uses it, or has used it in an earlier version."""
    wanted = sa.select(ContentUse.id).where(ContentUse.kind == kind, ContentUse.key == key)
    return session.scalar(wanted.limit(1)) is not None


def counts(session: Session, kind: str) -> dict[str, int]:
    """By key: how many holders use it, each counted once, whatever its versions."""
    holders = (
        sa.select(ContentUse.key, ContentUse.holder_kind, ContentUse.holder_id)
        .where(ContentUse.kind == kind)
        .distinct()
        .subquery()
    )
    rows = session.execute(sa.select(holders.c.key, sa.func.count()).group_by(holders.c.key))
    return {key: count for key, count in rows}  # noqa: C416  rows, not pairs


def _found_in(written: Any) -> Iterator[tuple[str, str, int | None]]:
    """(kind, key, version) of whatever is named anywhere in it."""
    if isinstance(written, Mapping):
        for name, value in written.items():
            if name in _FIELDS and isinstance(value, (str, int)) and str(value):
                version = written.get("version") if name == "material" else None
                yield _FIELDS[name], str(value), int(version) if version else None
            else:
                yield from _found_in(value)
    elif isinstance(written, (list, tuple)):
        for value in written:
            yield from _found_in(value)
    elif isinstance(written, str):
        yield from _placeholders_in(written)


def _placeholders_in(text: str) -> Iterator[tuple[str, str, None]]:
    """Also of a text that is not right, which names what it names all the same."""
    for name in wording.names_in(text):
        family, _colon, key = name.partition(":")
        if family in _PLACEHOLDERS and key:
            yield family, key, None
