"""Moments: an operator wants one, the platform makes it in the background, staff publish it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.domain.outreach import moments
from app.domain.outreach.moments import Moment
from app.handlers import errands
from app.handlers.scene import AccountScene

WANTED, LOOK, CANCEL = "moment_wanted", "moment_look", "moment_cancel"
MADE, JOB, TASKS, CANCELLED = "moment", "moment_job", "moment_tasks", "moment_cancelling"
DONE = "3"  # the platform's job is over
# The job takes seconds to minutes; staff answer soon or in the next days.
JOB_LOOKS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 720))
LOOKS = tuple(timedelta(hours=hours) for hours in (0.5, 2, 6, 24, 72, 168))


def hand_over(session: Session, scene: AccountScene, now: datetime) -> None:
    """An operator wants it: the platform is given it, once."""
    moment = _moment(session, scene)
    name, rule = str(moment.id), rule_of(moment)
    errands.make(session, scene, MADE, name, rule, moment.content, now=now)


def be_handed_over(session: Session, scene: AccountScene, now: datetime) -> None:
    """The platform works on it."""
    moment = _moment(session, scene)
    moment.job_id = str(scene.event.fields["JobId"])
    for number, after in enumerate(JOB_LOOKS):
        _ask(session, scene, moment, JOB, moment.job_id, f"job:{number}", now + after, now)


def be_told_of_job(session: Session, scene: AccountScene, now: datetime) -> None:
    """The platform has made it, or has not."""
    fields = scene.event.fields
    moment = moments.by_job(session, scene.channel.id, str(fields["JobId"]))
    if moment is None or moment.platform_id is not None or fields["Status"] != DONE:
        return
    moment.looked_at = now
    if not fields["MomentId"]:
        moment.refusal = str(fields["Error"]) or "unclassified"
        return
    moment.platform_id = str(fields["MomentId"])
    for number, after in enumerate(LOOKS):
        _ask(session, scene, moment, TASKS, moment.platform_id, f"look:{number}", now + after, now)


def be_told_of_tasks(session: Session, scene: AccountScene, now: datetime) -> None:
    """Who has published it."""
    moment = _named(session, scene)
    if moment is None:
        return
    moment.looked_at = now
    for task in scene.event.fields.get("Tasks") or []:
        published_at = now if task["Status"] == "1" else None
        moments.publish(session, moment, str(task["UserID"]), published_at)


def look(session: Session, scene: AccountScene, now: datetime) -> None:
    """An operator wants to know now."""
    moment = _moment(session, scene)
    if moment.platform_id is not None:
        _ask(session, scene, moment, TASKS, moment.platform_id, scene.event.key, now, now)
    elif moment.job_id is not None:
        _ask(session, scene, moment, JOB, moment.job_id, scene.event.key, now, now)


def cancel(session: Session, scene: AccountScene, now: datetime) -> None:
    moment = _moment(session, scene)
    if moment.platform_id is not None:
        _ask(session, scene, moment, CANCELLED, moment.platform_id, scene.event.key, now, now)


def be_cancelled(session: Session, scene: AccountScene, now: datetime) -> None:
    moment = _named(session, scene)
    if moment is not None:
        moment.cancelled_at = moment.cancelled_at or now


def rule_of(moment: Moment) -> str:
    return f"moment:{moment.id}"


OF_ACCOUNTS: Mapping[str, Sequence[Callable[[Session, AccountScene, datetime], None]]] = {
    WANTED: (hand_over,),
    MADE: (be_handed_over,),
    JOB: (be_told_of_job,),
    TASKS: (be_told_of_tasks,),
    LOOK: (look,),
    CANCEL: (cancel,),
    CANCELLED: (be_cancelled,),
}


def _moment(session: Session, scene: AccountScene) -> Moment:
    return session.get_one(Moment, errands.subject(session, scene, "OurMomentId"))


def _named(session: Session, scene: AccountScene) -> Moment | None:
    """The moment by the platform's name of it."""
    moment_id = str(scene.event.fields.get("MomentId", ""))
    return moments.by_platform_id(session, scene.channel.id, moment_id)


def _ask(
    session: Session,
    scene: AccountScene,
    moment: Moment,
    way: str,
    through: str,
    name: str,
    due_at: datetime,
    now: datetime,
) -> None:
    named, rule = f"{moment.id}:{name}", rule_of(moment)
    errands.ask(session, scene, way, named, rule, through=through, due_at=due_at, now=now)
