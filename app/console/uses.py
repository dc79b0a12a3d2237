"""Where something is used, as pages list it: each holder with its name and a link."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.domain.outreach import where_used
from app.domain.outreach.broadcasts import Broadcast
from app.domain.outreach.content_uses import ContentUse
from app.domain.outreach.materials import Material
from app.domain.outreach.plans import Plan
from app.domain.outreach.where_used import Used

_TABLES: dict[str, type[Plan | Broadcast | Material]] = {
    "plan": Plan,
    "broadcast": Broadcast,
    "material": Material,
}


@dataclass(frozen=True, slots=True)
class Place:
    """A use with its holder's name; ``href`` is None where there is no page of it."""

    use: ContentUse
    label: str
    href: str | None
    is_current: bool


def of(session: Session, kind: str, key: str) -> Sequence[Place]:
    """Everything that uses it, what is current first."""
    return _places(session, where_used.of(session, kind, key))


def by_key(session: Session, kind: str) -> dict[str, list[Place]]:
    """Everything that uses anything of this kind, by what it uses."""
    found: dict[str, list[Place]] = {}
    for place in _places(session, where_used.of(session, kind)):
        found.setdefault(place.use.key, []).append(place)
    return found


def _places(session: Session, found: Sequence[Used]) -> list[Place]:
    held: dict[str, set[int]] = {}
    for one in found:
        held.setdefault(one.use.holder_kind, set()).add(one.use.holder_id)
    names = {holder: _names(session, holder, ids) for holder, ids in held.items()}
    return [
        Place(
            one.use,
            _label(one.use, names[one.use.holder_kind].get(one.use.holder_id, "")),
            _href(one.use),
            one.is_current,
        )
        for one in found
    ]


def _names(session: Session, holder: str, ids: set[int]) -> dict[int, str]:
    table = _TABLES[holder]
    rows = session.execute(sa.select(table.id, table.name).where(table.id.in_(ids)))
    return {holder_id: name for holder_id, name in rows}  # noqa: C416  rows, not pairs


def _label(use: ContentUse, name: str) -> str:
    words = {"plan": _("计划"), "broadcast": _("群发"), "material": _("素材")}
    version = f" v{use.holder_version}" if use.holder_version else ""
    return f"{words[use.holder_kind]} · {name}{version}"


def _href(use: ContentUse) -> str | None:
    if use.holder_kind == "plan":
        return url_for("console.plan", plan_id=use.holder_id)
    if use.holder_kind == "material":
        return url_for("console.material", material_id=use.holder_id)
    return None
