"""QR codes of live codes: the platform makes them, we keep their address and draw it."""

import io

import segno
from flask import Response, abort, flash
from flask_babel import gettext as _

from app.console.frame import Answer, console, go, siyu
from app.domain.outreach.allowances import limit_table, limits
from app.domain.people import live_codes
from app.domain.people.channels import Channel, Kind
from app.domain.people.live_codes import LiveCode
from bots.wechat_api import PlatformRefused
from bots.wire import PlatformUnavailable


@console.post("/live-codes/<int:code_id>/qr")
def make_qr(code_id: int) -> Answer:
    """Asks the platform for the code, where that has not worked yet."""
    ask_for(code_id)
    return go("live_codes")


@console.get("/live-codes/<int:code_id>.svg")
def live_code_image(code_id: int) -> Answer:
    with siyu().database.reading() as session:
        code = session.get(LiveCode, code_id)
    if code is None or not code.url:
        abort(404)
    image = io.BytesIO()
    segno.make_qr(code.url, error="m").save(image, kind="svg", scale=6, border=2)
    return Response(image.getvalue(), mimetype="image/svg+xml")


def ask_for(code_id: int) -> None:
    """Outside any transaction: the platform may take its time."""
    with siyu().database.reading() as session:
        code = session.get(LiveCode, code_id) or abort(404)
        channel = session.get_one(Channel, code.channel_id)
        most = limits.value(session, limit_table.ACCOUNT_QR_CODES)
        is_full = not code.ticket and live_codes.with_qr(session, channel.id) >= most
    if channel.kind == Kind.WECOM:
        flash(_("已保存。请选择扫码后联系到的成员或进入的群，再生成二维码。"))
        return
    if channel.kind == Kind.MINI_PROGRAM:
        flash(_("已保存。现在可以下载小程序码，或生成链接。"))
        return
    if channel.kind != Kind.OFFICIAL_ACCOUNT:
        flash(_("已保存。"))
        return
    if is_full:
        flash(_("这个公众号的永久二维码已到上限。"), "danger")
        return
    try:
        made = siyu().official_account(channel).create_qr(code.scene, None)
    except PlatformRefused as refused:
        flash(_("平台拒绝生成二维码：%(reason)s", reason=str(refused)), "danger")
        return
    except PlatformUnavailable:
        flash(_("联系不到平台，二维码还没有生成，请稍后再试。"), "danger")
        return
    with siyu().database.writing() as session:
        kept = session.get_one(LiveCode, code_id)
        kept.ticket, kept.url = str(made.get("ticket", "")), str(made.get("url", ""))
    flash(_("二维码已生成。"))
