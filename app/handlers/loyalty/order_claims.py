"""Claiming an order by its number, in chat (``订单 123456``), in the mini-program or on a page.

Fields of ``order_claimed``: order_no, and source where she names the shop.
"""

import re
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.loyalty.earning import claims, earnings, kinds, order_points
from app.domain.loyalty.earning.claims import OrderClaim, Outcome
from app.domain.loyalty.orders import Order
from app.domain.loyalty.points import Cause
from app.handlers import acting, texts
from app.handlers.loyalty import order_effects
from app.handlers.scene import Scene, place, say

WORDS = re.compile(
    r"(?:订单号?|訂單號?|order(?: no\.?)?)[ :#]*([a-z0-9][a-z0-9_.\-]{3,63})", re.IGNORECASE
)


def claim(session: Session, scene: Scene, now: datetime) -> None:
    """At a door of ours: the page shows the outcome, so nothing is said."""
    fields = scene.event.fields
    _claim(session, scene, str(fields.get("source", "")), str(fields["order_no"]), now)


def answer(session: Session, scene: Scene, said: str, now: datetime) -> bool:
    """In a chat with her alone: an order's number is nobody else's business."""
    found = WORDS.fullmatch(said)
    if found is None or scene.group is not None:
        return False
    tried, earned = _claim(session, scene, "", _as_written(scene, found[1]), now)
    say(session, scene, texts.claimed(tried, earned).zh, rule="order_claim", now=now)
    return True


def _claim(
    session: Session, scene: Scene, source: str, order_no: str, now: datetime
) -> tuple[OrderClaim, int]:
    """Returns the try and the points it brought."""
    event = scene.event
    tried = claims.claim(
        session,
        scene.member.id,
        source,
        order_no,
        event_id=event.id,
        at=event.happened_at,
        on=scene.programme.business_day(event.happened_at),
        now=now,
    )
    if tried.outcome != Outcome.CLAIMED or tried.order_id is None:
        return tried, 0
    order = session.get_one(Order, tried.order_id)
    order_effects.follow(session, [(scene, order)], now)
    _earn_for_claiming(session, scene, order, now)
    return tried, earnings.total(earnings.of_order(session, order.id))


def _earn_for_claiming(session: Session, scene: Scene, order: Order, now: datetime) -> None:
    """What the rule for claims gives beside what the order is worth."""
    act = acting.act(scene.event, scene.channel, scene.programme, kinds.CLAIM)
    earnings.give(
        session,
        scene.member.id,
        order_points.claimed(act, order),
        acting.standing_of(session, scene.member, act, scene.programme.business_day(now)),
        key=f"claim:{order.source}:{order.order_no}",
        cause=Cause("", None, scene.event.id),
        zone=scene.programme.zone,
        order_id=order.id,
        now=now,
    )
    place(session, scene, now)


def _as_written(scene: Scene, folded: str) -> str:
    """A command is read in small letters; the number of an order may have large ones."""
    text = scene.event.text
    at = text.casefold().rfind(folded.casefold())
    return text[at : at + len(folded)] if at >= 0 else folded
