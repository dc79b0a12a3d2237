"""Handsets: what is said, as it will look on the phone of somebody who gets it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app import personal
from app.console import message_previews
from app.console.frame import siyu
from app.console.message_previews import MessagePreview
from app.domain.people.members import Member
from app.personal import Unfilled
from sop import contents


@dataclass(frozen=True, slots=True)
class Handset:
    """One phone: ``sender`` is who writes, ``label`` which variant it is, if there are several."""

    sender: str
    label: str
    said: MessagePreview
    at: datetime


def of(
    session: Session,
    definition: Mapping[str, Any],
    sender: str,
    member: Member | None,
    now: datetime,
) -> list[Handset]:
    """A phone for each message of a broadcast or a step; the words are filled for ``member``, or
    for an example of one."""
    values = message_previews.example(session)
    if member is not None:
        values |= _hers(session, member, now)
    return [
        Handset(sender, label, message_previews.of(session, message, values), now)
        for label, message in _messages(definition)
    ]


def _messages(definition: Mapping[str, Any]) -> Sequence[tuple[str, Mapping[str, Any]]]:
    if definition.get("message"):
        return [("", definition["message"])]
    variants = definition.get("variants") or ()
    return [(f"{one['name']} · {one['share']}", one["message"]) for one in variants]


def _hers(session: Session, member: Member, now: datetime) -> dict[str, str]:
    """What each placeholder that needs no more than her is filled with."""
    names = [name for name in contents.PLACEHOLDERS["member"] if name in personal.FOR_MEMBERS]
    asked = {name: f"{{{name}|}}" for name in names}
    (filled,) = personal.contents_for_members(
        session, [Unfilled(asked, member)], siyu().programme, now
    )
    return {
        name: value or personal.OTHERWISE.get(name, "") for name, value in filled.content.items()
    }
