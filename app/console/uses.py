"""Where something is used, as pages list it: each holder with its name and a link."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.domain.insight.keywords import KeywordRule
from app.domain.insight.segments import Segment
from app.domain.loyalty.earning.rules import EarningRule
from app.domain.outreach import (
    group_welcomes,
    mass_messages,
    moments,
    staff_messages,
    where_used,
)
from app.domain.outreach.broadcasts import Broadcast
from app.domain.outreach.journeys.plans import Plan
from app.domain.outreach.materials.content_uses import ContentUse
from app.domain.outreach.materials.materials import Material
from app.domain.outreach.where_used import Used
from app.domain.people.live_codes import LiveCode

_TABLES: dict[
    str, type[Plan | Broadcast | Material | Segment | KeywordRule | LiveCode | EarningRule]
] = {
    "segment": Segment,
    "plan": Plan,
    "broadcast": Broadcast,
    "material": Material,
    "keyword": KeywordRule,
    "live_code": LiveCode,
    "earning_rule": EarningRule,
}
# By holder, its page, and as what that is given its id.
_PAGES = {
    "plan": ("plan", "plan_id"),
    "keyword": ("rule", "rule_id"),
    "earning_rule": ("earning", ""),
    "live_code": ("live_code", "code_id"),
    "segment": ("segment", "segment_id"),
    "material": ("material", "material_id"),
    mass_messages.HOLDER: ("mass_message", "message_id"),
    staff_messages.HOLDER: ("staff_message", "message_id"),
    moments.HOLDER: ("moment", "moment_id"),
    group_welcomes.HOLDER: ("group_welcome", "welcome_id"),
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
    if holder not in _TABLES:  # these have no names
        return {holder_id: f"#{holder_id}" for holder_id in ids}
    table = _TABLES[holder]
    rows = session.execute(sa.select(table.id, table.name).where(table.id.in_(ids)))
    return {holder_id: name for holder_id, name in rows}  # noqa: C416  rows, not pairs


def _label(use: ContentUse, name: str) -> str:
    words = {
        "plan": _("计划"),
        "broadcast": _("群发"),
        "material": _("素材"),
        "segment": _("人群"),
        "keyword": _("关键词规则"),
        "live_code": _("渠道活码"),
        "earning_rule": _("积分规则"),
        mass_messages.HOLDER: _("群发消息草稿"),
        staff_messages.HOLDER: _("企业群发"),
        moments.HOLDER: _("客户朋友圈"),
        group_welcomes.HOLDER: _("入群欢迎语"),
    }
    version = f" v{use.holder_version}" if use.holder_version else ""
    return f"{words[use.holder_kind]} · {name}{version}"


def _href(use: ContentUse) -> str | None:
    if use.holder_kind not in _PAGES:
        return None
    endpoint, named = _PAGES[use.holder_kind]
    values: dict[str, Any] = {named: use.holder_id} if named else {}
    return url_for(f"console.{endpoint}", **values)
