"""Call rates: how often a platform lets us call it, obeyed by all processes together.

Calls are counted in slots, a twelfth of the period each; a slot stops counting when its last call
is a whole period old, and a call may reach the platform a while after it was counted. So however
the platform's own period begins, it never sees more than its number. Counts survive whatever the
processes do not. Rooms of group gateways have a rule of their own, see ``room_rates``.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once
from app.domain.outreach.allowances import limits
from app.domain.people import staff
from app.domain.people.channels import Channel
from app.sending.rate_table import EVERY_WAY, RATES, Call, Caller, Rate

SLOTS = 12
ON_ITS_WAY = timedelta(seconds=15)
CLOSED = "closed"  # no rate, but a quota that the platform says is used up


class CallCount(Base):
    """The calls of one slot, until they no longer count."""

    __tablename__ = "call_counts"
    __table_args__ = (
        sa.UniqueConstraint("channel_id", "rate", "subject", "ends_at"),
        sa.Index("ix_call_counts_ends_at", "ends_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("channels.id"))
    rate: Mapped[str]
    subject: Mapped[str]
    ends_at: Mapped[datetime]
    calls: Mapped[int]


@dataclass(frozen=True, slots=True)
class Full:
    """No room until then: for this one, or for whatever goes this way."""

    until: datetime
    for_this_one: bool


def full(session: Session, channel: Channel, call: Caller, now: datetime) -> Full | None:
    """What the call has to wait for, or None when it may be made now. Until the transaction
    ends nobody else is told that there is room."""
    return full_for(session, channel, [call], now)[0]


def full_for(
    session: Session, channel: Channel, calls: Sequence[Caller], now: datetime
) -> list[Full | None]:
    """The same for calls to be made together: there is room for as many of the first as fit."""
    closed = _closed_until(session, channel.id, {call.way for call in calls}, now)
    if not closed and not any(True for call in calls for _ in _of(channel, call)):
        return [None] * len(calls)
    _hold(session, channel)
    rooms: dict[tuple[str, str], _Room] = {}
    found: list[Full | None] = []
    for call in calls:
        if call.way in closed:
            found.append(Full(closed[call.way], for_this_one=False))
            continue
        wanted = [
            (rate, _room(session, channel, rate, call, rooms, now)) for rate in _of(channel, call)
        ]
        waits = [
            Full(until, not rate.is_of_channel)
            for rate, room in wanted
            if (until := room.full_until()) is not None
        ]
        if not waits:
            for _, room in wanted:
                room.add()
        found.append(max(waits, key=lambda one: one.until, default=None))
    return found


def count(session: Session, channel: Channel, call: Caller, now: datetime) -> None:
    """One call is about to be made, in the transaction that has found room for it."""
    count_all(session, channel, [call], now)


def count_all(session: Session, channel: Channel, calls: Iterable[Caller], now: datetime) -> None:
    """These calls are about to be made."""
    counted = Counter(
        (rate, rate.subject_of(call)) for call in calls for rate in _of(channel, call)
    )
    for (rate, subject), calls_made in counted.items():
        row = {
            "channel_id": channel.id,
            "rate": rate.limit_key,
            "subject": subject,
            "ends_at": _ends_at(rate, now),
        }
        if insert_once(session, CallCount, {**row, "calls": calls_made}, unique=list(row)) is None:
            session.execute(
                sa.update(CallCount)
                .where(*(getattr(CallCount, name) == row[name] for name in row))
                .values(calls=CallCount.calls + calls_made)
                .execution_options(synchronize_session=False)
            )


def take(session: Session, channel: Channel, call: Call, now: datetime) -> bool:
    """Counts the call a door is about to make. False when there is no room for it."""
    if full(session, channel, call, now) is not None:
        return False
    count(session, channel, call, now)
    return True


def close(session: Session, channel: Channel, way: str, until: datetime) -> None:
    """The platform says that a quota of its own is used up: nothing goes this way before then."""
    row = {"channel_id": channel.id, "rate": CLOSED, "subject": way, "ends_at": until, "calls": 0}
    insert_once(session, CallCount, row, unique=["channel_id", "rate", "subject", "ends_at"])


def forget_past(session: Session, now: datetime) -> None:
    """What no longer counts is not kept."""
    session.execute(sa.delete(CallCount).where(CallCount.ends_at <= now))


def _of(channel: Channel, call: Caller) -> Iterator[Rate]:
    for way in (EVERY_WAY, call.way):
        yield from RATES.get((channel.kind, way), ())


def _closed_until(
    session: Session, channel_id: int, ways: Collection[str], now: datetime
) -> Mapping[str, datetime]:
    """The ways that the platform has closed, until when."""
    if not any(ways):
        return {}
    found = session.execute(
        sa.select(CallCount.subject, sa.func.max(CallCount.ends_at))
        .where(
            CallCount.channel_id == channel_id,
            CallCount.rate == CLOSED,
            CallCount.subject.in_({way for way in ways if way}),
            CallCount.ends_at > now,
        )
        .group_by(CallCount.subject)
    )
    return {way: until for way, until in found}  # noqa: C416  rows


def _hold(session: Session, channel: Channel) -> None:
    session.execute(
        sa.select(Channel.id).where(Channel.id == channel.id).with_for_update(key_share=True)
    )


@dataclass(slots=True)
class _Room:
    """How many calls of one rate count at present, until when, and how many may."""

    most: int
    slots: list[tuple[int, datetime]]  # calls, and when they no longer count; the earliest first
    ends_at: datetime  # of what is called now

    def full_until(self) -> datetime | None:
        left = sum(calls for calls, _ in self.slots)
        until = None
        for calls, ends_at in self.slots:
            if left < self.most:
                break
            left, until = left - calls, ends_at
        return until

    def add(self) -> None:
        self.slots.append((1, self.ends_at))


def _room(
    session: Session,
    channel: Channel,
    rate: Rate,
    call: Caller,
    rooms: dict[tuple[str, str], _Room],
    now: datetime,
) -> _Room:
    """The room there is for a call, looked at once for all that share it."""
    key = (rate.limit_key, rate.subject_of(call))
    if key not in rooms:
        most = limits.value(session, rate.limit_key)
        if rate.times_staff:
            most *= max(1, staff.present(session, channel.id))
        slots = session.execute(
            sa.select(CallCount.calls, CallCount.ends_at)
            .where(
                CallCount.channel_id == channel.id,
                CallCount.rate == rate.limit_key,
                CallCount.subject == rate.subject_of(call),
                CallCount.ends_at > now,
            )
            .order_by(CallCount.ends_at)
        )
        rooms[key] = _Room(most, [(calls, at) for calls, at in slots], _ends_at(rate, now))
    return rooms[key]


def _ends_at(rate: Rate, now: datetime) -> datetime:
    """When a call of now no longer counts."""
    slot_s = rate.period.total_seconds() / SLOTS
    slot_end = datetime.fromtimestamp((now.timestamp() // slot_s + 1) * slot_s, UTC)
    return slot_end + rate.period + ON_ITS_WAY
