"""Spoken materials: what a keyword rule answers with, or a live code welcomes with, out of the
library, instead of words of its own or, where a message has room for both, along with them."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id
from app.domain.outreach.materials import content_uses, material_uses
from app.domain.outreach.materials.materials import KIND
from sop.contents import Message

KEYWORD, LIVE_CODE = "keyword", "live_code"


class SpokenMaterial(Base):
    """``holder_id`` is of the keyword rule or the live code. The version was the newest when it was
    chosen."""

    __tablename__ = "spoken_materials"
    __table_args__ = (sa.UniqueConstraint("holder_kind", "holder_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    holder_kind: Mapped[str]
    holder_id: Mapped[int] = mapped_column(Id)
    material_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("materials.id"))
    version: Mapped[int]

    @property
    def message(self) -> Message:
        return Message(KIND, {"material": str(self.material_id), "version": str(self.version)})


def choose(
    session: Session, holder_kind: str, holder_id: int, content: Mapping[str, Any] | None
) -> None:
    """It says this material from now on, by ``{"material": "3", "version": "2"}``; None: its own
    words again. Raises materials.NoSuchMaterial."""
    held = of(session, holder_kind, holder_id)
    written: dict[str, Any] | None = None
    if content is None:
        if held is not None:
            session.delete(held)
    else:
        written = material_uses.pinned(session, {"kind": KIND, "content": dict(content)})
        chosen = int(written["content"]["material"]), int(written["content"]["version"])
        if held is None:
            held = SpokenMaterial(holder_kind=holder_kind, holder_id=holder_id)
            session.add(held)
        held.material_id, held.version = chosen
    session.flush()
    content_uses.note(session, holder_kind, holder_id, 0, written)


def of(session: Session, holder_kind: str, holder_id: int) -> SpokenMaterial | None:
    place = {"holder_kind": holder_kind, "holder_id": holder_id}
    return session.scalar(sa.select(SpokenMaterial).filter_by(**place))
