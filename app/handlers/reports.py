"""Reports: what the shop's own people are told in their group."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from app import outbox
from app.domain.insight import days
from app.domain.people import groups
from app.handlers import texts
from app.handlers.scene import AccountScene


def say_daily(session: Session, scene: AccountScene, now: datetime) -> None:
    """What yesterday brought, to the group that the robot speaks in."""
    day = date.fromisoformat(str(scene.event.fields["Day"]))
    for group in groups.of(session, scene.channel.id):
        outbox.put(
            session,
            outbox.Address(scene.channel.id, group.external_id, None, group.id),
            key=f"report:{scene.channel.key}:{day}",
            purpose="report",
            kind="markdown",
            content={"text": texts.report(day, days.of(session, scene.programme.zone, day))},
            cause=outbox.Cause("daily_report", None, scene.event.id),
            now=now,
        )
