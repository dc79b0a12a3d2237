"""Rewards: what a member can have for her points, and what became of what she has redeemed."""

from apiflask import APIBlueprint
from sqlalchemy.orm import Session

from app import wishes
from app.api import asking, outcomes, partners, refusals
from app.api.callers import bearer, caller, member_of, siyu
from app.api.refusals import RefusedRequest
from app.api.reward_shapes import (
    DeliveryAddress,
    MyRedemptions,
    OfferedReward,
    Offers,
    PaidWith,
    RedeemedReward,
    RedeemWish,
)
from app.api.shapes import Accepted
from app.domain.loyalty import points
from app.domain.loyalty.spending import redeeming, redemptions, reward_codes, rewards
from app.domain.loyalty.spending.redemptions import Redemption
from app.domain.loyalty.spending.rewards import Reward, RewardKind, Why
from app.domain.people.members import Member

MINE_MAX = 200
blueprint = APIBlueprint("api_rewards", __name__, tag="rewards")


@blueprint.get("/rewards")
@blueprint.auth_required(bearer)
@blueprint.output(Offers)
@blueprint.doc(operation_id="rewards", responses=refusals.named("not_logged_in", "not_signed_up"))
def list_rewards() -> Offers:
    """积分商城 · What points can be had for"""
    house = siyu()
    with house.database.reading() as session:
        member = member_of(session, caller())
        return Offers(
            points=points.balance_of(session, member.id).points,
            rewards=[_offered(session, member, one) for one in rewards.on_shelf(session)],
        )


@blueprint.post("/rewards/<int:reward_id>/redeem")
@blueprint.auth_required(bearer)
@blueprint.input(RedeemWish)
@blueprint.output(RedeemedReward)
@blueprint.doc(
    operation_id="redeem",
    responses=asking.responses("bad_request", "unknown_reward", "fields", *Why),
)
def redeem(reward_id: int, json_data: RedeemWish) -> RedeemedReward | tuple[Accepted, int]:
    """兑换 · Redeem a reward

    同一个 key 只兑换一次，重发结果相同。Once for each key; the same again has the same answer.
    """
    house = siyu()
    with house.database.reading() as session:
        member = member_of(session, caller())
        if session.get(Reward, reward_id) is None:
            raise RefusedRequest("unknown_reward")
    key = wishes.redeem_key(member, json_data.key)
    fields = {"RewardId": str(reward_id), "Sealed": _sealed(json_data.delivery, key)}
    if not asking.asked(member, wishes.REDEEM, key, fields):
        return outcomes.LATER, 202
    with house.database.reading() as session:
        made = redemptions.by_key(session, key)
        if made is None:
            raise RefusedRequest("not_handled")
        return redeemed(session, made)


@blueprint.get("/redemptions")
@blueprint.auth_required(bearer)
@blueprint.output(MyRedemptions)
@blueprint.doc(
    operation_id="my_redemptions", responses=refusals.named("not_logged_in", "not_signed_up")
)
def my_redemptions() -> MyRedemptions:
    """我的兑换 · What I have redeemed

    最近的在前。The newest first.
    """
    with siyu().database.reading() as session:
        member = member_of(session, caller())
        mine = redemptions.of_member(session, member.id, MINE_MAX)
        return MyRedemptions(redemptions=[redeemed(session, made) for made, _reward in mine])


@blueprint.post("/redemptions/<code>/cancel")
@blueprint.auth_required(bearer)
@blueprint.output(RedeemedReward)
@blueprint.doc(
    operation_id="cancel_redemption",
    responses=asking.responses("unknown_redemption", "not_cancellable"),
)
def cancel_redemption(code: str) -> RedeemedReward | tuple[Accepted, int]:
    """取消兑换 · Cancel a redemption

    还没发货、没给码、没付款时可以；积分原路退回。As long as nothing was sent, told or paid; the
    points go back to where they came from.
    """
    member, made = _mine(code)
    key = f"redemption_cancelled:{made.code}"
    is_done = asking.asked(member, "redemption_cancelled", key, {"Code": made.code})
    return _became(made) if is_done else (outcomes.LATER, 202)


