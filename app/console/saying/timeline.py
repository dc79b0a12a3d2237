"""A member's timeline as the console shows it: what she did, what became of her, what we said, and
of each thing why.

The domain knows its own facts; events, messages and enrolments are read here and merged in.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import outbox
from app.console.saying import causes, wecom_words
from app.console.saying.causes import Named
from app.domain.insight import timelines
from app.domain.insight.timelines import Fact, Kind, Place
from app.domain.outreach.journeys.enrolments import Enrolment
from app.domain.outreach.journeys.plans import Plan
from app.domain.people import members
from app.domain.people.channels import Channel
from app.domain.people.groups import Group
from app.inbox import InboxEvent
from app.outbox import OutboxMessage

EVENT = Kind("event", 0, InboxEvent.received_at, InboxEvent.id)
MESSAGE = Kind("message", 1, OutboxMessage.created_at, OutboxMessage.id)
ENROLMENT = Kind("enrolment", 2, Enrolment.enrolled_at, Enrolment.id)
EXCERPT = 80


@dataclass(frozen=True, slots=True)
class Line:
    """A fact with the name of its rule and the event that caused it."""

    fact: Fact
    rule: Named | None
    cause: InboxEvent | None


@dataclass(frozen=True, slots=True)
class Page:
    """Lines, newest first; ``older`` is where the next page begins, if there is one."""

    lines: Sequence[Line]
    older: str | None


def page_of(session: Session, member_id: int, before: Place | None, limit: int) -> Page:
    member_ids = members.records_of(session, member_id)
    found = timelines.newest(
        [
            *timelines.facts(session, member_ids, before, limit + 1),
            *_events(session, member_ids, before, limit + 1),
            *_messages(session, member_ids, before, limit + 1),
            *_enrolments(session, member_ids, before, limit + 1),
        ],
        limit + 1,
    )
    shown = found[:limit]
    older = cursor_of(shown[-1].place) if len(found) > limit else None
    return Page(_explained(session, shown), older)


def cursor_of(place: Place) -> str:
    return f"{place.at.isoformat()}~{place.rank}~{place.id}"


def place_of(cursor: str) -> Place | None:
    """What ``cursor_of`` wrote; None for anything else, which is the first page."""
    try:
        at, rank, row = cursor.split("~")
        place = Place(datetime.fromisoformat(at), int(rank), int(row))
    except ValueError:
        return None
    return place if place.at.tzinfo else None


def excerpt(event: InboxEvent) -> str:
    """What the event says, short."""
    fields = event.fields
    if fields.get("FailReason"):
        return wecom_words.fail_reason(str(fields["FailReason"]))
    if "Link" in fields:
        read = (f"{fields['Seconds']} s", f"{fields['Percent']}%") if "Seconds" in fields else ()
        return " · ".join((str(fields["Link"]), *read))
    said = event.text or str(fields.get("Recognition") or fields.get("EventKey") or "")
    return said if len(said) <= EXCERPT else said[:EXCERPT] + "…"


def _events(
    session: Session, member_ids: Collection[int], before: Place | None, limit: int
) -> list[Fact]:
    mine = (
        sa.select(InboxEvent, Group.name)
        .outerjoin(
            Group,
            sa.and_(
                Group.channel_id == InboxEvent.channel_id, Group.external_id == InboxEvent.room
            ),
        )
        .where(InboxEvent.member_id.in_(member_ids))
    )
    return [
        Fact(
            Place(event.received_at, EVENT.rank, event.id),
            EVENT.name,
            event_id=event.cause_id,
            details={"event": event, "group": group},
        )
        for event, group in session.execute(EVENT.page(mine, before, limit))
    ]


def _messages(
    session: Session, member_ids: Collection[int], before: Place | None, limit: int
) -> list[Fact]:
    mine = (
        sa.select(OutboxMessage, Channel, Group.name)
        .join(Channel, Channel.id == OutboxMessage.channel_id)
        .outerjoin(Group, Group.id == OutboxMessage.group_id)
        .where(OutboxMessage.member_id.in_(member_ids), OutboxMessage.purpose.not_in(outbox.SILENT))
    )
    return [
        Fact(
            Place(message.created_at, MESSAGE.rank, message.id),
            MESSAGE.name,
            message.rule,
            message.rule_version,
            message.event_id,
            {"message": message, "channel": channel.name, "kind": channel.kind, "group": group},
        )
        for message, channel, group in session.execute(MESSAGE.page(mine, before, limit))
    ]


def _enrolments(
    session: Session, member_ids: Collection[int], before: Place | None, limit: int
) -> list[Fact]:
    mine = (
        sa.select(Enrolment, Plan)
        .join(Plan, Plan.id == Enrolment.plan_id)
        .where(Enrolment.member_id.in_(member_ids))
    )
    return [
        Fact(
            Place(enrolment.enrolled_at, ENROLMENT.rank, enrolment.id),
            ENROLMENT.name,
            f"plan:{plan.id}",
            enrolment.version,
            enrolment.event_id,
            {"enrolment": enrolment, "plan": plan},
        )
        for enrolment, plan in session.execute(ENROLMENT.page(mine, before, limit))
    ]


def _explained(session: Session, shown: Sequence[Fact]) -> list[Line]:
    named = causes.name_all(session, {fact.rule for fact in shown if fact.rule})
    events = _by_id(session, {fact.event_id for fact in shown if fact.event_id})
    return [
        Line(fact, named.get(fact.rule), events.get(fact.event_id) if fact.event_id else None)
        for fact in shown
    ]


def _by_id(session: Session, ids: set[int]) -> Mapping[int, Any]:
    found = session.scalars(sa.select(InboxEvent).where(InboxEvent.id.in_(ids)))
    return {event.id: event for event in found}
