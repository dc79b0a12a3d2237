"""A slice of a broadcast's recipients as rows of the outbox: exactly one for each, also for whom
nothing can be sent to; then the row says why."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app import outbox
from app.broadcasting import usual_ways
from app.broadcasting.usual_ways import Chosen
from app.domain.outreach.broadcasts import Broadcast
from app.outbox import Address
from app.programme import Programme
from sop import broadcasts as sop_broadcasts
from sop.broadcasts import BroadcastDefinition

UNSENT_AFTER = timedelta(hours=72)
HELD_OUT = "held_out"


@dataclass(frozen=True, slots=True)
class Slice:
    """Some recipients of one broadcast, and when each is due."""

    broadcast: Broadcast
    definition: BroadcastDefinition
    ids: Sequence[int]
    due: Sequence[datetime]

    def subject(self, number: int) -> str:
        return f"{self.definition.audience}:{number}"

    def variant(self, number: int) -> str | None:
        """The name of the variant that she gets."""
        split, subject = self.broadcast.split, self.subject(number)
        variant = sop_broadcasts.variant_of(self.definition, split, subject)
        return variant.name if variant else None

    def is_held_out(self, number: int) -> bool:
        split = self.broadcast.split
        return sop_broadcasts.gets_nothing(self.definition, split, self.subject(number))


def of(session: Session, part: Slice, programme: Programme, now: datetime) -> list[dict[str, Any]]:
    """The rows, in the order of the recipients."""
    variants = {number: part.variant(number) for number in part.ids}
    chosen = _chosen(session, part, variants, programme, now)
    return [
        _row(part, number, chosen[number], variants[number], due_at, now)
        for number, due_at in zip(part.ids, part.due, strict=True)
    ]


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
    messages = {variant.name: variant.message for variant in part.definition.variants}
    chosen: dict[int, Chosen] = {}
    for name, numbers in alike.items():
        message = messages[name] if name else part.definition.message
        held_out = [number for number in numbers if part.is_held_out(number)]
        told = [number for number in numbers if number not in set(held_out)]
        nothing = Chosen(None, message.kind, message.content, reason=HELD_OUT)
        chosen |= dict.fromkeys(held_out, nothing)
        chosen |= usual_ways.choose_all(session, part.broadcast, told, message, programme, now)
    return chosen


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
        key=f"broadcast:{broadcast.id}:{part.subject(number)}",
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
