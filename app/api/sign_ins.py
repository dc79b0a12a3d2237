"""Signing in 签到, once a business day."""

from apiflask import APIBlueprint
from sqlalchemy.orm import Session

from app import inbox
from app.api import outcomes, refusals
from app.api.callers import bearer, caller, count_request, member_of, siyu
from app.api.refusals import RefusedRequest
from app.api.shapes import Accepted, SignedIn
from app.domain.people.channels import Channel
from app.handlers import games
from app.rates import Rate

PER_SESSION = Rate("sign-ins", 30)
blueprint = APIBlueprint("api_sign_ins", __name__, tag="sign-ins")


@blueprint.post("/sign-ins")
@blueprint.auth_required(bearer)
@blueprint.output(SignedIn)
@blueprint.doc(
    operation_id="sign_in",
    responses=refusals.named("not_logged_in", "not_signed_up", "too_many", "not_handled")
    | {202: outcomes.LATER_DESCRIBED},
)
def sign_in() -> SignedIn | tuple[Accepted, int]:
    """签到 · Sign in

    一天一次，重复请求没有额外效果。Once a day; asking again changes nothing.
    """
    house, known = siyu(), caller()
    count_request(PER_SESSION, str(known.id))
    with house.database.reading() as session:
        member = member_of(session, known)
        channel = session.get_one(Channel, known.channel_id)
    now = house.clock()
    on = house.programme.business_day(now)
    key = f"signin:{member.id}:{on}"

    def put(session: Session) -> int | None:
        return inbox.receive_own(
            session,
            key=key,
            kind="sign_in",
            subject=f"{channel.key}/{known.openid}",
            fields={"On": on.isoformat()},
            channel_id=channel.id,
            sender=known.openid,
            member_id=member.id,
            now=now,
        )

    is_new = outcomes.keep(house, put)
    event_id = outcomes.handled(house, key)
    if event_id is None:
        return outcomes.LATER, 202
    with house.database.reading() as session:
        day = games.sign_in_of(session, member_of(session, known).id, on)
    if day is None:
        raise RefusedRequest("not_handled")
    return SignedIn(
        signed_in_on=on,
        streak_days=day.streak_days,
        points=day.points,
        bonus_points=day.bonus_points,
        balance=day.balance,
        already=not is_new or day.event_id != event_id,
    )
