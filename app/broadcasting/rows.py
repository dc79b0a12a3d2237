"""A slice of a broadcast's recipients as rows of the outbox: exactly one for each, also for whom
nothing can be sent to; then the row says why."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import outbox
from app.domain.loyalty.entries import Cause
from app.domain.outreach.broadcasts import Broadcast
from app.domain.outreach.journeys.merged_enrolments import SAME_MEMBER
from app.domain.people import members
from app.domain.people.channels import Channel
from app.domain.people.members import Member
from app.outbox import Address, OutboxMessage
from app.programme import Programme
from app.sending import doubles, routes
from app.sending.routes import Chosen
from sop import broadcasts as sop_broadcasts
from sop.broadcasts import BroadcastDefinition

UNSENT_AFTER = timedelta(hours=72)
HELD_OUT = "held_out_here"
IN_TROUBLE = "in_trouble"


@dataclass(frozen=True, slots=True)
class Slice:
    """Some recipients of one broadcast, and when each is due. ``winner``: the variant that they
    get because it did best with others."""

    broadcast: Broadcast
    definition: BroadcastDefinition
    ids: Sequence[int]
    due: Sequence[datetime]
    winner: str | None = None

    def subject(self, number: int) -> str:
        return f"{self.definition.audience}:{number}"

    def key(self, number: int) -> str:
        return f"broadcast:{self.broadcast.id}:{self.subject(number)}"

    def variant(self, number: int) -> str | None:
        """The name of the variant that she gets."""
        if self.winner is not None:
            return self.winner
        split, subject = self.broadcast.split, self.subject(number)
        variant = sop_broadcasts.variant_of(self.definition, split, subject)
        return variant.name if variant else None

    def is_held_out(self, number: int) -> bool:
        split = self.broadcast.split
        return sop_broadcasts.gets_nothing(self.definition, split, self.subject(number))


def of(session: Session, part: Slice, programme: Programme, now: datetime) -> list[dict[str, Any]]:
    """The rows, in the order of the recipients."""
    if part.definition.audience == "member":
        members.lock(session, *part.ids)  # what a message brings one, a coupon, comes once
    variants = {number: part.variant(number) for number in part.ids}
    chosen = _chosen(session, part, variants, programme, now)
    return [
        _row(part, number, chosen[number], variants[number], due_at, now)
        for number, due_at in zip(part.ids, part.due, strict=True)
    ]


def in_trouble(part: Slice, now: datetime) -> list[dict[str, Any]]:
    """The rows of those at whom ``of`` raises: nothing is sent to them."""
    messages = {variant.name: variant.message for variant in part.definition.variants}
    found = []
    for number, due_at in zip(part.ids, part.due, strict=True):
        variant = part.variant(number)
        message = messages[variant] if variant else part.definition.message
        chosen = routes.nowhere(message, IN_TROUBLE)
        found.append(_row(part, number, chosen, variant, due_at, now))
    return found


def _chosen(
    session: Session,
    part: Slice,
    variants: Mapping[int, str | None],
    programme: Programme,
    now: datetime,
) -> Mapping[int, Chosen]:
    """The way and the words for each, asked for all who get the same message at once; who is held
    out is asked nothing, so that nothing is issued to her."""
    alike: dict[str | None, list[int]] = defaultdict(list)
    for number in part.ids:
        alike[variants[number]].append(number)
    definition, broadcast = part.definition, part.broadcast
    channel = session.get_one(Channel, broadcast.channel_id)
    route = routes.resolve(session, definition.route, channel, definition.audience)
    messages = {variant.name: variant.message for variant in definition.variants}
    chosen: dict[int, Chosen] = {}
    heard = _told_under_another_record(session, part)
    for name, numbers in alike.items():
        message = messages[name] if name else definition.message
        held_out = [number for number in numbers if part.is_held_out(number)]
        chosen |= dict.fromkeys(heard.intersection(numbers), routes.nowhere(message, SAME_MEMBER))
        chosen |= dict.fromkeys(held_out, routes.nowhere(message, HELD_OUT))
        told = {number: part.key(number) for number in numbers if number not in chosen}
        cause = Cause(f"broadcast:{broadcast.id}")
        chosen |= routes.choose_all(session, told, route, message, cause, programme, now)
    return chosen


def _told_under_another_record(session: Session, part: Slice) -> set[int]:
    """Members whom the broadcast has told by a record that theirs has absorbed since."""
    if part.definition.audience != "member":
        return set()
    absorbed: dict[int, int] = {}
    found: Mapping[int, int] = {number: number for number in part.ids}
    while found:  # records absorb each other in chains
        hers = sa.select(Member.id, Member.same_as_id).where(Member.same_as_id.in_(found))
        found = {record: found[by] for record, by in session.execute(hers) if by is not None}
        absorbed |= found
    if not absorbed:
        return set()
    told = sa.select(OutboxMessage.member_id).where(
        OutboxMessage.member_id.in_(absorbed),
        OutboxMessage.broadcast_id == part.broadcast.id,
        OutboxMessage.state.in_(doubles.SAID),
    )
    said = set(session.scalars(told))
    return {number for record, number in absorbed.items() if record in said}


def _row(
    part: Slice, number: int, chosen: Chosen, variant: str | None, due_at: datetime, now: datetime
) -> dict[str, Any]:
    broadcast, category = part.broadcast, part.definition.category
    nowhere = Address(
        broadcast.channel_id,
        "",
        member_id=number if part.definition.audience == "member" else None,
        group_id=number if part.definition.audience == "group" else None,
    )
    return outbox.row(
        chosen.address or nowhere,
        key=part.key(number),
        purpose="broadcast",
        kind=chosen.kind,
        content=chosen.content,
        cause=outbox.Cause(
            f"broadcast:{broadcast.id}",
            broadcast_id=broadcast.id,
            category=category,
            variant=variant,
        ),
        pipe=chosen.pipe,
        due_at=due_at,
        expires_at=due_at + UNSENT_AFTER,
        ways_left=chosen.ways_left,
        passed_over=chosen.passed_over,
        reason=chosen.reason,
        now=now,
    )
