"""Quota plans: before something goes to many, how many of them each limit would refuse on which
way, and on how many days it can be said.

All of it is counted in the database, with one statement a way: for everybody who is meant now and
whom no better way reaches, the first thing that is against this way.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.outreach import message_templates, staff_messages
from app.domain.outreach.allowances import limit_table, limits, months, windows
from app.domain.outreach.allowances.mass_months import MassMonth
from app.domain.outreach.allowances.subscribe_grants import SubscribeGrant
from app.domain.outreach.staff_messages import StaffMessage, StaffMessageRecipient
from app.domain.people.channels import Kind
from app.domain.people.consents import Consent
from app.domain.people.contacts import Contact
from app.domain.people.members import Identity, Member
from app.domain.people.staff import Staff
from app.foresight import put_offs
from app.outbox import OutboxMessage, State
from app.sending import ways
from app.sending.routes import Route
from app.sending.ways import Way
from sop import quotas
from sop.contents import Message

LOOKED_BACK = timedelta(days=7)
# The number of a day that a way of an account has at its platform, however many members there are.
DAILY: Mapping[str, str] = {ways.TEMPLATE: limit_table.TEMPLATES_A_DAY}
# Ways that go to many in one call: how many in one, and how many calls a day.
CALLS: Mapping[str, tuple[str, str]] = {
    ways.MASS: (limit_table.MASS_RECIPIENTS, limit_table.MASS_CALLS_A_DAY)
}
_TAKEN = (State.ACCEPTED, State.DELIVERED, State.UNKNOWN)

_Against = tuple[str, sa.ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class WayPlan:
    """``asked``: whom no better way reaches; ``refused`` of them by what. ``a_day`` is what the
    account has left on a usual day after what goes out ``usually``; None where it has no such
    number. ``days``: how many on each day, one after the other. ``put_off``: how many of those who
    may be told have had this line's share of a day, and wait for the next. ``is_fixed``: the days
    are those of each one's own time, and some may be too full."""

    way: str
    channel: str
    asked: int
    refused: Mapping[str, int]
    usually: int = 0
    a_day: int | None = None
    days: Sequence[int] = ()
    put_off: int = 0
    is_fixed: bool = False

    @property
    def is_too_much(self) -> bool:
        """More than the account has left on some day, if nothing is done about it."""
        if self.a_day is None:
            return False
        return any(day > self.a_day for day in self.days) if self.is_fixed else len(self.days) > 1

    @property
    def open(self) -> int:
        return self.asked - sum(self.refused.values())

    @property
    def never(self) -> bool:
        """Nothing is left of the account's number on any usual day."""
        return self.open > 0 and self.a_day is not None and self.a_day <= 0


def of_members(
    session: Session,
    route: Route,
    message: Message,
    meant: sa.Select[int],
    now: datetime,
    days_of: Callable[[sa.Select[int]], Sequence[int]] | None = None,
) -> Sequence[WayPlan]:
    """For each way of the route, in its order, for the members whom ``meant`` selects. ``days_of``
    says on which days how many of some members are told, where that does not follow from the
    account's number."""
    plans, closed = [], list[sa.ColumnElement[bool]]()
    for way in route.ways:
        against = list(_against(session, way, way.message or message, now))
        counted = _counted(session, meant, closed, against)
        plans.append(_plan(session, way, counted, now))
        if way.medium is not None and not way.problem:
            told = _not_against(meant, closed, against)
            plans[-1] = replace(plans[-1], put_off=put_offs.by_line(session, way, told, now))
        if days_of is not None and plans[-1].a_day is not None:
            days = days_of(_not_against(meant, closed, against))
            plans[-1] = replace(plans[-1], days=days, is_fixed=True)
        closed.append(sa.or_(*(condition for _, condition in against)))
    return plans


def daily_most(session: Session, way: str) -> int | None:
    """How many messages a day an account may send this way; None where the platform says none."""
    if way in CALLS:
        recipients, calls = CALLS[way]
        return limits.value(session, recipients) * limits.value(session, calls)
    return limits.value(session, DAILY[way]) if way in DAILY else None


def safe_pace(plans: Sequence[WayPlan]) -> int | None:
    """So many a minute that no day takes more than any account has left, even if everybody were
    reached in one way; None where that is no matter or cannot be."""
    tight = [one.a_day for one in plans if one.a_day is not None and one.is_too_much]
    if not tight or min(tight) < quotas.MINUTES_A_DAY:
        return None
    return quotas.pace_a_minute(min(tight))


def _plan(session: Session, way: Way, counted: Mapping[str, int], now: datetime) -> WayPlan:
    refused = {reason: times for reason, times in counted.items() if reason}
    most, asked = daily_most(session, way.name), sum(counted.values())
    if most is None:
        return WayPlan(way.name, way.channel.name, asked, refused)
    usually = _usually(session, way, now)
    a_day, is_open = most - usually, counted.get("", 0)
    days = quotas.split(is_open, a_day) if a_day > 0 else []
    return WayPlan(way.name, way.channel.name, asked, refused, usually, a_day, days)


def _counted(
    session: Session,
    meant: sa.Select[int],
    closed: Sequence[sa.ColumnElement[bool]],
    against: Sequence[_Against],
) -> Mapping[str, int]:
    """How many each reason is the first against; under no reason those who may be told."""
    chosen = meant.subquery()
    reason: sa.ColumnElement[str] = sa.literal("")
    if against:
        reason = sa.case(*[(condition, sa.literal(name)) for name, condition in against], else_="")
    each = (
        sa.select(reason.label("reason"))
        .select_from(Member)
        .join(chosen, chosen.c[0] == Member.id)
        .where(*closed)
        .subquery()
    )
    rows = session.execute(sa.select(each.c.reason, sa.func.count()).group_by(each.c.reason))
    return dict(rows.all())


