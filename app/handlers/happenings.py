"""What has happened, for plans: each kind of event in the words of ``sop.happenings``.

The table is of events that say it all themselves. What only handlers find out (whether she is new
in a group, which quiz her letter answers, whether the tag is one she lacked) they tell where they
find it, with ``scene.happen``; ``journeys.past`` reads all of it back.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.insight.forms import Form
from app.domain.insight.radar import RadarLink
from app.domain.loyalty.standing.tiers import UP
from app.handlers.scene import Scene, happen
from app.inbox import MESSAGES

_Fields = Callable[[Session, Mapping[str, Any]], Mapping[str, Any]]


def tell(session: Session, scene: Scene, now: datetime) -> None:
    """Lets plans hear of what the event says, once everything else is done about it."""
    if scene.event.kind in MESSAGES:
        if scene.event.room is None:  # what she writes in a group is no reply to us
            happen(session, scene, "replied", now=now)
    elif scene.event.kind in OF_EVENTS:
        kind, fields = OF_EVENTS[scene.event.kind]
        happen(session, scene, kind, **fields(session, scene.event.fields), now=now)


def _nothing(_session: Session, _fields: Mapping[str, Any]) -> Mapping[str, Any]:
    return {}


def _tier(_session: Session, fields: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"tier": fields["to"], "direction": fields.get("direction", UP)}


def _ending_tier(_session: Session, fields: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"tier": fields["tier"]}


def _card(_session: Session, fields: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"card": fields["card"]}


def _link(session: Session, fields: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"link": session.get_one(RadarLink, int(fields["LinkId"])).key}


def _reading(session: Session, fields: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**_link(session, fields), "s": int(fields["Seconds"])}


def _form(session: Session, fields: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"form": session.get_one(Form, int(fields["form_id"])).key}


def _order(_session: Session, fields: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"source": fields["source"], "fen": fields["amount_fen"]}


def _refund(_session: Session, fields: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"source": fields["source"]}


OF_EVENTS: Mapping[str, tuple[str, _Fields]] = {
    "tier_changed": ("tier_changed", _tier),
    "radar_opened": ("clicked", _link),
    "radar_read": ("read", _reading),
    "radar_shared": ("shared", _link),
    "form_submitted": ("form_submitted", _form),
    "order_paid": ("ordered", _order),
    "order_refunded": ("refunded", _refund),
    "points_expiring": ("points_expiring", _nothing),
    "tier_ending": ("tier_ending", _ending_tier),
    "membership_begun": ("membership_begun", _card),
    "membership_ending": ("membership_ending", _card),
    "membership_ended": ("membership_ended", _card),
}
