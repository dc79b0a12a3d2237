"""Ways into a mini-program for a live code: its code as a picture, and a link for SMS and web."""

from datetime import timedelta

from flask import Response, abort, flash
from flask_babel import gettext as _

from app.console.frame import Answer, console, go, siyu
from app.domain.people import live_codes as codes
from app.domain.people.channels import Channel, Kind
from app.domain.people.live_codes import LiveCode
from app.sending import call_rates, rate_table
from bots.mini_program import LINK_DAYS_MAX
from bots.wechat_api import PlatformRefused
from bots.wire import PlatformUnavailable


@console.get("/live-codes/<int:code_id>.png")
def mini_code(code_id: int) -> Answer:
    """The platform draws it; it never expires, so a printed one stays good."""
    code, channel = _of_mini_program(code_id)
    try:
        picture = siyu().mini_program(channel).ways_in.code(code.scene)
    except ValueError:
        flash(_("小程序码的场景值要是 1 到 32 个字母、数字或符号。"), "danger")
        return go("live_codes")
    except (PlatformRefused, PlatformUnavailable) as failure:
        return _tell(failure)
    named = f"attachment; filename=live-code-{code.id}.png"
    return Response(
        picture.content, mimetype=picture.mimetype, headers={"Content-Disposition": named}
    )


@console.post("/live-codes/<int:code_id>/link")
def make_link(code_id: int) -> Answer:
    """Asks the platform for a link that carries the scene, and keeps it until it expires."""
    code, channel = _of_mini_program(code_id)
    now = siyu().clock()
    with siyu().database.writing() as session:
        has_room = call_rates.take(session, channel, rate_table.Call(rate_table.URL_LINK), now)
    if not has_room:
        flash(_("今天生成的链接已到上限，请明天再试。"), "danger")
        return go("live_codes")
    try:
        link = siyu().mini_program(channel).ways_in.url_link(codes.query_of(code.scene))
    except (PlatformRefused, PlatformUnavailable) as failure:
        return _tell(failure)
    with siyu().database.writing() as session:
        codes.keep_link(
            session.get_one(LiveCode, code_id), link, now + timedelta(days=LINK_DAYS_MAX)
        )
    flash(_("链接已生成，30 天内有效。"))
    return go("live_codes")


def _of_mini_program(code_id: int) -> tuple[LiveCode, Channel]:
    with siyu().database.reading() as session:
        code = session.get(LiveCode, code_id) or abort(404)
        channel = session.get_one(Channel, code.channel_id)
    if channel.kind != Kind.MINI_PROGRAM:
        abort(404)
    return code, channel


def _tell(failure: PlatformRefused | PlatformUnavailable) -> Answer:
    if isinstance(failure, PlatformRefused):
        flash(_("平台拒绝了：%(reason)s", reason=str(failure)), "danger")
    else:
        flash(_("联系不到平台，请稍后再试。"), "danger")
    return go("live_codes")
