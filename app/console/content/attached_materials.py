"""Materials that go along with what staff say to many: pictures, films, links, mini-program cards.

Everybody gets the same, so a material with words of the member's own in it is not offered; what is
chosen is taken as it is now."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.domain.outreach.materials import materials
from app.sending import staff_jobs
from sop import wording
from sop.contents import Message

IN_CHATS = ("image", "video", "link", "miniprogram")
IN_MOMENTS = ("image", "video", "link")


def choices(session: Session, kinds: Sequence[str]) -> list[tuple[str, str]]:
    """None, and those of these kinds in their newest version."""
    offered = [
        (f"{one.id}@{one.version}", f"{one.name} v{one.version}")
        for one in materials.search(session)
        if one.kind in kinds and _is_everybodys(materials.said(session, one.id, one.version))
    ]
    return [("", _("不用素材")), *offered]


def attachment(session: Session, field: str) -> dict[str, Any]:
    """As staff say it, with the material and its version beside it, for ``content_uses``. ``field``
    is one of the choices. Until the transaction ends the material stays."""
    number, _at, version = field.partition("@")
    materials.hold(session, int(number))
    said = materials.said(session, int(number), int(version))
    (found,) = staff_jobs.content_of(said.kind, said.content)["attachments"]
    return {**found, materials.KIND: number, "version": version}


def add_to(session: Session, content: dict[str, Any], field: str | None) -> dict[str, Any]:
    """What is said, with the chosen material, if any, behind its other attachments."""
    if not field:
        return content
    return {**content, "attachments": [*content["attachments"], attachment(session, field)]}


def _is_everybodys(message: Message) -> bool:
    return not any(_names_in(message.content))


def _names_in(written: Any) -> list[str]:
    if isinstance(written, Mapping):
        return [name for value in written.values() for name in _names_in(value)]
    return list(wording.names_in(written)) if isinstance(written, str) else []
