"""Who a broadcast was for: a page by state, with reasons; and everybody, as a table to download."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask import Response, abort, request, stream_with_context
from sqlalchemy.orm import Session

from app import row_ids
from app.broadcasting import figures
from app.console.frame import PAGE, Answer, console, moment, operator_id, page, siyu
from app.console.saying import causes, reason_words
from app.console.sending.broadcast_words import way_in_words
from app.domain.outreach.broadcasts import Broadcast, Recipient, State
from app.domain.people import operators
from app.domain.people.groups import Group
from app.domain.people.members import Member
from app.outbox import OutboxMessage
from app.spreadsheets import writing

AT_ONCE = 1_000
COLUMNS = ("recipient", "name", "state", "reason", "variant", "way", "code", "at")


@console.get("/broadcasts/<int:broadcast_id>/recipients", endpoint="broadcast_recipients")
def list_recipients(broadcast_id: int) -> Answer:
    state, before = request.args.get("state", ""), request.args.get("before", type=row_ids.read)
    with siyu().database.reading() as session:
        shown = session.get(Broadcast, broadcast_id) or abort(404)
        messages = _messages(session, broadcast_id, state, before)
        return page(
            "sending/broadcast_recipients.html",
            broadcast=shown,
            state=state,
            figures=figures.counts(session, broadcast_id),
            messages=messages[:PAGE],
            older=messages[PAGE - 1][0].id if len(messages) > PAGE else None,
        )


@console.get("/broadcasts/<int:broadcast_id>/recipients.csv")
def export_recipients(broadcast_id: int) -> Response:
    """Everybody who was meant, also those who still wait."""
    with siyu().database.writing() as session:
        if session.get(Broadcast, broadcast_id) is None:
            abort(404)
        subject, now = f"broadcast:{broadcast_id}", siyu().clock()
        operators.record(session, operator_id(), "broadcast.export", subject, {}, now)
    lines = writing.as_csv(_table(broadcast_id))
    answer = Response(stream_with_context(lines), mimetype="text/csv")
    name = f"broadcast-{broadcast_id}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _messages(
    session: Session, broadcast_id: int, state: str, before: int | None
) -> Sequence[tuple[OutboxMessage, str | None, str | None]]:
    """A page of what became of whom, latest first, with the member's or the group's name."""
    wanted = (
        sa.select(OutboxMessage, Member.nickname, Group.name)
        .outerjoin(Member, Member.id == OutboxMessage.member_id)
        .outerjoin(Group, Group.id == OutboxMessage.group_id)
        .where(OutboxMessage.broadcast_id == broadcast_id)
        .order_by(OutboxMessage.id.desc())
        .limit(PAGE + 1)
    )
    if state:
        wanted = wanted.where(OutboxMessage.state == state)
    if before is not None:
        wanted = wanted.where(OutboxMessage.id < before)
    return session.execute(wanted).all()


def _table(broadcast_id: int) -> Iterator[Sequence[Any]]:
    """The table, a batch at a time, so that a million lines need no memory."""
    yield COLUMNS
    last = 0
    while True:
        with siyu().database.reading() as session:
            shown = session.get_one(Broadcast, broadcast_id)
            numbers = session.scalars(
                sa.select(Recipient.subject_id)
                .where(Recipient.broadcast_id == broadcast_id, Recipient.subject_id > last)
                .order_by(Recipient.subject_id)
                .limit(AT_ONCE)
            ).all()
            if not numbers:
                return
            yield from list(_rows(session, shown, numbers))
        last = numbers[-1]


def _rows(session: Session, shown: Broadcast, numbers: Sequence[int]) -> Iterator[Sequence[Any]]:
    keys = {f"broadcast:{shown.id}:{shown.audience}:{number}": number for number in numbers}
    found = session.scalars(sa.select(OutboxMessage).where(OutboxMessage.key.in_(keys)))
    told = {keys[message.key]: message for message in found}
    names = _names(session, shown.audience, numbers)
    waiting = "suppressed" if shown.state == State.CANCELLED else figures.WAITING
    for number in numbers:
        message = told.get(number)
        who = f"{shown.audience}:{number}", names.get(number, "")
        if message is None:
            yield (*who, causes.state_in_words(waiting), "", "", "", "", "")
            continue
        yield (
            *who,
            causes.state_in_words(message.state),
            reason_words.reason_in_words(message.reason),
            message.variant or "",
            way_in_words(message.way),
            message.code if message.code is not None else "",
            moment(message.settled_at or message.attempted_at),
        )


def _names(session: Session, audience: str, numbers: Sequence[int]) -> Mapping[int, str]:
    its_id, name = (Group.id, Group.name) if audience == "group" else (Member.id, Member.nickname)
    rows = session.execute(sa.select(its_id, name).where(its_id.in_(numbers)))
    return {row[0]: row[1] for row in rows}
