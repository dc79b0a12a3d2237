"""Redeeming: points spent, stock taken and the redemption written in one transaction; and all that
can become of it: paid, fulfilled, cancelled. Each happens once, however often it is asked for.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.domain.loyalty import points
from app.domain.loyalty.entries import Cause
from app.domain.loyalty.points import NotEnoughPoints
from app.domain.loyalty.spending import coupon_uses, handovers, redemptions, rewards
from app.domain.loyalty.spending.coupon_uses import NotUsable
from app.domain.loyalty.spending.coupons import NoneLeft
from app.domain.loyalty.spending.redemptions import Redemption
from app.domain.loyalty.spending.rewards import PAY_WITHIN, Hers, Reward, RewardKind, Why
from app.domain.people.members import Member
from app.domain.vault import Vault


class NotRedeemable(Exception):
    """She cannot have it, and nothing has happened."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


class NotPayable(Exception):
    """It was cancelled, or another order has paid it."""


class NotCancellable(Exception):
    """What it gave cannot be taken back: it has been used, told, or drawn."""


def redeem(
    session: Session,
    member: Member,
    reward_id: int,
    *,
    key: str,
    sealed_delivery: bytes | None = None,
    event_id: int | None,
    zone: ZoneInfo,
    vault: Vault,
    now: datetime,
) -> Redemption | None:
    """One for her, once for each key; None when this very one was redeemed before.

    The reward is locked until the transaction ends, so nobody gets one too many. The caller holds
    the member. Raises NotRedeemable.
    """
    with session.begin_nested():
        reward = rewards.lock(session, reward_id)
        if redemptions.by_key(session, key) is not None:
            return None
        _check(session, reward, member, sealed_delivery, zone, now)
        cause = Cause(f"reward:{reward.id}", reward.version, event_id)
        made = redemptions.add(
            session,
            reward,
            member.id,
            key=key,
            cause=cause,
            now=now,
            points=reward.points,
            money_fen=reward.money_fen,
            sealed_delivery=sealed_delivery,
            pay_until=now + PAY_WITHIN if reward.money_fen else None,
        )
        assert made is not None, "the reward is locked, and the key was not there"
        reward.taken += 1
        _spend(session, made, cause, now)
        if not made.is_due:
            _hand_over(session, made, reward, vault, now)
        return made


def offered(
    session: Session, member: Member, reward: Reward, zone: ZoneInfo, now: datetime
) -> Why | None:
    """What stands between her and it, before she asks."""
    return rewards.why_not(reward, _hers(session, reward, member, zone, now), zone, now)


def pay(
    session: Session,
    code: str,
    *,
    source: str,
    order_no: str,
    vault: Vault,
    now: datetime,
) -> Redemption:
    """The money has been paid with this order of a shop, once. Raises NotPayable."""
    redemption = redemptions.by_code(session, code, lock=True)
    if redemption is None or redemption.cancelled_at is not None or not redemption.money_fen:
        raise NotPayable(code)
    if redemption.paid_at is not None:
        if (redemption.paid_source, redemption.paid_order_no) != (source, order_no):
            raise NotPayable(code)
        return redemption
    redemption.paid_at = now
    redemption.paid_source, redemption.paid_order_no = source, order_no
    reward = rewards.lock(session, redemption.reward_id)
    try:
        with session.begin_nested():
            handovers.hand_over(session, redemption, reward, vault, now)
    except NoneLeft:
        pass  # paid for: it stays open until there is one
    session.flush()
    return redemption


def address(session: Session, redemption: Redemption, sealed_delivery: bytes) -> bool:
    """Where goods that she has won go. False when they are on their way, or will not go."""
    if redemption.state != "waiting":
        return False
    redemption.sealed_delivery = sealed_delivery
    session.flush()
    return True


def fulfil(
    session: Session, redemption_id: int, *, by: str, note: str, vault: Vault, now: datetime
) -> bool:
    """Goods have been sent or handed over, or what was owed is there now. False when it was
    fulfilled, cancelled, or is not paid for. Raises NoneLeft."""
    redemption = session.get_one(
        Redemption, redemption_id, with_for_update=True, populate_existing=True
    )
    if redemption.state != "waiting":
        return False
    reward = rewards.lock(session, redemption.reward_id)
    handovers.hand_over(session, redemption, reward, vault, now)
    redemption.fulfilled_at, redemption.fulfilled_by = now, by
    redemption.note = note or None
    session.flush()
    return True


def cancel(
    session: Session, redemption_id: int, *, by: str, event_id: int | None, now: datetime
) -> bool:
    """Gives back the points to the very lots, and the stock; again it changes nothing. Money is
    the shop's to pay back. Raises NotCancellable."""
    redemption = session.get_one(
        Redemption, redemption_id, with_for_update=True, populate_existing=True
    )
    if redemption.cancelled_at is not None:
        return False
    reward = rewards.lock(session, redemption.reward_id)
    _take_back(session, redemption, reward, now)
    if redemption.points:
        cause = Cause(redemption.rule, redemption.reward_version, event_id)
        of_key = redemption.key
        points.reverse(session, of_key, key=f"{of_key}:cancelled", cause=cause, now=now)
    if not redemption.was_won:
        reward.taken -= 1
    redemption.cancelled_at, redemption.cancelled_by = now, by
    session.flush()
    return True


def _check(
    session: Session,
    reward: Reward,
    member: Member,
    sealed_delivery: bytes | None,
    zone: ZoneInfo,
    now: datetime,
) -> None:
    why = rewards.why_not(reward, _hers(session, reward, member, zone, now), zone, now)
    if why is None and reward.kind == RewardKind.GOODS and sealed_delivery is None:
        why = Why.NO_ADDRESS
    if why is not None:
        raise NotRedeemable(why)


def _hers(session: Session, reward: Reward, member: Member, zone: ZoneInfo, now: datetime) -> Hers:
    month = now.astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    had = redemptions.had(session, member.id, [reward.id])
    had_this_month = redemptions.had(session, member.id, [reward.id], since=month)
    return Hers(
        member.tier_id,
        points.balance_of(session, member.id).points,
        had.get(reward.id, 0),
        had_this_month.get(reward.id, 0),
    )


def _spend(session: Session, made: Redemption, cause: Cause, now: datetime) -> None:
    if made.points == 0:
        return
    try:
        points.spend(session, made.member_id, made.points, key=made.key, cause=cause, now=now)
    except NotEnoughPoints as error:
        raise NotRedeemable(Why.TOO_FEW_POINTS) from error


def _hand_over(
    session: Session, made: Redemption, reward: Reward, vault: Vault, now: datetime
) -> None:
    try:
        handovers.hand_over(session, made, reward, vault, now)
    except NoneLeft as error:
        raise NotRedeemable(Why.NONE_LEFT) from error


def _take_back(session: Session, redemption: Redemption, reward: Reward, now: datetime) -> None:
    """What it gave, as far as that can be."""
    if redemption.fulfilled_at is None:
        return
    if reward.kind in (RewardKind.CODE, RewardKind.BLIND_BOX):
        raise NotCancellable(reward.kind)
    if redemption.coupon_code is not None:
        try:
            coupon_uses.void(session, redemption.coupon_code, now)
        except NotUsable as error:
            raise NotCancellable("used") from error
