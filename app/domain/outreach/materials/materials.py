"""Materials 素材库: messages that are written once, named, and said in many places.

A material has versions. Whoever uses it holds the version that was the newest when the use was
saved: a later change of the material changes no plan behind its operator's back, and what was said
to whom stays explained. The console offers the newest version at every use.

    {"kind": "material", "content": {"material": "3", "version": "2"}}
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id
from app.domain.outreach.materials import content_uses
from app.domain.outreach.materials.content_uses import ContentUse
from sop import contents
from sop.contents import PLACEHOLDERS, Message
from sop.mistakes import Mistake
from sop.reading import Problem, Reader

KIND = "material"
NAME_CHARACTERS_MAX = 60


class NoSuchMaterial(Mistake):
    """The material is not there, or not in this version."""

    def __init__(self, named: str) -> None:
        super().__init__(f"没有素材 {named}", f"there is no material {named}")


class StillUsed(Exception):
    """Something uses the material, or has used it: it can be archived only."""


class BadMaterial(ValueError):
    """A content that cannot be said, with everything that is wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{p.path}: {p.zh} / {p.en}" for p in problems))
        self.problems = problems


class Material(Base):
    """``kind`` is that of its newest version. ``labels`` are words with ", " between them."""

    __tablename__ = "materials"
    __table_args__ = (
        sa.Index("ix_materials_archived_at", "archived_at", "id"),
        sa.Index("ix_materials_folder", "folder", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    folder: Mapped[str] = mapped_column(default="")
    labels: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]

    @property
    def label_list(self) -> list[str]:
        return self.labels.split(", ") if self.labels else []


class MaterialVersion(Base):
    __tablename__ = "material_versions"
    __table_args__ = (sa.UniqueConstraint("material_id", "version"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    material_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("materials.id"))
    version: Mapped[int]
    kind: Mapped[str]
    content: Mapped[dict[str, Any]]
    operator_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("operators.id"))
    created_at: Mapped[datetime]


def write(
    session: Session,
    *,
    material_id: int | None = None,
    name: str,
    message: Mapping[str, Any],
    folder: str = "",
    labels: Collection[str] = (),
    operator_id: int | None = None,
    now: datetime,
) -> Material:
    """A new material, or the next version of one if its message changes. Raises BadMaterial."""
    read = _read(name, message)
    if material_id is None:
        material = Material(name=name.strip(), kind=read.kind, created_at=now)
        material.version, material.changed_at = 0, now
        session.add(material)
    else:
        material = session.get_one(Material, material_id, with_for_update=True)
    material.name, material.folder = name.strip(), folder.strip()
    material.labels = ", ".join(sorted({label.strip() for label in labels if label.strip()}))
    session.flush()
    if material.version == 0 or said(session, material.id, material.version) != read:
        _keep_version(session, material, read, operator_id, now)
    return material


def check(message: Mapping[str, Any]) -> None:
    """Whether it can be a material's message. Raises BadMaterial."""
    _read("-", message)


def hold(session: Session, material_id: int) -> Material | None:
    """It cannot be deleted until the transaction ends; None where there is none of this id."""
    held = sa.select(Material).where(Material.id == material_id).with_for_update(read=True)
    return session.scalar(held)


def archive(material: Material, now: datetime) -> None:
    """It is not offered any more; whoever uses it goes on."""
    material.archived_at = material.archived_at or now


def bring_back(material: Material) -> None:
    material.archived_at = None


def delete(session: Session, material_id: int) -> None:
    """Takes it away for good. Raises StillUsed."""
    material = session.get_one(Material, material_id, with_for_update=True)
    if content_uses.is_used(session, content_uses.MATERIAL, str(material.id)):
        raise StillUsed(material.name)
    session.execute(sa.delete(ContentUse).filter_by(holder_kind=KIND, holder_id=material.id))
    session.execute(sa.delete(MaterialVersion).filter_by(material_id=material.id))
    session.delete(material)
    session.flush()


def search(
    session: Session,
    *,
    words: str = "",
    kind: str = "",
    folder: str = "",
    archived: bool = False,
    limit: int = 200,
) -> Sequence[Material]:
    """The materials with these words in their name, folder or labels, the last changed first."""
    of_state = Material.archived_at.is_not(None) if archived else Material.archived_at.is_(None)
    wanted = sa.select(Material).where(of_state)
    if kind:
        wanted = wanted.where(Material.kind == kind)
    if folder:
        wanted = wanted.where(Material.folder == folder)
    if words:
        held = sa.func.lower(Material.name + " " + Material.folder + " " + Material.labels)
        wanted = wanted.where(held.contains(words.lower(), autoescape=True))
    return session.scalars(
        wanted.order_by(Material.changed_at.desc(), Material.id.desc()).limit(limit)
    ).all()


def folders(session: Session) -> Sequence[str]:
    wanted = sa.select(Material.folder).where(Material.folder != "").distinct()
    return session.scalars(wanted.order_by(Material.folder)).all()


def versions(session: Session, material_id: int) -> Sequence[MaterialVersion]:
    """Newest first."""
    return session.scalars(
        sa.select(MaterialVersion)
        .where(MaterialVersion.material_id == material_id)
        .order_by(MaterialVersion.version.desc())
    ).all()


def said(session: Session, material_id: int, version: int) -> Message:
    """What a material says in one version. Raises NoSuchMaterial."""
    found = session.scalar(
        sa.select(MaterialVersion).filter_by(material_id=material_id, version=version)
    )
    if found is None:
        raise NoSuchMaterial(f"{material_id} v{version}")
    return Message(found.kind, found.content)


def _read(name: str, message: Mapping[str, Any]) -> Message:
    """The message as it may be said to members or to groups: whoever uses it checks which."""
    reader = Reader()
    reader.name("name", name, NAME_CHARACTERS_MAX)
    known = PLACEHOLDERS["member"] | PLACEHOLDERS["group"]
    read = contents.read(reader, "message", message, known)
    if read is not None and read.kind == KIND:
        reader.wrong("message.kind", "素材里不能再用素材", "a material cannot hold a material")
    if read is None or reader.problems:
        raise BadMaterial(reader.problems)
    return read


def _keep_version(
    session: Session, material: Material, message: Message, operator_id: int | None, now: datetime
) -> None:
    material.version += 1
    material.kind, material.changed_at = message.kind, now
    session.add(
        MaterialVersion(
            material_id=material.id,
            version=material.version,
            kind=message.kind,
            content=dict(message.content),
            operator_id=operator_id,
            created_at=now,
        )
    )
    session.flush()
    content_uses.note(session, KIND, material.id, material.version, message.content)
