"""Invitations into groups: a plan's step sends a member the code that leads into one."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import lanes, outbox
from app.domain.people import members
from app.domain.people.groups import Group
from app.domain.people.live_codes import LiveCode
from app.domain.people.ways_in import WayIn
from app.handlers.scene import Scene
from app.journeys.acting import Act

GOOD_FOR = timedelta(days=1)


def send(session: Session, scene: Scene, act: Act, group: Group, now: datetime) -> bool:
    """Puts the invitation into the outbox, over the plan's account. False when no live code leads
    into the group, or she cannot be written to there: then somebody has to invite her."""
    way_in = _way_into(session, group)
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


def _way_into(session: Session, group: Group) -> WayIn | None:
    """The newest live code of the corp that leads into this very group."""
    rows = session.scalars(
        sa.select(WayIn)
        .join(LiveCode, LiveCode.id == WayIn.live_code_id)
        .where(LiveCode.channel_id == group.channel_id)
        .order_by(WayIn.made_at.desc(), WayIn.id.desc())
    )
    return next((it for it in rows if group.external_id in it.chat_ids and it.qr_url), None)
