"""The choice of a material in the forms of keyword rules and live codes, and what is wrong with
it."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.checks import content_checks
from app.console.content import message_fields
from app.domain.outreach.materials import material_uses, materials, sayable, spoken_materials
from app.domain.outreach.materials.materials import KIND, Material
from sop.mistakes import Mistake

_NEVER_SAID = "这个渠道账号不能发送这种消息", "this channel cannot send this kind of message"


def choices(session: Session, holder_kind: str, holder_id: int | None) -> list[tuple[str, str]]:
    """None, each in its newest version, and the one that is held already."""
    found = materials.search(session)
    offered = [(f"{one.id}@{one.version}", f"{one.name} v{one.version}") for one in found]
    held = chosen(session, holder_kind, holder_id)
    if held and held not in dict(offered):
        number, _at, version = held.partition("@")
        name = session.get_one(Material, int(number)).name
        offered.insert(0, (held, _("%(name)s · 保持 v%(n)s", name=name, n=version)))
    return [("", _("不用素材")), *offered]


def chosen(session: Session, holder_kind: str, holder_id: int | None) -> str:
    """As the form's field has it."""
    held = spoken_materials.of(session, holder_kind, holder_id) if holder_id else None
    return f"{held.material_id}@{held.version}" if held is not None else ""


def choose(
    session: Session, holder_kind: str, holder_id: int, field: str, channel_kind: str | None = None
) -> None:
    """Raises Mistake for a material that cannot be said to members, or over such an account."""
    content: Mapping[str, Any] | None = None
    if field:
        form = message_fields.Form({"message_kind": KIND, KIND: field})
        message = message_fields.message_in(form)
        for problem in content_checks.problems_in(session, message, "member"):
            raise Mistake(problem.zh, problem.en)
        kind = material_uses.filled(session, message)["kind"]
        if channel_kind is not None and not sayable.can_say_somehow(kind, channel_kind):
            raise Mistake(*_NEVER_SAID)
        content = message["content"]
    spoken_materials.choose(session, holder_kind, holder_id, content)
