"""Staff jobs: gathered messages on their way through the hands of staff.

Every recipient has an outbox row of her own. It is ``attempting`` from the moment at which the
platform is to be given the message, ``accepted`` once staff have been asked, and ends as the
platform tells of her: delivered, failed, or failed as ``not_confirmed`` when nobody has confirmed
it for days. Then nobody can any more, and nothing else is tried: staff may have spoken to her in
their own words.

Whoever is in it counts as told from the moment at which staff are about to be asked; and does not
any more when she has certainly not been told, see ``staff_touches``.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import inbox, outbox
from app.domain.outreach import crowds, staff_messages
from app.domain.outreach.allowances import limit_table, limits
from app.domain.outreach.staff_messages import CONTACTS, GROUPS, Reach, StaffMessage
from app.domain.people.groups import Group
from app.domain.people.members import Identity
from app.outbox import RECIPIENTS, OutboxMessage, State
from app.sending import holds, staff_touches

WANTED, CANCEL = "staff_message_wanted", "staff_message_cancel"  # events of our own
MARKETING = "marketing"
WAY = "staff"  # of the recipients' messages, see ``ways``
AT_ONCE = 500  # ids in one question to the database
NOT_CONFIRMED, NOT_TOLD = "not_confirmed", "not_told"
CANCELLED = "staff_message_cancelled"
GIVEN_UP = (NOT_CONFIRMED, CANCELLED)  # unless it turns out that staff had confirmed just before
TOLD_WITHIN = timedelta(days=2)  # what the platform told longer ago says nothing about the end
REASONS: Mapping[Reach, str] = {
    Reach.NO_CONTACT: "staff_no_contact",
    Reach.TOO_MANY: "staff_too_many",
    Reach.REFUSED: "staff_refused",
}


def gather(
    session: Session,
    said: OutboxMessage,
    row_ids: Sequence[int],
    recipients: Sequence[str],
    now: datetime,
) -> StaffMessage:
    """Asks for a message by staff to these recipients, whose rows all say the same as ``said``."""
    message = staff_messages.prepare(
        session,
        said.channel_id,
        chat_type=GROUPS if said.to_group else CONTACTS,
        sender=said.through,
        content=content_of(said.kind, said.content),
        recipients=recipients,
        rule=said.rule,
        now=now,
    )
    for begin in range(0, len(row_ids), AT_ONCE):
        some = OutboxMessage.id.in_(row_ids[begin : begin + AT_ONCE])
        _update(session, some, staff_message_id=message.id)
    want(session, message, WANTED, now)
    return message


def put_recipients(session: Session, message: StaffMessage, now: datetime) -> None:
    """A message that an operator prepared by itself: a row for each of its recipients."""
    message.rule = f"staff_message:{message.id}"
    recipients = staff_messages.recipients_of(session, message.id)
    rows = []
    for start in range(0, len(recipients), AT_ONCE):
        known = _known(session, message, recipients[start : start + AT_ONCE])
        rows += [_row(message, one, now) for one in known]
    outbox.put_all(session, rows)


def want(session: Session, message: StaffMessage, kind: str, now: datetime) -> None:
    """Once for each message."""
    subject = f"staff_message:{message.id}"
    fields = {"StaffMessageId": str(message.id)}
    inbox.receive_own(
        session,
        key=f"{kind}:{subject}",
        kind=kind,
        subject=subject,
        fields=fields,
        channel_id=message.channel_id,
        now=now,
    )


def content_of(kind: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """A message as staff send it: a text, or one attachment."""
    if kind == "text":
        return {"text": content["text"], "attachments": []}
    attachment = {"kind": kind, **content}
    if kind == "miniprogram":
        for name in ("thumb_media", "thumb_media_id"):
            if name in attachment:
                attachment[name.replace("thumb", "picture")] = attachment.pop(name)
    return {"text": "", "attachments": [attachment]}


def begin(session: Session, message: StaffMessage, zone: ZoneInfo, now: datetime) -> None:
    """The platform is about to be given the message: from now on its recipients are those who are
    still waiting. What was stopped meanwhile is out, what was paused waits anew, and who has heard
    enough is left out."""
    planned = sa.and_(_of(message.id), OutboxMessage.state == State.PLANNED)
    not_held = sa.and_(sa.true(), *holds.of(session).spared())
    _update(session, sa.and_(planned, sa.not_(not_held)), staff_message_id=None)
    if message.operator_id is None:  # else it was looked at when she prepared it
        _leave_out(session, planned, zone, now)
    _update(session, planned, state=State.ATTEMPTING, attempted_at=now, reason=None)
    there = sa.select(OutboxMessage.recipient).where(
        _of(message.id), OutboxMessage.state == State.ATTEMPTING
    )
    staff_messages.keep_to(session, message.id, there)


def accepted(session: Session, message: StaffMessage, zone: ZoneInfo, now: datetime) -> None:
    """The platform has the message, and asks staff to confirm it."""
    ended = _ended(State.ACCEPTED, None, now)
    waits = OutboxMessage.state.in_([State.ATTEMPTING, State.UNKNOWN])
    _update(session, sa.and_(_of(message.id), waits), **ended)
    had_failed = sa.and_(_of(message.id), OutboxMessage.state == State.FAILED)
    staff_touches.end(session, message, had_failed, ended, zone, times=1)


def told(
    session: Session,
    message: StaffMessage,
    recipients: Sequence[str],
    how: Reach,
    zone: ZoneInfo,
    now: datetime,
) -> None:
    """What the platform tells of these recipients. Who was given up and was reached all the same
    has been told."""
    if how is Reach.WAITING:
        return
    is_open = OutboxMessage.state.in_([State.ATTEMPTING, State.ACCEPTED, State.UNKNOWN])
    for start in range(0, len(recipients), AT_ONCE):
        these = OutboxMessage.recipient.in_(recipients[start : start + AT_ONCE])
        of_them = sa.and_(_of(message.id), these)
        if how is Reach.SENT:
            ended = _ended(State.DELIVERED, None, now)
            given_up = sa.and_(of_them, OutboxMessage.reason.in_(GIVEN_UP))
            staff_touches.end(session, message, given_up, ended, zone, times=1)
            _update(session, sa.and_(of_them, is_open), **ended)
        else:
            ended = _ended(State.FAILED, REASONS.get(how), now)
            staff_touches.end(session, message, sa.and_(of_them, is_open), ended, zone, times=-1)


def follow_carriers(session: Session, zone: ZoneInfo, now: datetime) -> None:
    """Where the platform was not given the message after all, or nobody knows whether it was, its
    recipients share the fate of the message that carries theirs."""
    carrier = sa.orm.aliased(OutboxMessage)
    ended = [State.UNKNOWN, State.FAILED, State.SUPPRESSED]
    rows = session.execute(
        sa.select(carrier.staff_message_id, carrier.state, carrier.reason).where(
            carrier.staff_message_id.in_(
                sa.select(OutboxMessage.staff_message_id).where(
                    OutboxMessage.state == sa.text("'attempting'"),
                    OutboxMessage.pipe == RECIPIENTS,
                    OutboxMessage.staff_message_id.is_not(None),
                )
            ),
            carrier.pipe != RECIPIENTS,
            carrier.state.in_(ended),
        )
    )
    for message_id, state, reason in rows.all():
        assert message_id is not None, "they were looked for by it"
        message = session.get_one(StaffMessage, message_id)
        waits = sa.and_(_of(message_id), OutboxMessage.state == State.ATTEMPTING)
        as_it = _ended(State(state), reason, now)
        times = 0 if state == State.UNKNOWN else -1
        staff_touches.end(session, message, waits, as_it, zone, times=times)


def give_up(session: Session, zone: ZoneInfo, now: datetime) -> int:
    """Ends what nobody has confirmed for days, so that it is not sent when it is stale. Returns how
    many messages by staff that is."""
    days = limits.value(session, limit_table.STAFF_GIVEN_UP_AFTER_DAYS)
    stale = staff_messages.unconfirmed_since(session, now - timedelta(days=days))
    for message in stale:
        message.given_up_at = now
        if message.platform_id is None:
            continue
        is_told = message.looked_at is not None and message.looked_at > now - TOLD_WITHIN
        state = State.FAILED if is_told else State.UNKNOWN
        reason = NOT_CONFIRMED if is_told else NOT_TOLD
        waits = sa.and_(_of(message.id), OutboxMessage.state == State.ACCEPTED)
        ended, times = _ended(state, reason, now), -1 if is_told else 0
        staff_touches.end(session, message, waits, ended, zone, times=times)
        if message.cancelled_at is None:
            want(session, message, CANCEL, now)
    return len(stale)


def cancelled(session: Session, message: StaffMessage, zone: ZoneInfo, now: datetime) -> None:
    """Who has not confirmed cannot any more: whoever waits for that waits in vain."""
    waits = sa.and_(_of(message.id), OutboxMessage.state == State.ACCEPTED)
    ended = _ended(State.SUPPRESSED, CANCELLED, now)
    staff_touches.end(session, message, waits, ended, zone, times=-1)


def _leave_out(
    session: Session, planned: sa.ColumnElement[bool], zone: ZoneInfo, now: datetime
) -> None:
    """Who must not be spoken to now, by the operators' manners; the others are counted."""
    theirs = sa.select(OutboxMessage.member_id, OutboxMessage.category).where(
        planned, OutboxMessage.member_id.is_not(None)
    )
    by_category: dict[str, set[int]] = {}
    for member_id, category in session.execute(theirs):
        by_category.setdefault(category or MARKETING, set()).add(member_id or 0)
    for category, member_ids in by_category.items():
        against = crowds.refused(session, member_ids, category, zone, now)
        for reason in sorted(set(against.values())):
            refused = [member_id for member_id in against if against[member_id] == reason]
            hers = sa.and_(planned, OutboxMessage.member_id.in_(refused))
            _update(session, hers, **outbox.suppressed(reason, now))
        crowds.count(session, member_ids - against.keys(), category, zone, now)