@blueprint.post("/redemptions/<code>/delivery")
@blueprint.auth_required(bearer)
@blueprint.input(DeliveryAddress)
@blueprint.output(RedeemedReward)
@blueprint.doc(
    operation_id="address_redemption",
    responses=asking.responses("bad_request", "unknown_redemption", "not_cancellable", "fields"),
)
def address_redemption(
    code: str, json_data: DeliveryAddress
) -> RedeemedReward | tuple[Accepted, int]:
    """填写收货信息 · Say where goods go

    中奖得到的实物要补填；发货前可以更改。For goods that were won; until they are sent.
    """
    member, made = _mine(code)
    known = siyu().vault.blind_index(json_data.model_dump_json())[:32]
    fields = {"Code": made.code, "Sealed": _sealed(json_data, made.key)}
    key = f"redemption_addressed:{made.code}:{known}"
    is_done = asking.asked(member, "redemption_addressed", key, fields)
    return _became(made) if is_done else (outcomes.LATER, 202)


@blueprint.post("/redemptions/<code>/pay")
@blueprint.auth_required(partners.bearer)
@blueprint.input(PaidWith)
@blueprint.output(RedeemedReward)
@blueprint.doc(
    operation_id="pay_redemption",
    responses=refusals.named(
        *("bad_request", "not_logged_in", "unknown_redemption", "not_payable", "fields"),
        *("too_many", "not_handled", "too_large"),
    )
    | {202: outcomes.LATER_DESCRIBED},
)
def pay_redemption(code: str, json_data: PaidWith) -> RedeemedReward | tuple[Accepted, int]:
    """兑换的金额已付 · The money of a redemption has been paid

    30 分钟内未付，兑换会取消，积分退回。Not paid within 30 minutes, it is cancelled.
    """
    by = partners.partner()
    with siyu().database.reading() as session:
        made = redemptions.by_code(session, code) if code.isascii() else None
        if made is None:
            raise RefusedRequest("unknown_redemption")
    key = f"redemption_paid:{made.code}"
    handled = partners.keep(
        by,
        key=key,
        kind="redemption_paid",
        subject=f"member:{made.member_id}",
        fields={"code": made.code, **json_data.model_dump()},
        member_id=made.member_id,
        happened_at=siyu().clock(),
        contradiction="not_payable",
    )
    if not handled:
        return outcomes.LATER, 202
    asking.raise_if_refused(key)
    return _became(made)


def redeemed(session: Session, made: Redemption) -> RedeemedReward:
    """As it is told to the member and to shops."""
    reward = session.get_one(Reward, made.reward_id)
    is_goods = reward.kind == RewardKind.GOODS
    return RedeemedReward(
        code=made.code,
        reward_id=reward.id,
        name=reward.name,
        kind=RewardKind(reward.kind),
        state=made.state,
        points=made.points,
        money_fen=made.money_fen,
        redeemed_at=made.redeemed_at,
        pay_until=made.pay_until,
        fulfilled_at=made.fulfilled_at,
        cancelled_at=made.cancelled_at,
        needs_address=is_goods and made.sealed_delivery is None and made.state == "waiting",
        coupon_code=made.coupon_code,
        gift_code=reward_codes.of_redemption(session, made.id),
        note=made.note,
    )


def _mine(code: str) -> tuple[Member, Redemption]:
    """Raises RefusedRequest for a code that is not the member's own."""
    with siyu().database.reading() as session:
        member = member_of(session, caller())
        made = redemptions.by_code(session, code) if code.isascii() else None
    if made is None or made.member_id != member.id:
        raise RefusedRequest("unknown_redemption")
    return member, made


def _became(made: Redemption) -> RedeemedReward:
    """As it stands once what was asked has been handled."""
    with siyu().database.reading() as session:
        return redeemed(session, session.get_one(Redemption, made.id))


def _sealed(delivery: DeliveryAddress | None, key: str) -> str:
    if delivery is None:
        return ""
    where = wishes.Delivery(delivery.name, delivery.phone, delivery.address)
    return where.sealed(siyu().vault, key)


def _offered(session: Session, member: Member, reward: Reward) -> OfferedReward:
    zone, now = siyu().programme.zone, siyu().clock()
    why = redeeming.offered(session, member, reward, zone, now)
    return OfferedReward(
        id=reward.id,
        name=reward.name,
        intro=reward.intro,
        kind=RewardKind(reward.kind),
        points=reward.points,
        money_fen=reward.money_fen,
        left=reward.left,
        why_not=why,
        opens_at=rewards.opens_next(reward, zone, now) if why is Why.NOT_OPEN else None,
    )
