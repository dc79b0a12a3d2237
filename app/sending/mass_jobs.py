"""Mass jobs: a mass message on its way to the platform, one call for up to 10,000 members.

Every recipient has an outbox row of her own, which waits in the pipe ``RECIPIENTS`` that no sender
works. What the sender attempts is one row more, the job's. The first attempt settles who is in the
job; from then on the grouping is frozen, so that an attempt cut off in the middle is repeated for
the very same openids under the very same key, and nobody gets the message twice. Only when the
platform has certainly not taken it is everybody asked again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import lanes, outbox
from app.domain.outreach import audience, mass_messages
from app.domain.outreach.allowances import limit_table, limits, mass_months, months
from app.domain.outreach.mass_messages import MassJob, MassMessage
from app.domain.people.members import Identity
from app.outbox import RECIPIENTS, OutboxMessage, State
from app.segments import crowds
from app.sending import due_messages, mass_recipients
from app.sending.due_messages import AnyMessage
from app.sending.verdicts import Occasion
from bots.messages import Answer, Outcome, Outgoing
from sop import audiences

RECIPIENTS_MIN = 2
AT_ONCE = 500  # ids in one question to the database
_OPEN = (State.ATTEMPTING, State.UNKNOWN)
_TOO_SOON = 45066  # the platform has this key already, since less than a minute


def hand_over(session: Session, message: MassMessage, now: datetime) -> None:
    """Plans a draft's jobs. The caller holds it as a draft."""
    mass_messages.begin(session, message, now)
    if message.recipient:
        _plan_job(session, message, 1, mass_messages.TO_TAG, message.recipient, now)
        return
    most = limits.value(session, limit_table.MASS_RECIPIENTS)
    for number, people in enumerate(grouped(_meant(session, message, now), most), start=1):
        recipient = f"{message.id}/{number}"
        job = _plan_job(session, message, number, mass_messages.TO_MANY, recipient, now)
        rows = [_row(message, job, identity, now) for identity in people]
        session.execute(sa.insert(OutboxMessage), rows)


def gather(
    session: Session, message: MassMessage, row_ids: Sequence[int], category: str, now: datetime
) -> MassJob:
    """Plans the one job of a gathered message, for these rows, which its caller has locked."""
    recipient = f"{message.id}/1"
    job = _plan_job(session, message, 1, mass_messages.TO_MANY, recipient, now, category)
    for begin in range(0, len(row_ids), AT_ONCE):
        some = OutboxMessage.id.in_(row_ids[begin : begin + AT_ONCE])
        mass_recipients.update(session, some, mass_job_id=job.id)
    return job


def reason_against(session: Session, carrier: AnyMessage, occasion: Occasion) -> str | None:
    """Why a job must not be handed over any more, or None when it may; its recipients are those
    who may still be told. Asked once, right before the attempt."""
    job, now = session.get_one(MassJob, carrier.mass_job_id), occasion.now
    month = months.of(now)
    if carrier.way == mass_messages.TO_TAG:
        if job.month is None and carrier.recipient == "all":
            mass_months.count(session, _followers(carrier), month)
        job.month = job.month or month
        return None
    if carrier.doubtful_at is None:
        job.month = month
        whom = _whom(session, session.get_one(MassMessage, job.mass_message_id), now)
        mass_recipients.choose(session, carrier, whom, month, occasion)
    count = sa.select(sa.func.count()).where(mass_recipients.in_job(job.id, State.PLANNED, *_OPEN))
    if (session.scalar(count) or 0) < RECIPIENTS_MIN:
        _give_months_back(session, job, State.PLANNED)
        mass_recipients.count_touches(session, carrier, State.PLANNED, occasion.zone, now, times=-1)
        left_over = mass_recipients.in_job(job.id, State.PLANNED)
        mass_recipients.update(session, left_over, **outbox.suppressed("mass_needs_two", now))
        return "mass_needs_two"
    begun = {"state": State.ATTEMPTING, "attempted_at": now, "reason": None}
    mass_recipients.update(session, mass_recipients.in_job(job.id, State.PLANNED, *_OPEN), **begun)
    return None


def outgoing(session: Session, message: AnyMessage) -> Outgoing:
    """What the sender says: a job names its recipients."""
    if message.way != mass_messages.TO_MANY:
        return due_messages.outgoing(message)
    in_job = sa.select(OutboxMessage.recipient).where(
        mass_recipients.in_job(message.mass_job_id, *_OPEN)
    )
    openids = tuple(session.scalars(in_job.order_by(OutboxMessage.id)))
    return replace(due_messages.outgoing(message), recipients=openids)


