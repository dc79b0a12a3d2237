"""Materials where they are used: the version that a definition holds, and what it says."""

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.outreach.materials import materials
from app.domain.outreach.materials.materials import KIND, Material, NoSuchMaterial
from sop import contents
from sop.contents import Message
from sop.mistakes import Mistake
from sop.reading import Problem

_Message = Mapping[str, Any]


def pinned(session: Session, written: Any, *, newest: int | None = None) -> Any:
    """The definition with each of its materials held in a version: the newest, where it says none,
    or where it is the material ``newest``. Raises NoSuchMaterial. Until the transaction ends the
    materials stay, see ``materials.delete``."""

    def pin(message: _Message) -> _Message:
        content = message["content"]
        material = materials.hold(session, int(content["material"]))
        if material is None:
            raise NoSuchMaterial(content["material"])
        version = content.get("version")
        if not version or material.id == newest:
            version = str(material.version)
        materials.said(session, material.id, int(version))
        return {"kind": KIND, "content": {"material": str(material.id), "version": version}}

    return _replaced(written, pin)


def filled(session: Session, written: Any) -> Any:
    """The definition with what its materials say in their place. Raises NoSuchMaterial."""

    def fill(message: _Message) -> _Message:
        said = resolved(session, Message(KIND, message["content"]))
        return {"kind": said.kind, "content": dict(said.content)}

    return _replaced(written, fill)


def resolved(session: Session, message: Message) -> Message:
    """What is said: a material's own message, any other as it is. Raises NoSuchMaterial."""
    if message.kind != KIND:
        return message
    material_id = int(message.content["material"])
    version = message.content.get("version")
    if not version:
        version = session.scalar(sa.select(Material.version).where(Material.id == material_id))
    if version is None:
        raise NoSuchMaterial(str(material_id))
    return materials.said(session, material_id, int(version))


def problems_in(session: Session, written: Any) -> list[Problem]:
    """Where a definition names materials that are not there."""
    problems = []
    for path, message in contents.written_in(written):
        if message["kind"] == KIND:
            try:
                resolved(session, Message(KIND, message["content"]))
            except Mistake as mistake:
                where = f"{path}.content.material"
                problems.append(Problem(where, mistake.zh, mistake.en))
    return problems


def _replaced(written: Any, change: Callable[[_Message], _Message]) -> Any:
    """A copy of the definition with every material in it changed."""
    if isinstance(written, Mapping):
        if written.get("kind") == KIND and isinstance(written.get("content"), Mapping):
            return change(written)
        return {name: _replaced(value, change) for name, value in written.items()}
    if isinstance(written, (list, tuple)):
        return [_replaced(value, change) for value in written]
    return written
