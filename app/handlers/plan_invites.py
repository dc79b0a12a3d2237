"""Invitations into groups: a plan's step sends a member the code that leads into one."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app import lanes, outbox
from app.domain.people import members, ways_in
from app.domain.people.groups import Group
from app.handlers.scene import Scene
from app.journeys.acting import Act

GOOD_FOR = timedelta(days=1)


def send(session: Session, scene: Scene, act: Act, group: Group, now: datetime) -> bool:
    """Puts the invitation into the outbox, over the plan's account. False when no live code leads
    into the group, or she cannot be written to there: then somebody has to invite her."""
    way_in = ways_in.into(session, group)
    identity = members.on_channel(session, scene.member.id, act.plan.channel_id)
    if way_in is None or identity is None:
        return False
    outbox.put(
        session,
        outbox.Address(identity.channel_id, identity.external_id, scene.member.id),
        key=act.key,
        purpose="plan",
        kind="text",
        content={"text": f"邀请您加入社群「{group.name}」，扫码即可：{way_in.qr_url}"},
        cause=outbox.Cause(
            act.rule,
            act.enrolment.version,
            scene.event.id,
            plan_id=act.plan.id,
            enrolment_id=act.enrolment.id,
            step=act.step,
            category=act.definition.category,
        ),
        pipe=lanes.BROADCASTS,
        expires_at=now + GOOD_FOR,
        now=now,
    )
    return True