def _known(
    session: Session, message: StaffMessage, external_ids: Sequence[str]
) -> Sequence[outbox.Address]:
    """Where its recipients are: groups, or members."""
    where, through = message.channel_id, message.sender
    if message.chat_type == GROUPS:
        of_channel = sa.and_(Group.channel_id == where, Group.external_id.in_(external_ids))
        return [
            outbox.Address(where, one.external_id, None, one.id, way=WAY, through=through)
            for one in session.scalars(sa.select(Group).where(of_channel))
        ]
    of_channel = sa.and_(Identity.channel_id == where, Identity.external_id.in_(external_ids))
    return [
        outbox.Address(where, one.external_id, one.member_id, way=WAY, through=through)
        for one in session.scalars(sa.select(Identity).where(of_channel))
    ]


def _row(message: StaffMessage, address: outbox.Address, now: datetime) -> dict[str, Any]:
    row = outbox.row(
        address,
        key=f"staff_message:{message.id}:{address.recipient}",
        purpose="staff",
        kind="text",
        content=message.content,
        cause=outbox.Cause(f"staff_message:{message.id}", category="marketing"),
        pipe=RECIPIENTS,
        now=now,
    )
    return row | {"staff_message_id": message.id}


def _of(message_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(OutboxMessage.staff_message_id == message_id, OutboxMessage.pipe == RECIPIENTS)


def _ended(state: State, reason: str | None, now: datetime) -> dict[str, Any]:
    return {"state": state, "reason": reason, "settled_at": now}


def _update(session: Session, which: sa.ColumnElement[bool], **values: Any) -> None:
    session.flush()
    session.execute(
        sa.update(OutboxMessage)
        .where(which)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
