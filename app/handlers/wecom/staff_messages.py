"""Messages by staff: an operator wants one, the platform has it, and from then on it is asked now
and then who has confirmed it and whom it has reached."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.domain.outreach import staff_messages
from app.domain.outreach.allowances import limit_table, limits
from app.domain.outreach.staff_messages import REACHES, Reach, StaffMessage
from app.handlers import errands
from app.handlers.scene import AccountScene
from app.outbox import OutboxMessage
from app.sending import staff_jobs

WANTED, CANCEL = staff_jobs.WANTED, staff_jobs.CANCEL
LOOK, REMIND = "staff_message_look", "staff_message_remind"
MADE = "staff_message"
TASKS, RESULTS = "staff_message_tasks", "staff_message_results"
REMINDER, CANCELLED = "staff_message_reminder", "staff_message_cancelling"
REMINDED_WITHIN = timedelta(hours=1)
# When to look how it stands; staff answer soon or in the next days.
LOOKS = tuple(timedelta(hours=hours) for hours in (0.1, 0.5, 2, 6, 24, 48, 72, 168))


def hand_over(session: Session, scene: AccountScene, now: datetime) -> None:
    """An operator wants it: the platform is given it, once."""
    message = _message(session, scene)
    staff_jobs.begin(session, message, scene.programme.zone, now)
    recipients = list(staff_messages.recipients_of(session, message.id))
    if not recipients:  # whatever it was gathered for has been stopped or paused since
        message.cancelled_at = now
        return
    content = {**message.content, "chat_type": message.chat_type, "recipients": recipients}
    name, rule = str(message.id), rule_of(message)
    carrier_id = errands.make(
        session, scene, MADE, name, rule, content, through=message.sender, now=now
    )
    if carrier_id is not None:
        session.get_one(OutboxMessage, carrier_id).staff_message_id = message.id


def be_handed_over(session: Session, scene: AccountScene, now: datetime) -> None:
    """The platform has it."""
    message = _message(session, scene)
    message.platform_id = str(scene.event.fields["MsgId"])
    staff_jobs.accepted(session, message, scene.programme.zone, now)
    refused = [str(one) for one in scene.event.fields.get("Refused") or []]
    for external_id in refused:
        staff_messages.reach(session, message.id, external_id, Reach.REFUSED, None)
    staff_jobs.told(session, message, refused, Reach.REFUSED, scene.programme.zone, now)
    for number, after in enumerate(LOOKS):
        _ask(session, scene, message, TASKS, f"look:{number}", due_at=now + after, now=now)


def look(session: Session, scene: AccountScene, now: datetime) -> None:
    """An operator wants to know now."""
    _ask_if_there(session, scene, TASKS, now)


def remind(session: Session, scene: AccountScene, now: datetime) -> None:
    """A reminder that may not be given soon is not given late."""
    _ask_if_there(session, scene, REMINDER, now, expires_at=now + REMINDED_WITHIN)


def cancel(session: Session, scene: AccountScene, now: datetime) -> None:
    _ask_if_there(session, scene, CANCELLED, now)


def be_cancelled(session: Session, scene: AccountScene, now: datetime) -> None:
    message = _named(session, scene)
    if message is not None:
        message.cancelled_at = message.cancelled_at or now
        staff_jobs.cancelled(session, message, scene.programme.zone, now)


def be_told_of_tasks(session: Session, scene: AccountScene, now: datetime) -> None:
    """Who has confirmed; whom they reached is asked of everybody who has."""
    message = _named(session, scene)
    if message is None:
        return
    message.looked_at = now
    is_waited_for = False
    for task in scene.event.fields.get("Tasks") or []:
        userid, at = str(task["UserID"]), _moment(task)
        confirmed_at = at or now if task["Status"] == "2" else None
        staff_messages.confirm(session, message, userid, confirmed_at)
        if confirmed_at is not None:
            _ask(session, scene, message, RESULTS, userid, recipient=userid, now=now)
        else:
            is_waited_for = True
    if is_waited_for:
        _remind_by_itself(session, scene, message, now)


def be_told_of_results(session: Session, scene: AccountScene, now: datetime) -> None:
    """Whom one member of staff has reached."""
    message = _named(session, scene)
    if message is None:
        return
    userid = str(scene.event.fields.get("UserID", ""))
    by_reach: dict[Reach, list[str]] = {}
    for result in scene.event.fields.get("Results") or []:
        how, recipient = REACHES.get(str(result["Status"])), str(result["Recipient"])
        if how is not None:
            by_reach.setdefault(how, []).append(recipient)
            staff_messages.reach(session, message.id, recipient, how, _moment(result), userid)
    for how, recipients in by_reach.items():
        staff_jobs.told(session, message, recipients, how, scene.programme.zone, now)


def rule_of(message: StaffMessage) -> str:
    return f"staff_message:{message.id}"


OF_ACCOUNTS: Mapping[str, Sequence[Callable[[Session, AccountScene, datetime], None]]] = {
    WANTED: (hand_over,),
    MADE: (be_handed_over,),
    LOOK: (look,),
    REMIND: (remind,),
    CANCEL: (cancel,),
    CANCELLED: (be_cancelled,),
    TASKS: (be_told_of_tasks,),
    RESULTS: (be_told_of_results,),
}


def _remind_by_itself(
    session: Session, scene: AccountScene, message: StaffMessage, now: datetime
) -> None:
    """Staff who let a message lie are reminded now and then, without an operator."""
    hours = limits.value(session, limit_table.STAFF_REMINDED_AFTER_H)
    last_at = message.reminded_at or message.created_at
    is_over = message.cancelled_at is not None or message.given_up_at is not None
    most = limits.value(session, limit_table.STAFF_REMINDERS)
    if is_over or message.reminders >= most or now < last_at + timedelta(hours=hours):
        return
    message.reminded_at, message.reminders = now, message.reminders + 1
    name = f"by_itself:{message.reminders}"
    _ask(session, scene, message, REMINDER, name, expires_at=now + REMINDED_WITHIN, now=now)


def _message(session: Session, scene: AccountScene) -> StaffMessage:
    return session.get_one(StaffMessage, errands.subject(session, scene, "StaffMessageId"))


def _named(session: Session, scene: AccountScene) -> StaffMessage | None:
    """The message by the platform's name of it."""
    msgid = str(scene.event.fields.get("MsgId", ""))
    return staff_messages.by_platform_id(session, scene.channel.id, msgid)


def _ask_if_there(
    session: Session,
    scene: AccountScene,
    way: str,
    now: datetime,
    expires_at: datetime | None = None,
) -> None:
    message = _message(session, scene)
    if message.platform_id is not None:
        _ask(session, scene, message, way, scene.event.key, expires_at=expires_at, now=now)


def _ask(
    session: Session,
    scene: AccountScene,
    message: StaffMessage,
    way: str,
    name: str,
    *,
    now: datetime,
    **how: Any,
) -> None:
    """``how``: to whom the question is about, when it is due and when it is too late."""
    named = f"{message.id}:{name}"
    through = str(message.platform_id)
    errands.ask(session, scene, way, named, rule_of(message), through=through, now=now, **how)


def _moment(told: Mapping[str, Any]) -> datetime | None:
    seconds = str(told.get("SendTime") or "")
    return datetime.fromtimestamp(int(seconds), UTC) if seconds.isdecimal() else None