def settled(session: Session, carrier: OutboxMessage, answer: Answer, occasion: Occasion) -> None:
    """The carrier has its outcome: so have the recipients."""
    if answer.code == _TOO_SOON:
        carrier.doubtful_at = carrier.doubtful_at or carrier.attempted_at
    job, now = session.get_one(MassJob, carrier.mass_job_id), occasion.now
    if answer.outcome is Outcome.ACCEPTED:
        mass_recipients.end(session, job.id, _OPEN, State.ACCEPTED, None, now)
    elif carrier.state == State.UNKNOWN:
        mass_recipients.end(session, job.id, _OPEN, State.UNKNOWN, carrier.reason, now)
    elif carrier.doubtful_at is None:
        _give_months_back(session, job, State.ATTEMPTING)
        at = carrier.attempted_at or now
        mass_recipients.count_touches(
            session, carrier, State.ATTEMPTING, occasion.zone, at, times=-1
        )
        if carrier.state == State.FAILED:
            mass_recipients.end(
                session, job.id, [State.ATTEMPTING], State.FAILED, carrier.reason, now
            )
        else:
            mass_recipients.update(
                session, mass_recipients.in_job(job.id, State.ATTEMPTING), state=State.PLANNED
            )


def called_off(session: Session, carrier: OutboxMessage, now: datetime) -> None:
    """The carrier has ended without an attempt: so have the recipients."""
    if carrier.settled_at is not None:
        states = [State.PLANNED, *_OPEN]
        state, reason = State(carrier.state), carrier.reason
        mass_recipients.end(session, carrier.mass_job_id, states, state, reason, now)


def finished(
    session: Session, carrier: OutboxMessage, counts: Mapping[str, Any], now: datetime
) -> None:
    """The platform has told how the job ended; ``counts`` as in ``MassJob``. It does not say who
    was left out, so only a job without a loss is delivered to each."""
    job = session.get_one(MassJob, carrier.mass_job_id)
    for name in ("status", "total", "filtered", "sent", "errors"):
        setattr(job, name, counts.get(name))
    job.finished_at = now
    if carrier.state == State.FAILED:
        mass_recipients.end(session, job.id, [State.ACCEPTED], State.FAILED, carrier.reason, now)
    elif job.sent is not None and job.sent == job.total:
        mass_recipients.end(session, job.id, [State.ACCEPTED], State.DELIVERED, None, now)


def grouped(people: Sequence[Identity], most: int) -> Iterator[Sequence[Identity]]:
    """In groups that are as large as allowed, none of them of one person unless there is but one:
    the platform takes two at least."""
    begin = 0
    while begin < len(people):
        end = min(begin + most, len(people))
        if len(people) - end == 1 and end - begin > RECIPIENTS_MIN:
            end -= 1
        yield people[begin:end]
        begin = end


def _plan_job(
    session: Session,
    message: MassMessage,
    number: int,
    way: str,
    recipient: str,
    now: datetime,
    category: str = "",
) -> MassJob:
    job = MassJob(mass_message_id=message.id, number=number)
    session.add(job)
    session.flush()
    carrier_id = outbox.put(
        session,
        outbox.Address(message.channel_id, recipient, way=way),
        key=f"mass:{message.id}:job:{number}",
        purpose="mass",
        kind=message.kind,
        content=message.content,
        cause=outbox.Cause(f"mass:{message.id}", category=category),
        pipe=lanes.BROADCASTS,
        now=now,
    )
    session.get_one(OutboxMessage, carrier_id).mass_job_id = job.id
    return job


def _row(message: MassMessage, job: MassJob, identity: Identity, now: datetime) -> dict[str, Any]:
    return {
        "key": f"mass:{message.id}:{identity.id}",
        "pipe": RECIPIENTS,
        "lane": 0,
        "channel_id": message.channel_id,
        "recipient": identity.external_id,
        "to_group": False,
        "member_id": identity.member_id,
        "kind": message.kind,
        "content": message.content,
        "purpose": "mass",
        "way": mass_messages.TO_MANY,
        "rule": f"mass:{message.id}",
        "mass_job_id": job.id,
        "created_at": now,
        "due_at": now,
        "state": State.PLANNED,
        "attempts": 0,
    }


def meant(session: Session, message: MassMessage, now: datetime) -> sa.Select[int]:
    """The ids of the members whom its filter means at present."""
    chosen = audiences.parse(message.audience.get("filter", {}))
    crowd_of = crowds.at(session, now)
    return audience.members_meant(chosen, message.channel_id, crowd_of=crowd_of)


def _meant(session: Session, message: MassMessage, now: datetime) -> Sequence[Identity]:
    whom = _whom(session, message, now)
    assert whom is not None, "who is gathered has been written down already"
    return session.scalars(
        sa.select(Identity)
        .where(
            Identity.channel_id == message.channel_id,
            Identity.unfollowed_at.is_(None),
            Identity.member_id.in_(whom),
        )
        .order_by(Identity.id)
    ).all()


def _whom(session: Session, message: MassMessage, now: datetime) -> sa.Select[int] | None:
    """The members it is for; None for those who were gathered, whose plan has judged them."""
    if message.audience["to"] == mass_messages.GATHERED:
        return None
    return meant(session, message, now)


def _give_months_back(session: Session, job: MassJob, state: State) -> None:
    if job.month is not None:
        mass_months.give_back(session, mass_recipients.identities(job.id, state), job.month)


def _followers(carrier: AnyMessage) -> sa.Select[int]:
    return sa.select(Identity.id).where(
        Identity.channel_id == carrier.channel_id, Identity.unfollowed_at.is_(None)
    )
