"""Redemptions: asked for by a member, paid for in a shop, cancelled, and given back with an order.

Fields: ``redeem_asked``: RewardId, Sealed (where goods go, as hexadecimal; empty if nowhere);
``redemption_addressed``: Code, Sealed; ``redemption_cancelled`` and ``redemption_unpaid``: Code;
``redemption_paid``: code, source, order_no; ``redemption_handed_over``: code, source, note.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.loyalty import orders, points
from app.domain.loyalty.orders import Order
from app.domain.loyalty.spending import coupon_uses, redeeming, redemptions, refusals, rewards
from app.domain.loyalty.spending.redeeming import NotCancellable, NotPayable, NotRedeemable
from app.domain.loyalty.spending.redemptions import Redemption
from app.handlers import texts
from app.handlers.scene import Scene, say

TOLD_MAX = 5
NOT_CANCELLABLE, NOT_PAYABLE, NOT_WAITING = "not_cancellable", "not_payable", "not_waiting"


def redeem(session: Session, scene: Scene, now: datetime) -> None:
    """At the moment she asked; what she cannot have is noted with the reason."""
    event = scene.event
    sealed = bytes.fromhex(str(event.fields["Sealed"]))
    try:
        redeeming.redeem(
            session,
            scene.member,
            int(event.fields["RewardId"]),
            key=event.key,
            sealed_delivery=sealed or None,
            event_id=event.id,
            zone=scene.programme.zone,
            vault=scene.programme.vault,
            now=event.happened_at,
        )
    except NotRedeemable as refused:
        refusals.note(session, event.id, refused.why, now)


def address(session: Session, scene: Scene, now: datetime) -> None:
    """Where the goods go that she has won."""
    hers = _hers(session, scene)
    sealed = bytes.fromhex(str(scene.event.fields["Sealed"]))
    if hers is None or not redeeming.address(session, hers, sealed):
        refusals.note(session, scene.event.id, NOT_CANCELLABLE, now)


def cancel(session: Session, scene: Scene, now: datetime) -> None:
    """Hers, as long as nothing has been sent, told or paid."""
    hers = _hers(session, scene)
    if hers is None or hers.state not in ("waiting", "unpaid") or hers.paid_at or hers.was_won:
        refusals.note(session, scene.event.id, NOT_CANCELLABLE, now)
        return
    redeeming.cancel(session, hers.id, by="member", event_id=scene.event.id, now=now)


def let_go(session: Session, scene: Scene, now: datetime) -> None:
    """Nobody has paid for it in time."""
    hers = _hers(session, scene)
    if hers is not None and hers.is_due:
        redeeming.cancel(session, hers.id, by="unpaid", event_id=scene.event.id, now=now)


def pay(session: Session, scene: Scene, now: datetime) -> None:
    fields = scene.event.fields
    try:
        redeeming.pay(
            session,
            fields["code"],
            source=fields["source"],
            order_no=fields["order_no"],
            vault=scene.programme.vault,
            now=now,
        )
    except NotPayable:
        refusals.note(session, scene.event.id, NOT_PAYABLE, now)
        return
    give_back_late(session, scene, now)


def hand_over(session: Session, scene: Scene, now: datetime) -> None:
    """A shop has given her the goods."""
    fields, vault = scene.event.fields, scene.programme.vault
    found = redemptions.by_code(session, fields["code"], lock=True)
    assert found is not None, "the door has looked"
    by, note = f"shop:{fields['source']}", fields["note"]
    if not redeeming.fulfil(session, found.id, by=by, note=note, vault=vault, now=now):
        refusals.note(session, scene.event.id, NOT_WAITING, now)


def tell(session: Session, scene: Scene, now: datetime) -> None:
    """What she can have for her points, the dearest first, and where."""
    zone, member = scene.programme.zone, scene.member
    can_have = [
        (one.name, one.points)
        for one in reversed(rewards.on_shelf(session))
        if redeeming.offered(session, member, one, zone, now) is None
    ]
    balance = points.balance_of(session, member.id).points
    more = max(0, len(can_have) - TOLD_MAX)
    text = texts.rewards(balance, can_have[:TOLD_MAX], more, scene.programme.rewards_url)
    say(session, scene, text, rule="rewards", now=now)


def give_back(session: Session, scene: Scene, order: Order, now: datetime) -> None:
    """After a refund: when the whole order has been paid back, the coupons it used come back, if
    they do, and what its money paid for is cancelled, unless it has been handed over for good."""
    if order.refunded_fen < order.amount_fen:
        return
    coupon_uses.come_back(session, order.source, order.order_no)
    for paid in redemptions.of_order(session, order.source, order.order_no):
        if paid.cancelled_at is None and paid.fulfilled_at is None:
            redeeming.cancel(
                session, paid.id, by="order_refunded", event_id=scene.event.id, now=now
            )
        elif paid.coupon_code is not None:
            _cancel_if_unused(session, scene, paid, now)


def give_back_late(session: Session, scene: Scene, now: datetime) -> None:
    """The same where a shop tells of the order's refund before it tells what the order used."""
    fields = scene.event.fields
    order = orders.paid_back(session, fields["source"], fields["order_no"])
    if order is not None:
        give_back(session, scene, order, now)


def _cancel_if_unused(session: Session, scene: Scene, paid: Redemption, now: datetime) -> None:
    try:
        redeeming.cancel(session, paid.id, by="order_refunded", event_id=scene.event.id, now=now)
    except NotCancellable:
        return  # she has used the coupon: it stays as it is


def _hers(session: Session, scene: Scene) -> Redemption | None:
    """Of that code, if it is the member's own."""
    found = redemptions.by_code(session, str(scene.event.fields["Code"]), lock=True)
    return found if found is not None and found.member_id == scene.member.id else None