def _not_against(
    meant: sa.Select[int], closed: Sequence[sa.ColumnElement[bool]], against: Sequence[_Against]
) -> sa.Select[int]:
    """Those whom this way reaches and no better one."""
    chosen = meant.subquery()
    asked = sa.select(Member.id).join(chosen, chosen.c[0] == Member.id).where(*closed)
    return asked.where(*(~condition for _, condition in against))


def _usually(session: Session, way: Way, now: datetime) -> int:
    """What plans and people sent this way on a day, on the average of the last week. A call to
    many takes a whole call, however few are in it."""
    sent = (
        OutboxMessage.created_at >= now - LOOKED_BACK,
        OutboxMessage.channel_id == way.channel.id,
        OutboxMessage.way == way.outbox_way,
        OutboxMessage.state.in_(_TAKEN),
        OutboxMessage.broadcast_id.is_(None),
    )
    times = session.scalar(sa.select(sa.func.count()).select_from(OutboxMessage).where(*sent)) or 0
    if way.name in CALLS:
        times *= limits.value(session, CALLS[way.name][0])
    return -(-times // LOOKED_BACK.days)


def _against(session: Session, way: Way, message: Message, now: datetime) -> Iterator[_Against]:
    """What may be against this way, the first that applies to a member being the reason. Says the
    same as ``sending.reaching`` finds for one member; a test holds the two together."""
    if way.problem:
        yield way.problem, sa.true()
    elif way.medium is not None:
        yield from _against_direct_line(way.medium)
    else:
        yield "not_reachable", ~_identity(way).exists()
        yield from _against_way(session, way, message, now)


def _against_way(session: Session, way: Way, message: Message, now: datetime) -> Iterator[_Against]:
    template_id = str(message.content.get("template_id", ""))
    if way.name == ways.CUSTOMER_SERVICE:
        if way.channel.replies_passively:
            yield "no_customer_service", sa.true()
        elif windows.needed(way.channel.kind, way.outbox_way):
            yield "window_closed", ~_identity(way).where(_is_window_open(now)).exists()
    if way.name in (ways.TEMPLATE, ways.SUBSCRIBE) and not message_templates.is_approved(
        session, way.channel.id, template_id, way.name
    ):
        yield "template_not_approved", sa.true()
    elif way.name == ways.SUBSCRIBE:
        granted = sa.exists().where(
            SubscribeGrant.identity_id == Identity.id,
            SubscribeGrant.template_id == template_id,
            SubscribeGrant.left > 0,
        )
        yield "not_subscribed", ~_identity(way).where(granted).exists()
    if way.name == ways.MASS:
        most = limits.value(session, limit_table.MASS_A_MONTH)
        full = sa.exists().where(
            MassMonth.identity_id == Identity.id,
            MassMonth.month == months.of(now),
            MassMonth.times >= most,
        )
        yield "mass_month_used_up", _identity(way).where(full).exists() if most else sa.true()
    if way.name == ways.STAFF and way.channel.kind == Kind.WECOM:
        yield "no_contact", ~_identity(way).where(_has_contact()).exists()
        yield "staff_month_used_up", _identity(way).where(_staff_full(session, way, now)).exists()


def _against_direct_line(medium: str) -> Iterator[_Against]:
    address = Member.sealed_email if medium == "mail" else Member.sealed_phone
    agreed = sa.exists().where(
        Consent.member_id == Member.id, Consent.purpose == medium, Consent.withdrawn_at.is_(None)
    )
    yield "opted_out", Member.opted_out_at.is_not(None)
    yield "not_reachable", address.is_(None)
    yield f"no_consent:{medium}", ~agreed


def _identity(way: Way) -> sa.Select[int]:
    """As whom the way's account knows her."""
    return sa.select(Identity.id).where(
        Identity.member_id == Member.id,
        Identity.channel_id == way.channel.id,
        Identity.unfollowed_at.is_(None),
    )


def _is_window_open(now: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(
        sa.and_(Identity.action_until > now, Identity.action_left > 0),
        sa.and_(Identity.chat_until > now, Identity.chat_left > 0),
    )


def _has_contact() -> sa.ColumnElement[bool]:
    return sa.exists().where(
        Contact.identity_id == Identity.id,
        Contact.ended_at.is_(None),
        Staff.id == Contact.staff_id,
        Staff.gone_at.is_(None),
    )


def _staff_full(session: Session, way: Way, now: datetime) -> sa.ColumnElement[bool]:
    counting = [staff_messages.Reach.WAITING, staff_messages.Reach.SENT]
    given = (
        sa.select(sa.func.count())
        .select_from(StaffMessageRecipient)
        .join(StaffMessage, StaffMessage.id == StaffMessageRecipient.staff_message_id)
        .where(
            StaffMessage.channel_id == way.channel.id,
            StaffMessage.cancelled_at.is_(None),
            StaffMessageRecipient.external_id == Identity.external_id,
            StaffMessageRecipient.created_at >= months.began_at(now),
            StaffMessageRecipient.reach.in_(counting),
        )
        .correlate(Identity)
    )
    return given.scalar_subquery() >= limits.value(session, limit_table.STAFF_MESSAGES_A_MONTH)
