"""Login: the code of the mini-program becomes a session of ours."""

from apiflask import APIBlueprint

from app.api import refusals
from app.api.callers import address, count_request, siyu
from app.api.refusals import RefusedRequest
from app.api.shapes import LoggedIn, Login
from app.domain.people import api_sessions, channels, members
from app.domain.people.channels import Channel, Kind
from app.rates import Rate
from app.wiring import Siyu
from bots import mini_program

PER_ADDRESS = Rate("login", 300)  # many phones share the address of their network
blueprint = APIBlueprint("api_login", __name__, tag="login")


@blueprint.post("/login")
@blueprint.input(Login)
@blueprint.output(LoggedIn)
@blueprint.doc(
    operation_id="login",
    responses=refusals.named(
        *("bad_request", "login_code_refused", "unknown_channel", "too_large", "fields"),
        *("too_many", "platform_unavailable"),
    ),
)
def login(json_data: Login) -> LoggedIn:
    """登录 · Log in

    wx.login() 的 code 换取 token，30 天有效。The code of wx.login() gives a token for 30 days.
    """
    count_request(PER_ADDRESS, address())
    house = siyu()
    channel = _channel(house, json_data.channel)
    try:
        seen = house.mini_program(channel).session_of(json_data.code)
    except mini_program.CodeRefused as error:
        raise RefusedRequest("login_code_refused") from error
    except mini_program.PlatformUnavailable as error:
        raise RefusedRequest("platform_unavailable") from error
    now = house.clock()
    with house.database.writing() as session:
        token = api_sessions.begin(session, channel.id, seen.openid, seen.unionid, now)
        identity = members.identity_of(session, channel.id, seen.openid)
        member = members.get(session, identity.member_id) if identity else None
    return LoggedIn(
        token=token,
        expires_at=now + api_sessions.LIFETIME,
        signed_up=member is not None and member.signed_up_at is not None,
    )


def _channel(house: Siyu, key: str | None) -> Channel:
    """The mini-program of this key; without one, the only one there is. Raises RefusedRequest."""
    with house.database.reading() as session:
        every = [one for one in channels.all_of(session) if one.kind == Kind.MINI_PROGRAM]
    named = [one for one in every if key in (None, one.key)]
    if len(named) != 1:
        raise RefusedRequest("unknown_channel")
    return named[0]
