"""Routes: over which of a step's ways a message goes. The first that is allowed is taken, and why
each other was passed over is kept with the message.

It is chosen for many members at once when the message is planned. When the way turns out not to be
allowed at the moment of sending, the same message goes on to the next one, unless the platform may
already have taken it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app import lanes
from app.domain.loyalty.entries import Cause
from app.domain.people import channels
from app.domain.people.channels import Channel
from app.domain.people.members import Member
from app.outbox import OutboxMessage, State
from app.programme import Programme
from app.sending import ways
from app.sending.choices import Choosing, Chosen, Route, nowhere
from app.sending.ways import Way
from sop import routes
from sop.contents import Message

__all__ = ["Chosen", "Route", "choose_all", "go_on", "nowhere", "resolve"]

# Why one way may be closed while another is open. Whatever else is against a message (she has opted
# out, its plan was stopped) is against it whichever way it goes.
_OF_THE_WAY = frozenset(
    {"window_closed", "window_used_up", "no_customer_service", "not_subscribed", "left"}
    | {"not_reachable", "no_consent", "no_contact", "recipient_unreachable", "bad_recipient"}
    | {"template_not_approved", "no_template", "no_template_id", "bad_field", "no_right"}
    | {"mass_month_used_up", "mass_needs_two", "staff_month_used_up", "staff_refused", "no_owner"}
    | {"text_too_long", "too_many_attachments", "kind_not_offered", "way_not_offered"}
    | {"bad_number", "number_blocked", "number_daily_limit", "bad_address", "no_money_left"}
    | {"sign_name_not_approved", "param_too_long", "url_in_param", "media_missing", "bad_media"}
)


def resolve(
    session: Session, route: Sequence[routes.Way], plan_channel: Channel, audience: str
) -> Route:
    """The ways of a step in their order, each with its channel; without a route, the usual way of
    the plan's channel."""
    known = channels.all_of(session) if route else ()
    found = ways.resolved(route, plan_channel, known, audience)
    return Route(found, audience == "group", len(found) > 1)


def choose_all(
    session: Session,
    keys: Mapping[int, str],
    route: Route,
    message: Message,
    cause: Cause,
    programme: Programme,
    now: datetime,
) -> Mapping[int, Chosen]:
    """For each member (or group) in ``keys``, which has the key of her message in the outbox, the
    first way over which she can be told it now. Where there is but one way, it is only asked
    whether she can be reached at all: what may change until the message is sent, a window for one,
    is left to its sender. The caller holds the members."""
    choosing = Choosing(session, keys, route, message, cause, programme, now)
    return choosing.all_chosen()


def go_on(
    session: Session, message: OutboxMessage, reason: str, programme: Programme, now: datetime
) -> bool:
    """The way that was chosen is not allowed for this ``reason``: the same message takes the next
    one that is. False when there is none, when the reason is not one of the way, and when the
    platform may have taken the message."""
    if not message.ways_left or not _may_turn(session, message, reason):
        return False
    subject = message.group_id if message.to_group else message.member_id
    assert subject is not None, "only what is said to somebody has a route"
    left = [_kept(session, one) for one in message.ways_left]
    first = left[0].message
    assert first is not None, "each says what it has to say"
    chosen = choose_all(
        session,
        {subject: message.key},
        Route(left, message.to_group, is_choice=True),
        first,
        Cause(message.rule, message.rule_version, message.event_id),
        programme,
        now,
    )[subject]
    kind = session.get_one(Channel, message.channel_id).kind
    gone = {"way": ways.name_of(message, kind), "channel": message.channel_id, "reason": reason}
    message.passed_over = [*(message.passed_over or ()), gone, *chosen.passed_over]
    message.ways_left = list(chosen.ways_left) or None
    if chosen.address is None:
        return False
    _turn(session, message, chosen, now)
    return True


def is_of_the_way(reason: str | None) -> bool:
    """Whether another way may be open although this one is closed for that reason."""
    return (reason or "").partition(":")[0] in _OF_THE_WAY


def _may_turn(session: Session, message: OutboxMessage, reason: str) -> bool:
    """Never what may have been accepted. Who has left us altogether is told nothing any more."""
    if message.state not in (State.PLANNED, State.FAILED, State.SUPPRESSED):
        return False
    if message.doubtful_at is not None or not is_of_the_way(reason):
        return False
    if reason != "left" or message.member_id is None:
        return True
    return session.get_one(Member, message.member_id).left_at is None


def _kept(session: Session, one: Mapping[str, Any]) -> Way:
    """What ``Way.kept`` wrote."""
    channel = session.get_one(Channel, one["channel"])
    way = Way(one["way"], channel, Message(one["kind"], one["content"]))
    is_offered = way.name not in ways.KINDS or channel.kind in ways.KINDS[way.name]
    return way if is_offered else Way(way.name, channel, way.message, ways.NOT_OFFERED)


def _turn(session: Session, message: OutboxMessage, chosen: Chosen, now: datetime) -> None:
    """The row is the same, under the same key; where it goes is new."""
    address = chosen.address
    assert address is not None
    message.channel_id, message.recipient = address.channel_id, address.recipient
    message.way, message.through = address.way, address.through
    message.kind, message.content = chosen.kind, dict(chosen.content)
    message.pipe, message.lane = chosen.pipe, lanes.of(f"{address.channel_id}/{address.recipient}")
    message.state, message.due_at = State.PLANNED, now
    message.attempts, message.attempted_at, message.settled_at = 0, None, None
    message.reason, message.code, message.platform_id = None, None, None
    message.mass_job_id = None
    lanes.touch(session, message.pipe, message.lane)
