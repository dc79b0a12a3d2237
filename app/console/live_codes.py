"""Live codes: a QR code per way in. The platform makes it, we keep its address and draw it."""

import io

import segno
import sqlalchemy as sa
from flask import Response, abort, flash
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from app import personal
from app.console import languages
from app.console.frame import Answer, console, go, page, siyu
from app.domain.insight import tags
from app.domain.people import channels
from app.domain.people import live_codes as codes
from app.domain.people.channels import Channel, Kind
from app.domain.people.live_codes import LiveCode
from app.domain.people.members import Member
from bots.wechat_api import PlatformRefused
from bots.wire import PlatformUnavailable
from sop.mistakes import Mistake


class LiveCodeForm(FlaskForm):
    channel = SelectField(_l("渠道账号"), coerce=int)
    scene = StringField(
        _l("场景值"),
        [InputRequired(), Length(max=codes.SCENE_MAX)],
        description=_l("1 到 64 个字符，例如 store_002"),
    )
    name = StringField(_l("名称"), [InputRequired(), Length(max=60)])
    tag = StringField(_l("给标签"), [Length(max=40)], description=_l("没有的标签会新建"))
    welcome = TextAreaField(_l("欢迎语"), [Length(max=600)], description=_l("空着就用通用的欢迎语"))


@console.get("/live-codes")
def live_codes() -> Answer:
    with siyu().database.reading() as session:
        return page(
            "live_codes.html",
            codes=codes.all_of(session),
            channels={channel.id: channel for channel in channels.all_of(session)},
            tags={tag.id: tag for tag in tags.all_of(session)},
            came=_came(session),
        )


@console.route("/live-codes/new", methods=["GET", "POST"])
def new_live_code() -> Answer:
    form = LiveCodeForm()
    with siyu().database.reading() as session:
        usable = [c for c in channels.all_of(session) if c.kind != Kind.GROUP_GATEWAY]
        form.channel.choices = {channel.id: channel.name for channel in usable}
        all_tags = tags.all_of(session)
    if form.validate_on_submit():
        code_id = _save(form)
        if code_id is not None:
            _make_qr(code_id)
            return go("live_codes")
    return page("live_code_form.html", form=form, all_tags=all_tags)


@console.post("/live-codes/<int:code_id>/qr")
def make_qr(code_id: int) -> Answer:
    """Asks the platform for the code, where that has not worked yet."""
    _make_qr(code_id)
    return go("live_codes")


@console.get("/live-codes/<int:code_id>.svg")
def live_code_image(code_id: int) -> Answer:
    with siyu().database.reading() as session:
        code = session.get(LiveCode, code_id)
    if code is None or not code.url:
        abort(404)
    image = io.BytesIO()
    segno.make(code.url, error="m").save(image, kind="svg", scale=6, border=2)
    return Response(image.getvalue(), mimetype="image/svg+xml")


def _make_qr(code_id: int) -> None:
    """Outside any transaction: the platform may take its time."""
    with siyu().database.reading() as session:
        code = session.get(LiveCode, code_id) or abort(404)
        channel = session.get_one(Channel, code.channel_id)
    if channel.kind != Kind.OFFICIAL_ACCOUNT:
        flash(_("已保存。小程序的活码请把场景值写进小程序页面的参数。"))
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


def _save(form: LiveCodeForm) -> int | None:
    now, tag_name = siyu().clock(), (form.tag.data or "").strip()
    try:
        with siyu().database.writing() as session:
            personal.check(session, form.welcome.data or "")
            tag = tags.named(session, tag_name, "channel", now) if tag_name else None
            added = codes.add(
                session,
                channel_id=form.channel.data,
                scene=form.scene.data.strip(),
                name=form.name.data.strip(),
                tag_id=tag.id if tag else None,
                welcome=(form.welcome.data or "").strip(),
                now=now,
            )
            return added.id
    except Mistake as mistake:
        form.welcome.errors = [languages.in_language(mistake)]
    except codes.BadScene:
        form.scene.errors = [_("1 到 64 个字符，不能有空格。")]
    except codes.SceneTaken:
        form.scene.errors = [_("这个渠道账号已有这个场景值。")]
    return None


def _came(session: Session) -> dict[int, int]:
    """By code: how many members came through it."""
    rows = session.execute(
        sa.select(Member.live_code_id, sa.func.count())
        .where(Member.live_code_id.is_not(None))
        .group_by(Member.live_code_id)
    )
    return {code_id: count for code_id, count in rows if code_id is not None}
