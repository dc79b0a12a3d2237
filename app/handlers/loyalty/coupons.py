"""A coupon is used at a till: the event is there once for each code, so it is used once."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.loyalty.spending import coupon_uses
from app.handlers.loyalty import redemptions
from app.handlers.scene import Scene


def use(session: Session, scene: Scene, now: datetime) -> None:
    """At the moment the till asked; whether it was still good then, the door has looked."""
    event = scene.event
    coupon_uses.use(
        session,
        event.fields["code"],
        source=event.fields["source"],
        order_no=event.fields["order_no"],
        used_at=event.happened_at,
    )
    redemptions.give_back_late(session, scene, now)
