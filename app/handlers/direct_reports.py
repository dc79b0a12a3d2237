"""Reports: what became of an SMS or a call, and what a member wrote back."""

import re
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.people import members
from app.domain.people import opt_outs as consent
from app.handlers import opt_outs
from app.handlers.scene import AccountScene
from app.outbox import State
from app.sending import reports
from app.sending.reports import Told

# What carriers tell members to answer when they want no more; what operators add, see manners.
NO_MORE = re.compile(r"\s*(?:TD|T|N|退订|取消|拒收|stop|unsubscribe)\W*", re.IGNORECASE)


def settle(session: Session, scene: AccountScene, now: datetime) -> None:
    """The message becomes delivered or failed, now or as soon as its acceptance is known."""
    fields = scene.event.fields
    told = Told(State(str(fields["Outcome"])), str(fields.get("Reason", "")) or None)
    message = reports.tell(session, scene.channel.id, str(fields["PlatformId"]), told, now)
    if message is not None:
        scene.event.member_id = message.member_id


def hear_reply(session: Session, scene: AccountScene, now: datetime) -> None:
    """She answered an SMS: her number names her. Whoever is no member of ours is nobody's."""
    member = members.known_by(session, None, str(scene.event.fields["PhoneIndex"]))
    if member is None:
        return
    member = members.hold(session, member.id)
    scene.event.member_id = member.id
    if NO_MORE.fullmatch(scene.event.text):
        consent.stop(session, member, scene.event.id, now)
    else:
        opt_outs.hear(session, member, scene.event.id, scene.event.text, now)
