"""Drawing: a member tries her luck, freely or for points; and what a draw brought is taken back."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.domain.loyalty import points
from app.domain.loyalty.entries import Cause
from app.domain.loyalty.points import NotEnoughPoints
from app.domain.loyalty.spending import draws, handovers, lotteries, redeeming, redemptions
from app.domain.loyalty.spending.draws import Draw
from app.domain.loyalty.spending.lotteries import Hers, Lottery, Why
from app.domain.loyalty.spending.prizes import Prize
from app.domain.loyalty.spending.redeeming import NotCancellable
from app.domain.people.members import Member
from app.domain.vault import Vault


class NotDrawable(Exception):
    """She cannot draw, and nothing has happened."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


def try_luck(
    session: Session,
    member: Member,
    lottery_id: int,
    *,
    key: str,
    event_id: int | None,
    zone: ZoneInfo,
    vault: Vault,
    now: datetime,
) -> Draw | None:
    """One draw of hers, free as long as the day has free ones left, once for each key; None when
    this very one was drawn before. The caller holds the member. Raises NotDrawable."""
    with session.begin_nested():
        lottery = lotteries.lock(session, lottery_id)
        if draws.by_key(session, key) is not None:
            return None
        today = now.astimezone(zone).date()
        hers = _hers(session, lottery, member, today, zone)
        why = lotteries.why_not(lottery, hers, zone, now)
        if why is not None:
            raise NotDrawable(why)
        is_free = hers.free_today < lottery.free_per_day
        cost = 0 if is_free else lottery.points or 0
        cause = Cause(f"lottery:{lottery.id}", None, event_id)
        _spend(session, member.id, cost, key, cause, now)
        drawn = draws.draw(
            session,
            lottery,
            member.id,
            vault,
            key=key,
            points=cost,
            free_on=today if is_free else None,
            cause=cause,
            now=now,
        )
        assert drawn is not None, "the lottery is locked, and the key was not there"
        handovers.win(session, drawn, vault, now)
        return drawn


def offered(
    session: Session, member: Member, lottery: Lottery, zone: ZoneInfo, now: datetime
) -> Why | None:
    """What stands between her and a draw, before she asks."""
    hers = _hers(session, lottery, member, now.astimezone(zone).date(), zone)
    return lotteries.why_not(lottery, hers, zone, now)


def is_free(
    session: Session, member: Member, lottery: Lottery, zone: ZoneInfo, now: datetime
) -> bool:
    """Whether her next draw would cost nothing."""
    hers = _hers(session, lottery, member, now.astimezone(zone).date(), zone)
    return hers.free_today < lottery.free_per_day


def take_back(session: Session, draw: Draw, *, event_id: int | None, now: datetime) -> bool:
    """What it brought, unless that has been handed over for good; its number and its prize's stock
    stay as drawn, so that it can still be verified. False when nothing is taken back."""
    if draw.taken_back_at is not None:
        return False
    if session.get_one(Prize, draw.prize_id).points:
        cause = Cause(f"lottery:{draw.lottery_id}", None, event_id)
        won = handovers.won_key(draw)
        points.reverse(session, won, key=f"{won}:taken_back", cause=cause, now=now)
    won_reward = redemptions.by_key(session, handovers.won_key(draw))
    if won_reward is not None and not _cancelled(session, won_reward.id, event_id, now):
        return False
    draw.taken_back_at = now
    session.flush()
    return True


def _cancelled(session: Session, redemption_id: int, event_id: int | None, now: datetime) -> bool:
    redemption = session.get_one(redemptions.Redemption, redemption_id)
    if redemption.fulfilled_at is not None and redemption.coupon_code is None:
        return False
    try:
        return redeeming.cancel(
            session, redemption_id, by="order_refunded", event_id=event_id, now=now
        )
    except NotCancellable:
        return False


def _hers(session: Session, lottery: Lottery, member: Member, today: date, zone: ZoneInfo) -> Hers:
    own = draws.hers(session, lottery.id, member.id)
    return Hers(
        tier_id=member.tier_id,
        points=points.balance_of(session, member.id).points,
        drawn=len(own),
        drawn_today=sum(one.drawn_at.astimezone(zone).date() == today for one in own),
        free_today=sum(one.free_on == today for one in own),
    )


def _spend(
    session: Session, member_id: int, cost: int, key: str, cause: Cause, now: datetime
) -> None:
    if cost == 0:
        return
    try:
        points.spend(session, member_id, cost, key=key, cause=cause, now=now)
    except NotEnoughPoints as error:
        raise NotDrawable(Why.TOO_FEW_POINTS) from error
