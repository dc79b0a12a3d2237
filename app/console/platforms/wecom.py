"""WeCom: the staff of each corp with their contacts, its customer groups, and what is awaited."""

from dataclasses import dataclass
from typing import Any

from flask import abort, flash
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import inbox, lanes
from app.console.frame import Answer, console, go, operator_id, page, siyu
from app.domain.people import channels, contacts, customer_groups, groups, operators, staff
from app.domain.people.channels import Channel, Kind


@dataclass(frozen=True, slots=True)
class Corp:
    """What the page shows of one channel."""

    channel: Channel
    staff: Any
    contacts: Any
    groups: Any
    members: Any
    waiting: int


@console.get("/wecom")
def wecom() -> Answer:
    with siyu().database.reading() as session:
        known = [one for one in channels.all_of(session) if one.kind == Kind.WECOM]
        return page("platforms/wecom.html", corps=[_corp(session, channel) for channel in known])


@console.post("/wecom/<int:channel_id>/reconcile")
def reconcile(channel_id: int) -> Answer:
    """What is done every night, now. Twice within a minute is once."""
    now = siyu().clock()
    with siyu().database.writing() as session:
        channel = session.get(Channel, channel_id)
        if channel is None or channel.kind != Kind.WECOM:
            abort(404)
        lane = inbox.receive_own(
            session,
            key=f"night:{channel.id}:by_hand:{now:%Y-%m-%dT%H:%M}",
            kind="night",
            subject=f"night:{channel.key}",
            fields={},
            channel_id=channel.id,
            now=now,
        )
        subject = f"channel:{channel.key}"
        operators.record(session, operator_id(), "channel.reconcile", subject, {}, now)
    if lane is not None:
        siyu().bell.ring(lanes.INBOX, lane)
    flash(_("已开始核对，稍后刷新本页查看。"))
    return go("wecom")


def _corp(session: Session, channel: Channel) -> Corp:
    return Corp(
        channel=channel,
        staff=staff.of(session, channel.id),
        contacts=contacts.counts(session, channel.id),
        groups=customer_groups.of(session, channel.id),
        members=groups.counts(session, channel.id),
        waiting=customer_groups.waiting(session, channel.id),
    )
