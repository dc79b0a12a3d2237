"""Handsets: what is said, as it will look on the phone of somebody who gets it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app import personal
from app.console.automation.plan_fields import routes
from app.console.content import message_previews
from app.console.content.message_previews import MessagePreview
from app.console.frame import siyu
from app.console.saying.names import Names
from app.console.saying.plan_words import said
from app.domain.people.members import Member
from app.personal import Unfilled
from sop import contents


@dataclass(frozen=True, slots=True)
class Handset:
    """One phone: ``sender`` is who writes, ``label`` which variant or way it is, if there are
    several."""

    sender: str
    label: str
    said: MessagePreview
    at: datetime


@dataclass(frozen=True, slots=True)
class Shown:
    """Who speaks, with what the placeholders are filled with, and the hour that the phones show."""

    session: Session
    sender: str
    values: Mapping[str, str]
    at: datetime


def of(
    session: Session,
    definition: Mapping[str, Any],
    sender: str,
    member: Member | None,
    now: datetime,
) -> list[Handset]:
    """The phones of a broadcast; the words are filled for ``member``, or for an example of one."""
    values = message_previews.example(session)
    if member is not None:
        values |= _hers(session, member, now)
    return all_of(Shown(session, sender, values, now), Names(session), definition)


def all_of(shown: Shown, names: Names, definition: Mapping[str, Any]) -> list[Handset]:
    """A phone for each message of a broadcast or a step: its own, its variants', and what single
    ways of its route say instead."""
    return [
        Handset(
            names.of("channel", channel) if channel else shown.sender,
            label,
            message_previews.of(shown.session, message, shown.values),
            shown.at,
        )
        for label, channel, message in _messages(definition)
    ]


def _messages(definition: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """(label, the way's own channel, message)."""
    if definition.get("message"):
        yield "", "", definition["message"]
    for one in definition.get("variants") or ():
        yield f"{one['name']} · {one['share']}", "", one["message"]
    for way in map(routes.as_fields, definition.get("route") or ()):
        if way.get("message"):
            yield said(way["way"], "way"), way.get("channel") or "", way["message"]


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
