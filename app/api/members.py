"""Members: signing up, and what a member sees of herself."""

import hashlib
from datetime import date

from apiflask import APIBlueprint
from sqlalchemy.orm import Session

from app import inbox
from app.api import me, outcomes, phones, refusals
from app.api.callers import address, bearer, caller, count_request, member_of, siyu
from app.api.refusals import RefusedRequest
from app.api.shapes import Accepted, SignUp
from app.api.standing_shapes import Me
from app.domain.people import channels, invites, zones
from app.domain.people.api_sessions import ApiSession
from app.rates import Rate
from app.wiring import Siyu

PER_SESSION, PER_ADDRESS = Rate("members", 10), Rate("members-address", 300)
# China's law on personal information asks for a guardian's consent below, PIPL art. 31
AGE_MIN = 14
blueprint = APIBlueprint("api_members", __name__, tag="members")


@blueprint.post("/members")
@blueprint.auth_required(bearer)
@blueprint.input(SignUp)
@blueprint.output(Me)
@blueprint.doc(
    operation_id="sign_up",
    responses=refusals.named(
        *("bad_request", "not_logged_in", "phone_taken", "too_large", "fields", "under_age"),
        *("phone_code_refused", "too_many", "platform_unavailable", "not_handled"),
    )
    | {202: outcomes.LATER_DESCRIBED},
)
def sign_up(json_data: SignUp) -> Me | tuple[Accepted, int]:
    """注册会员 · Sign up

    同一请求可以安全重发，结果相同。The same request may be sent again and has the same answer.
    """
    house, known = siyu(), caller()
    count_request(PER_ADDRESS, address())
    count_request(PER_SESSION, str(known.id))
    _check_age(house, json_data.birthday)
    inviter_id = _inviter_id(house, json_data.inviter)
    _check_zone(json_data.zone)
    phone = phones.verified(house, known, json_data.phone_code)
    fields = {
        "Nickname": json_data.nickname,
        "Birthday": json_data.birthday.isoformat() if json_data.birthday else "",
        "UnionId": known.unionid or "",
        "PhoneIndex": phone.index,
        "SealedPhone": phone.sealed.hex(),
        "ConsentVersion": json_data.consent_version,
        "Marketing": "true" if json_data.marketing else "false",
        "EventKey": json_data.live_code or "",
        "InviterId": str(inviter_id or ""),
    }
    if json_data.zone:
        fields["Zone"] = json_data.zone
    key = _keep(house, known, fields)
    if outcomes.handled(house, key) is None:
        return outcomes.LATER, 202
    with house.database.reading() as session:
        member = member_of(session, known)
        if member.phone_index != phone.index:
            raise RefusedRequest("phone_taken")
        return me.of(session, member, house.programme, house.clock())


@blueprint.get("/me")
@blueprint.auth_required(bearer)
@blueprint.output(Me)
@blueprint.doc(operation_id="me", responses=refusals.named("not_logged_in", "not_signed_up"))
def show_me() -> Me:
    """我的会员信息 · Me

    积分、等级、标签和签到。Points, tier, tags and sign-ins.
    """
    house = siyu()
    with house.database.reading() as session:
        member = member_of(session, caller())
        return me.of(session, member, house.programme, house.clock())


def _check_age(house: Siyu, born_on: date | None) -> None:
    if born_on is None:
        return
    today = house.programme.business_day(house.clock())
    if born_on > today:
        raise RefusedRequest("fields", mistakes={"birthday": "in_the_future"})
    had_birthday = (today.month, today.day) >= (born_on.month, born_on.day)
    if today.year - born_on.year - (not had_birthday) < AGE_MIN:
        raise RefusedRequest("under_age")


def _check_zone(name: str | None) -> None:
    if name is not None and not zones.is_known(name):
        raise RefusedRequest("fields", mistakes={"zone": "unknown_zone"})


def _inviter_id(house: Siyu, code: str | None) -> int | None:
    if code is None:
        return None
    member_id = invites.member_id_in(code, house.vault)
    if member_id is None:
        raise RefusedRequest("fields", mistakes={"inviter": "unknown_inviter"})
    return member_id


def _keep(house: Siyu, known: ApiSession, fields: dict[str, str]) -> str:
    """Keeps the sign-up and returns its key: the same fields of the same person are one fact,
    however often they are sent."""
    said = "\n".join(f"{name}={value}" for name, value in sorted(fields.items()))
    with house.database.reading() as session:
        channel = session.get_one(channels.Channel, known.channel_id)
    key = f"signup:{channel.key}:{known.openid}:{hashlib.sha256(said.encode()).hexdigest()[:32]}"

    def put(session: Session) -> int | None:
        return inbox.receive_own(
            session,
            key=key,
            kind="signed_up",
            subject=f"{channel.key}/{known.openid}",
            fields=fields,
            channel_id=channel.id,
            sender=known.openid,
            now=house.clock(),
        )

    outcomes.keep(house, put)
    return key
