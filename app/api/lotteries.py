"""Lotteries: what can be won, a draw, and the draws a member has had."""

from apiflask import APIBlueprint
from sqlalchemy.orm import Session

from app import wishes
from app.api import asking, outcomes, refusals
from app.api.callers import bearer, caller, member_of, siyu
from app.api.lottery_shapes import (
    DrawnPrize,
    DrawWish,
    Lotteries,
    LotteryPrize,
    MyDraws,
    OfferedLottery,
)
from app.api.refusals import RefusedRequest
from app.api.shapes import Accepted
from app.domain.loyalty.spending import (
    drawing,
    draws,
    handovers,
    lotteries,
    prizes,
    redemptions,
)
from app.domain.loyalty.spending.draws import Draw
from app.domain.loyalty.spending.lotteries import Lottery, Why
from app.domain.loyalty.spending.prizes import Prize
from app.domain.people.members import Member

MINE_MAX = 200
blueprint = APIBlueprint("api_lotteries", __name__, tag="lotteries")


@blueprint.get("/lotteries")
@blueprint.auth_required(bearer)
@blueprint.output(Lotteries)
@blueprint.doc(operation_id="lotteries", responses=refusals.named("not_logged_in", "not_signed_up"))
def list_lotteries() -> Lotteries:
    """抽奖 · What can be won"""
    with siyu().database.reading() as session:
        member = member_of(session, caller())
        return Lotteries(
            lotteries=[_offered(session, member, one) for one in lotteries.running(session)]
        )


@blueprint.post("/lotteries/<int:lottery_id>/draw")
@blueprint.auth_required(bearer)
@blueprint.input(DrawWish)
@blueprint.output(DrawnPrize)
@blueprint.doc(
    operation_id="draw",
    responses=asking.responses("bad_request", "unknown_lottery", "fields", *Why),
)
def draw(lottery_id: int, json_data: DrawWish) -> DrawnPrize | tuple[Accepted, int]:
    """抽一次 · Draw once

    同一个 key 只抽一次，重发结果相同；先用免费次数。Once for each key; free draws come first.
    """
    with siyu().database.reading() as session:
        member = member_of(session, caller())
        if session.get(Lottery, lottery_id) is None:
            raise RefusedRequest("unknown_lottery")
    key = wishes.draw_key(member, json_data.key)
    if not asking.asked(member, wishes.DRAW, key, {"LotteryId": str(lottery_id)}):
        return outcomes.LATER, 202
    with siyu().database.reading() as session:
        drawn = draws.by_key(session, key)
        if drawn is None:
            raise RefusedRequest("not_handled")
        return _drawn(session, drawn, session.get_one(Prize, drawn.prize_id))


@blueprint.get("/me/draws")
@blueprint.auth_required(bearer)
@blueprint.output(MyDraws)
@blueprint.doc(operation_id="my_draws", responses=refusals.named("not_logged_in", "not_signed_up"))
def my_draws() -> MyDraws:
    """我的抽奖 · My draws"""
    with siyu().database.reading() as session:
        member = member_of(session, caller())
        mine = draws.of_member(session, member.id, MINE_MAX)
        return MyDraws(draws=[_drawn(session, drawn, prize) for drawn, prize, _lottery in mine])


def _offered(session: Session, member: Member, lottery: Lottery) -> OfferedLottery:
    zone, now = siyu().programme.zone, siyu().clock()
    return OfferedLottery(
        id=lottery.id,
        name=lottery.name,
        intro=lottery.intro,
        points=lottery.points,
        is_free=drawing.is_free(session, member, lottery, zone, now),
        why_not=drawing.offered(session, member, lottery, zone, now),
        prizes=[
            LotteryPrize(name=one.name, odds_ppm=one.odds_ppm, left=one.left)
            for one in prizes.of(session, lottery.id)
        ],
        commitment=lottery.commitment or "",
    )


def _drawn(session: Session, drawn: Draw, prize: Prize) -> DrawnPrize:
    won = redemptions.by_key(session, handovers.won_key(drawn))
    return DrawnPrize(
        lottery_id=drawn.lottery_id,
        number=drawn.number,
        ticket=drawn.ticket,
        prize=prize.name,
        points_won=prize.points,
        points_paid=drawn.points,
        redemption_code=won.code if won else None,
        drawn_at=drawn.drawn_at,
        taken_back_at=drawn.taken_back_at,
    )
