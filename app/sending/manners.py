"""Manners at the moment of sending: may this be said to her now, by what operators have set?

Whatever made a message, plan, broadcast or bot, it is judged by its category. Replies answer her
and are never withheld. What she did not ask for is: to those held out, to who opted out, while an
agent talks with her, in her quiet hours, and beyond her caps. What would have to wait longer than
it lives is not sent. Groups have quiet hours and no caps; so have mass jobs, whose recipients are
judged one by one when the job is made up, see ``crowds``.

What is begun is counted in the transaction that begins it, under the hold in which there was found
to be room, and given back where the platform has certainly not taken it. What may have been taken
already was judged and counted then.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time

from sqlalchemy.orm import Session

from app.domain.outreach import crowds, manners, touches
from app.domain.people import lookups, zones
from app.domain.people.member_records import MemberRecord
from app.outbox import SILENT
from app.sending.due_messages import AnyMessage
from app.sending.verdicts import Occasion, Suppress, Verdict, Verdicts, Wait
from sop import caps as sop_caps
from sop.manners import DROP, REPLY, Manners
from sop.times import wall_clocks

QUIET = "quiet_hours"
OF_PURPOSE: Mapping[str, str] = {"reply": REPLY, "welcome": REPLY, "mass": "marketing"}

Messages = Sequence[AnyMessage]


def moments(session: Session, messages: Messages, occasion: Occasion) -> Verdicts:
    """A check: may it be said now, however little she has heard?"""
    judged = [message for message in messages if _is_judged(message)]
    if not judged:
        return {}
    known, people = manners.in_force(session), _people(session, judged)
    found: dict[int, Verdict] = {}
    for message in judged:
        her = people[message.member_id] if _is_hers(message) and message.member_id else None
        verdict = _of_moment(known, message, her, occasion)
        if verdict is not None:
            found[message.id] = verdict
    return found


def caps(session: Session, messages: Messages, occasion: Occasion) -> Verdicts:
    """A check, of messages to distinct members: is there room in her caps? Her book is held until
    the attempt is committed."""
    known = manners.in_force(session)
    capped = [
        message
        for message in messages
        if _is_judged(message)
        and _is_hers(message)
        and any(cap.counts(category_of(message)) for cap in known.caps)
    ]
    if not capped:
        return {}
    people = _people(session, capped)
    books = touches.hold(session, {her.id for her in people.values()})
    found: dict[int, Verdict] = {}
    for message in capped:
        assert message.member_id is not None
        her, category = people[message.member_id], category_of(message)
        on = zones.day(her, occasion.zone, occasion.now)
        full = sop_caps.full(known.caps, books[her.id], category, on)
        if full is not None:
            morning = wall_clocks.moment(full.until, time(), zones.of(her, occasion.zone))
            found[message.id] = _waits(message, morning, f"cap:{full.cap.name}")
    return found


def count(session: Session, messages: Messages, occasion: Occasion) -> None:
    """These are about to be said, in the transaction that found room for them."""
    touches.add(session, list(_touches(session, messages, lambda _: occasion.now, occasion)))


def give_back(session: Session, message: AnyMessage, occasion: Occasion) -> None:
    """The platform has certainly not taken it."""
    made = _touches(session, [message], lambda it: it.attempted_at or occasion.now, occasion)
    touches.add(session, list(made), times=-1)


def category_of(message: AnyMessage) -> str:
    return message.category or OF_PURPOSE.get(message.purpose, "")


def _is_judged(message: AnyMessage) -> bool:
    is_said = message.purpose not in SILENT and message.doubtful_at is None
    return is_said and category_of(message) not in ("", REPLY)


def _is_hers(message: AnyMessage) -> bool:
    return message.member_id is not None and message.group_id is None


def _people(session: Session, messages: Messages) -> Mapping[int, MemberRecord]:
    hers = [message.member_id for message in messages if _is_hers(message)]
    return lookups.members_behind(session, [member_id for member_id in hers if member_id])


def _of_moment(
    known: Manners, message: AnyMessage, her: MemberRecord | None, occasion: Occasion
) -> Verdict | None:
    category = category_of(message)
    if her is not None:
        reason = crowds.reason_against(known, category, her, occasion.now)
        if reason == crowds.AGENT and her.attended_until is not None:
            return _waits(message, her.attended_until, reason)
        if reason is not None:
            return Suppress(reason)
    if known.quiet is None:
        return None
    zone = zones.of(her, occasion.zone) if her is not None else occasion.zone
    until = known.quiet.until(category, occasion.now, zone)
    if until is None:
        return None
    return Suppress(QUIET) if known.quiet.then == DROP else _waits(message, until, QUIET)


def _waits(message: AnyMessage, until: datetime, reason: str) -> Verdict:
    """Unless it would be too late by then."""
    if message.expires_at is not None and until > message.expires_at:
        return Suppress(reason)
    return Wait(until, reason)


def _touches(
    session: Session,
    messages: Messages,
    moment_of: Callable[[AnyMessage], datetime],
    occasion: Occasion,
) -> Iterator[tuple[int, str, date]]:
    known = manners.in_force(session)
    counted = [
        message
        for message in messages
        if message.purpose not in SILENT
        and message.doubtful_at is None
        and _is_hers(message)
        and category_of(message)
        and known.counts(category_of(message))
    ]
    people = _people(session, counted)
    for message in counted:
        assert message.member_id is not None
        her = people[message.member_id]
        yield her.id, category_of(message), zones.day(her, occasion.zone, moment_of(message))
