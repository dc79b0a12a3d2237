"""Claiming an order by its number 订单换积分."""

from apiflask import APIBlueprint
from pydantic import BaseModel, Field

from app import claiming
from app.api import outcomes, refusals
from app.api.callers import bearer, caller, count_request, member_of, siyu
from app.api.order_shapes import Number, Source
from app.api.refusals import RefusedRequest
from app.api.shapes import Accepted, Incoming
from app.domain.loyalty.earning import claims, earnings
from app.domain.loyalty.earning.claims import Outcome
from app.handlers import texts
from app.rates import Rate

PER_SESSION = Rate("order-claims", 10)
blueprint = APIBlueprint("api_order_claims", __name__, tag="orders")


class Claim(Incoming):
    """订单号 · the number of an order."""

    order_no: Number
    source: Source | None = Field(None, description="哪家店的订单 · of which shop")


class Claimed(BaseModel):
    """结果 · what came of it."""

    outcome: Outcome
    points: int = Field(description="这张订单带来的积分 · what the order has earned")
    zh: str = Field(description="给她看的话 · for her to read")
    en: str = Field(description="同一句话的英文 · the same in English")


@blueprint.post("/order-claims")
@blueprint.auth_required(bearer)
@blueprint.input(Claim)
@blueprint.output(Claimed)
@blueprint.doc(
    operation_id="claim_order",
    responses=refusals.named(
        *("bad_request", "not_logged_in", "not_signed_up", "too_large", "fields", "too_many"),
        "not_handled",
    )
    | {202: outcomes.LATER_DESCRIBED},
)
def claim_order(json_data: Claim) -> Claimed | tuple[Accepted, int]:
    """订单换积分 · Claim an order

    一张订单只能归一位会员，付款后若干天内有效；试错太多要等一天。An order becomes one member's,
    within some days after it was paid; after too many wrong numbers she has to wait a day.
    """
    house, known = siyu(), caller()
    count_request(PER_SESSION, str(known.id))
    with house.database.reading() as session:
        member = member_of(session, known)
    named, now = (json_data.source or "", json_data.order_no), house.clock()
    with house.waking() as session:
        claiming.claim_order(session, member.id, *named, now)
    event_id = outcomes.handled(house, claiming.order_key(member.id, *named, now))
    if event_id is None:
        return outcomes.LATER, 202
    with house.database.reading() as session:
        tried = claims.of_event(session, event_id)
        if tried is None:
            raise RefusedRequest("not_handled")
        is_hers = tried.outcome == Outcome.CLAIMED and tried.order_id is not None
        of_order = earnings.of_order(session, tried.order_id or 0) if is_hers else ()
        points = earnings.total(of_order)
    said = texts.claimed(tried, points)
    return Claimed(outcome=Outcome(tried.outcome), points=points, zh=said.zh, en=said.en)
