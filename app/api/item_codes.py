"""Item codes 一物一码: a member claims what a piece is worth."""

from apiflask import APIBlueprint

from app import claiming
from app.api import outcomes, refusals
from app.api.callers import bearer, caller, count_request, member_of, siyu
from app.api.item_code_shapes import Claimed, CodeClaim
from app.api.refusals import RefusedRequest
from app.api.shapes import Accepted
from app.domain.loyalty import points
from app.domain.loyalty.item_codes import batches, pieces
from app.rates import Rate

PER_SESSION = Rate("item_codes", 20)
blueprint = APIBlueprint("api_item_codes", __name__, tag="item-codes")


@blueprint.post("/item-codes/claims")
@blueprint.auth_required(bearer)
@blueprint.input(CodeClaim)
@blueprint.output(Claimed)
@blueprint.doc(
    operation_id="claim_item_code",
    responses=refusals.named(
        *("bad_request", "not_logged_in", "not_signed_up", "unknown_item_code", "fields"),
        *("too_large", "too_many", "not_handled"),
    )
    | {202: outcomes.LATER_DESCRIBED},
)
def claim_item_code(json_data: CodeClaim) -> Claimed | tuple[Accepted, int]:
    """领取一物一码的奖励 · Claim what a piece is worth

    一件商品只奖励第一位；重复请求结果相同。A piece rewards the first one; asking again has the
    same answer.
    """
    house, known = siyu(), caller()
    count_request(PER_SESSION, str(known.id))
    with house.database.reading() as session:
        member_id = member_of(session, known).id
        found = batches.piece(session, json_data.code, house.programme.vault)
    if found is None:
        raise RefusedRequest("unknown_item_code")
    batch, number = found
    with house.waking() as session:
        claiming.claim_piece(session, member_id, batch.id, number, house.clock())
    if outcomes.handled(house, claiming.piece_key(member_id, batch.id, number)) is None:
        return outcomes.LATER, 202
    with house.database.reading() as session:
        piece = pieces.of(session, batch.id, number)
        state = pieces.reason_against(batch, piece, member_id, house.clock())
        if piece is None or state is None:
            raise RefusedRequest("not_handled")
        return Claimed(
            state=state,
            product=batch.product,
            points=batch.points,
            claimed_at=piece.claimed_at if state == "hers" else None,
            balance=points.balance_of(session, member_id).points,
        )
