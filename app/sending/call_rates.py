"""Call rates: how often a platform lets us call it, obeyed by all processes together.

Calls are counted in slots, a twelfth of the period each; a slot stops counting when its last call
is a whole period old, and a call may reach the platform a while after it was counted. So however
the platform's own period begins, it never sees more than its number. Counts survive whatever the
processes do not. Rooms of group gateways have a rule of their own, see ``room_rates``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once
from app.domain.outreach import limit_table, limits
from app.domain.people import staff
from app.domain.people.channels import Channel, Kind
from app.outbox import OutboxMessage

SLOTS = 12
ON_ITS_WAY = timedelta(seconds=15)
HALF_A_MINUTE = timedelta(seconds=30)
LONGEST_MONTH = timedelta(days=31)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
EVERY_WAY, URL_LINK = "*", "url_link"
CLOSED = "closed"  # no rate, but a quota that the platform says is used up


@dataclass(frozen=True, slots=True)
class Call:
    """A call that a door makes for an operator who waits; what is said is a call as well."""

    way: str
    recipient: str = ""
    through: str = ""


Caller = OutboxMessage | Call


@dataclass(frozen=True, slots=True)
class Rate:
    """So many calls in any period that long: of the channel, or about each thing there is of this
    kind."""

    limit_key: str
    period: timedelta
    per_recipient: bool = False
    per_through: bool = False
    times_staff: bool = False  # the number is for each member of staff, and all share the sum

    @property
    def is_of_channel(self) -> bool:
        return not (self.per_recipient or self.per_through)

    def subject_of(self, call: Caller) -> str:
        if self.per_through:
            return call.through
        return call.recipient if self.per_recipient else ""


_MASS = (Rate(limit_table.MASS_CALLS_A_DAY, DAY), Rate(limit_table.MASS_CALLS_A_MINUTE, MINUTE))
_WECOM = (
    Rate(limit_table.WECOM_CALLS_A_MINUTE, MINUTE),  # of each API there; of all together here
    Rate(limit_table.WECOM_CALLS_AN_HOUR, HOUR),
)
_APP = (
    Rate(limit_table.APP_MESSAGES_A_MINUTE, MINUTE, per_recipient=True),
    Rate(limit_table.APP_MESSAGES_AN_HOUR, HOUR, per_recipient=True),
    Rate(limit_table.APP_MESSAGES_A_DAY, DAY, times_staff=True),
)
# By the kind of channel and the way a message goes; what is not listed has no rate.
RATES: Mapping[tuple[str, str], Sequence[Rate]] = {
    (Kind.OFFICIAL_ACCOUNT, "mass"): _MASS,
    (Kind.OFFICIAL_ACCOUNT, "mass_tag"): _MASS,
    (Kind.OFFICIAL_ACCOUNT, "template"): (Rate(limit_table.TEMPLATES_A_DAY, DAY),),
    (Kind.WECOM, EVERY_WAY): _WECOM,
    (Kind.WECOM, "app"): _APP,
    (Kind.WECOM, "moment"): (
        Rate(limit_table.MOMENTS_A_MINUTE, MINUTE),
        Rate(limit_table.MOMENTS_A_MONTH, LONGEST_MONTH),
    ),
    (Kind.WECOM, "staff_message_reminder"): (
        Rate(limit_table.REMINDERS_A_DAY, DAY, per_through=True),
    ),
    (Kind.MINI_PROGRAM, URL_LINK): (Rate(limit_table.URL_LINKS_A_DAY, DAY),),
    (Kind.SMS_TENCENT, EVERY_WAY): (
        Rate(limit_table.TENCENT_SMS_A_HALF_MINUTE, HALF_A_MINUTE, per_recipient=True),
        Rate(limit_table.TENCENT_SMS_AN_HOUR, HOUR, per_recipient=True),
        Rate(limit_table.TENCENT_SMS_A_DAY, DAY, per_recipient=True),
    ),
    (Kind.SMS_ALIYUN, EVERY_WAY): (
        Rate(limit_table.ALIYUN_SMS_A_MINUTE, MINUTE, per_recipient=True),
        Rate(limit_table.ALIYUN_SMS_AN_HOUR, HOUR, per_recipient=True),
        Rate(limit_table.ALIYUN_SMS_A_DAY, DAY, per_recipient=True),
    ),
    (Kind.VOICE_TENCENT, EVERY_WAY): (
        Rate(limit_table.TENCENT_CALLS_A_HALF_MINUTE, HALF_A_MINUTE, per_recipient=True),
        Rate(limit_table.TENCENT_CALLS_A_DAY, DAY, per_recipient=True),
    ),
    (Kind.VOICE_ALIYUN, EVERY_WAY): (
        Rate(limit_table.ALIYUN_CALLS_A_MINUTE, MINUTE, per_recipient=True),
        Rate(limit_table.ALIYUN_CALLS_AN_HOUR, HOUR, per_recipient=True),
        Rate(limit_table.ALIYUN_CALLS_A_DAY, DAY, per_recipient=True),
    ),
    (Kind.GROUP_ROBOT, EVERY_WAY): (Rate(limit_table.ROBOT_MESSAGES_A_MINUTE, MINUTE),),
}


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
    closed_until = _closed_until(session, channel.id, call.way, now) if call.way else None
    if closed_until is not None:
        return Full(closed_until, for_this_one=False)
    rates = list(_of(channel, call))
    if not rates:
        return None
    _hold(session, channel)
    found = [
        Full(until, not rate.is_of_channel)
        for rate in rates
        if (until := _full_until(session, channel.id, rate, call, now)) is not None
    ]
    return max(found, key=lambda one: one.until, default=None)


def count(session: Session, channel: Channel, call: Caller, now: datetime) -> None:
    """One call is about to be made, in the transaction that has found room for it."""
    for rate in _of(channel, call):
        row = {
            "channel_id": channel.id,
            "rate": rate.limit_key,
            "subject": rate.subject_of(call),
            "ends_at": _slot_end(rate, now) + rate.period + ON_ITS_WAY,
        }
        unique = list(row)
        if insert_once(session, CallCount, {**row, "calls": 1}, unique=unique) is None:
            session.execute(
                sa.update(CallCount)
                .where(*(getattr(CallCount, name) == row[name] for name in row))
                .values(calls=CallCount.calls + 1)
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


def _closed_until(session: Session, channel_id: int, way: str, now: datetime) -> datetime | None:
    return session.scalar(
        sa.select(sa.func.max(CallCount.ends_at)).where(
            CallCount.channel_id == channel_id,
            CallCount.rate == CLOSED,
            CallCount.subject == way,
            CallCount.ends_at > now,
        )
    )


def _hold(session: Session, channel: Channel) -> None:
    session.execute(
        sa.select(Channel.id).where(Channel.id == channel.id).with_for_update(key_share=True)
    )


def _full_until(
    session: Session, channel_id: int, rate: Rate, call: Caller, now: datetime
) -> datetime | None:
    most = limits.value(session, rate.limit_key)
    if rate.times_staff:
        most *= max(1, staff.present(session, channel_id))
    slots = session.execute(
        sa.select(CallCount.calls, CallCount.ends_at)
        .where(
            CallCount.channel_id == channel_id,
            CallCount.rate == rate.limit_key,
            CallCount.subject == rate.subject_of(call),
            CallCount.ends_at > now,
        )
        .order_by(CallCount.ends_at)
    ).all()
    left = sum(calls for calls, _ in slots)
    until = None
    for calls, ends_at in slots:
        if left < most:
            break
        left, until = left - calls, ends_at
    return until


def _slot_end(rate: Rate, now: datetime) -> datetime:
    slot_s = rate.period.total_seconds() / SLOTS
    return datetime.fromtimestamp((now.timestamp() // slot_s + 1) * slot_s, UTC)
