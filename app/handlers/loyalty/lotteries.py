"""Draws of lotteries: asked for by a member, on a page or by a word in a chat, or brought by an
order.

Fields of ``draw_asked``: LotteryId.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.loyalty import points
from app.domain.loyalty.orders import Order
from app.domain.loyalty.spending import blind_boxes, drawing, lotteries, refusals
from app.domain.loyalty.spending.drawing import NotDrawable
from app.domain.loyalty.spending.lotteries import Lottery
from app.domain.loyalty.spending.prizes import Prize
from app.handlers import texts
from app.handlers.loyalty import tier_reviews
from app.handlers.scene import Scene, say


def draw(session: Session, scene: Scene, now: datetime) -> None:
    """At the moment she asked; if she cannot, the reason is noted."""
    event = scene.event
    try:
        drawing.try_luck(
            session,
            scene.member,
            int(event.fields["LotteryId"]),
            key=event.key,
            event_id=event.id,
            zone=scene.programme.zone,
            vault=scene.programme.vault,
            now=event.happened_at,
        )
    except NotDrawable as refused:
        refusals.note(session, event.id, refused.why, now)


def answer(session: Session, scene: Scene, said: str, now: datetime) -> bool:
    """She has said the word of a lottery, in a chat or a group: her draw, or why there is none."""
    lottery = lotteries.spoken(session, said)
    if lottery is None:
        return False
    tier_reviews.let_end(session, scene, now)
    text = _outcome(session, scene, lottery)
    say(session, scene, text, rule=f"lottery:{lottery.id}", now=now)
    return True


def give_boxes(session: Session, scene: Scene, order: Order, now: datetime) -> None:
    """The blind boxes that a paid order brings."""
    blind_boxes.give(session, order, scene.programme.vault, event_id=scene.event.id, now=now)


def take_boxes_back(session: Session, scene: Scene, order: Order, now: datetime) -> None:
    """When the whole order has been paid back."""
    blind_boxes.take_back(session, order, event_id=scene.event.id, now=now)


def _outcome(session: Session, scene: Scene, lottery: Lottery) -> str:
    """Draws at the moment she asked, and says what came of it."""
    event, member, programme = scene.event, scene.member, scene.programme
    try:
        drawn = drawing.try_luck(
            session,
            member,
            lottery.id,
            key=f"draw:{member.id}:{event.key}",
            event_id=event.id,
            zone=programme.zone,
            vault=programme.vault,
            now=event.happened_at,
        )
    except NotDrawable as refused:
        return texts.not_drawn(lottery.name, refused.why, lottery.points)
    assert drawn is not None, "an event is handled once"
    prize = session.get_one(Prize, drawn.prize_id)
    balance = points.balance_of(session, member.id).points
    url = programme.rewards_url if prize.reward_id is not None else ""
    return texts.drawn(lottery.name, prize.name, prize.points, balance, url)
