"""Handing over what was redeemed or won: a coupon or a code at once, a blind box by drawing it;
goods wait for whoever sends them.

What cannot be had at the moment, since its coupons or codes have run out, stays open and is handed
over later: nothing that was won is lost. Nor is a box opened in a draw of its own lottery: it waits
to be handed over, so that one draw cannot bring another without end.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.loyalty import points
from app.domain.loyalty.entries import Cause
from app.domain.loyalty.spending import (
    coupons,
    draws,
    lotteries,
    redemptions,
    reward_codes,
    rewards,
)
from app.domain.loyalty.spending.coupons import NoneLeft, TooManyForHer
from app.domain.loyalty.spending.draws import Draw
from app.domain.loyalty.spending.prizes import Prize
from app.domain.loyalty.spending.redemptions import Redemption
from app.domain.loyalty.spending.rewards import Reward, RewardKind
from app.domain.vault import Vault

OURSELVES = "at_once"


def hand_over(
    session: Session,
    redemption: Redemption,
    reward: Reward,
    vault: Vault,
    now: datetime,
    within: frozenset[int] = frozenset(),
) -> bool:
    """Whether it has been handed over; ``within`` are the lotteries that are drawn around it. The
    caller has locked the reward. Raises NoneLeft."""
    match RewardKind(reward.kind):
        case RewardKind.GOODS:
            return False
        case RewardKind.COUPON:
            _issue_coupon(session, redemption, reward, now)
        case RewardKind.CODE:
            if reward_codes.give(session, reward.id, redemption.id) is None:
                raise NoneLeft(reward.name)
        case RewardKind.BLIND_BOX:
            _open_box(session, redemption, reward, vault, now, within)
    redemption.fulfilled_at, redemption.fulfilled_by = now, OURSELVES
    session.flush()
    return True


def win(
    session: Session,
    draw: Draw,
    vault: Vault,
    now: datetime,
    within: frozenset[int] = frozenset(),
) -> Redemption | None:
    """Gives what a draw has brought. Returns the redemption where that is a reward."""
    prize = session.get_one(Prize, draw.prize_id)
    cause = Cause(f"lottery:{draw.lottery_id}", None, draw.event_id)
    if prize.points:
        points.award(
            session,
            draw.member_id,
            prize.points,
            key=won_key(draw),
            cause=cause,
            growth=0,
            now=now,
        )
    if prize.reward_id is None:
        return None
    reward = rewards.lock(session, prize.reward_id)
    won = redemptions.add(session, reward, draw.member_id, key=won_key(draw), cause=cause, now=now)
    if won is not None:
        _hand_over_if_there(session, won, reward, vault, now, within | {draw.lottery_id})
    return won


def won_key(draw: Draw) -> str:
    return f"won:{draw.lottery_id}:{draw.number}"


def _hand_over_if_there(
    session: Session,
    won: Redemption,
    reward: Reward,
    vault: Vault,
    now: datetime,
    within: frozenset[int],
) -> None:
    try:
        with session.begin_nested():
            hand_over(session, won, reward, vault, now, within)
    except NoneLeft:
        return  # it stays open, and operators see it


def _issue_coupon(session: Session, redemption: Redemption, reward: Reward, now: datetime) -> None:
    assert reward.coupon_id is not None, "a coupon's reward names the coupon"
    cause = Cause(f"reward:{reward.id}", redemption.reward_version, redemption.event_id)
    try:
        issued = coupons.issue(
            session,
            redemption.member_id,
            reward.coupon_id,
            key=f"{redemption.key}:coupon",
            cause=cause,
            now=now,
        )
    except TooManyForHer as error:
        raise NoneLeft(reward.name) from error
    redemption.coupon_code = issued.code if issued else redemption.coupon_code


def _open_box(
    session: Session,
    redemption: Redemption,
    reward: Reward,
    vault: Vault,
    now: datetime,
    within: frozenset[int],
) -> None:
    assert reward.lottery_id is not None, "a blind box names its lottery"
    if reward.lottery_id in within:
        raise NoneLeft(reward.name)
    lottery = lotteries.lock(session, reward.lottery_id)
    if not lottery.is_running:
        raise NoneLeft(reward.name)
    cause = Cause(f"reward:{reward.id}", redemption.reward_version, redemption.event_id)
    drawn = draws.draw(
        session,
        lottery,
        redemption.member_id,
        vault,
        key=f"{redemption.key}:box",
        cause=cause,
        now=now,
    )
    if drawn is not None:
        win(session, drawn, vault, now, within)
