"""Handing over goods at a counter: a shop's till says that a member has taken what she redeemed."""

from apiflask import APIBlueprint

from app import inbox
from app.api import asking, outcomes, partners, refusals, rewards
from app.api.callers import siyu
from app.api.refusals import RefusedRequest
from app.api.reward_shapes import HandedOver, RedeemedReward
from app.api.shapes import Accepted
from app.domain.loyalty.spending import redemptions
from app.domain.loyalty.spending.redemptions import Redemption
from app.domain.loyalty.spending.rewards import Reward, RewardKind

KIND = "redemption_handed_over"
blueprint = APIBlueprint("api_handovers", __name__, tag="partners")


@blueprint.post("/redemptions/<code>/hand-over")
@blueprint.auth_required(partners.bearer)
@blueprint.input(HandedOver)
@blueprint.output(RedeemedReward)
@blueprint.doc(
    operation_id="hand_over_redemption",
    responses=refusals.named(
        *("bad_request", "not_logged_in", "unknown_redemption", "not_waiting", "fields"),
        *("too_many", "not_handled", "too_large"),
    )
    | {202: outcomes.LATER_DESCRIBED},
)
def hand_over_redemption(code: str, json_data: HandedOver) -> RedeemedReward | tuple[Accepted, int]:
    """兑换的实物已交给会员 · Goods that were redeemed have been handed over

    一次兑换只交付一次，重发同样的内容结果相同。Once for each redemption; the same again has the
    same answer.
    """
    by = partners.partner()
    key = f"{KIND}:{code}"
    made = _waiting(code, key)
    handled = partners.keep(
        by,
        key=key,
        kind=KIND,
        subject=f"member:{made.member_id}",
        fields={"code": made.code, **json_data.model_dump()},
        member_id=made.member_id,
        happened_at=siyu().clock(),
        contradiction="not_waiting",
    )
    if not handled:
        return outcomes.LATER, 202
    asking.raise_if_refused(key)
    with siyu().database.reading() as session:
        return rewards.redeemed(session, session.get_one(Redemption, made.id))


def _waiting(code: str, key: str) -> Redemption:
    """Of this code, as long as it is goods that wait, or has been told of under this key. Raises
    RefusedRequest, and nothing is kept: what is not paid for yet may be later."""
    with siyu().database.reading() as session:
        made = redemptions.by_code(session, code) if code.isascii() else None
        if made is None:
            raise RefusedRequest("unknown_redemption")
        is_goods = session.get_one(Reward, made.reward_id).kind == RewardKind.GOODS
        can_be = is_goods and made.state == "waiting"
        if not can_be and inbox.by_key(session, key) is None:
            raise RefusedRequest("not_waiting")
        return made
