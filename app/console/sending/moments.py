"""Moments 客户朋友圈: prepared by an operator, and who of the staff has published them."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask import abort, flash
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import URL, Length, Optional

from app.console.content import attached_materials
from app.console.fields.bounds import ManyField
from app.console.frame import PAGE, Answer, console, go, operator_id, page, siyu
from app.console.text_limits import within
from app.console.wanting import want
from app.domain.outreach import moments as moment_table
from app.domain.outreach.allowances import limit_table
from app.domain.outreach.moments import Moment
from app.domain.people import channels, staff
from app.domain.people.channels import Channel, Kind
from app.handlers.wecom import moments as verbs
from app.outbox import OutboxMessage

ACTS = {"look": verbs.LOOK, "cancel": verbs.CANCEL}


class MomentForm(FlaskForm):
    channel = SelectField(_l("企业微信"), coerce=int)
    userids = ManyField(_l("哪些员工（不选就是全部）"))
    text = TextAreaField(_l("文字"), [within(limit_table.MOMENT_TEXT_CHARS)])
    link_title = StringField(_l("链接标题"), [Length(max=60)])
    link_url = StringField(_l("链接地址"), [Optional(), URL(require_tld=False)])
    material = SelectField(
        _l("附上素材"), default="", description=_l("图片、视频或链接；填了链接就不能再附")
    )

    def content(self) -> dict[str, Any]:
        link = {"kind": "link", "title": self.link_title.data, "url": self.link_url.data}
        has_link = bool(self.link_title.data and self.link_url.data)
        attachments = [link] if has_link else []
        return {
            "text": self.text.data or "",
            "attachments": attachments,
            "userids": list(self.userids.data or []),
        }


@console.get("/moments")
def moments() -> Answer:
    with siyu().database.reading() as session:
        shown = session.scalars(sa.select(Moment).order_by(Moment.id.desc()).limit(PAGE)).all()
        names = {one.id: one.name for one in channels.all_of(session)}
        return page("sending/moments.html", moments=shown, channels=names)


@console.route("/moments/new", methods=["GET", "POST"])
def new_moment() -> Answer:
    form = MomentForm()
    with siyu().database.reading() as session:
        offered = [one for one in channels.all_of(session) if one.kind == Kind.WECOM]
        form.channel.choices = [(one.id, one.name) for one in offered]
        form.userids.choices = _staff(session, offered)
        form.material.choices = attached_materials.choices(session, attached_materials.IN_MOMENTS)
    if form.validate_on_submit():
        content = form.content()
        if content["attachments"] and form.material.data:
            form.material.errors = [_("朋友圈只能有一个链接或视频：请去掉链接，或不用素材。")]
        elif content["text"] or content["attachments"] or form.material.data:
            _prepare(form)
            flash(_("已交给企业微信，等员工确认后才会发表。"))
            return go("moments")
        else:
            form.text.errors = [_("文字和链接至少填一项。")]
    return page("sending/moment_form.html", form=form, has_channel=bool(form.channel.choices))


@console.get("/moments/<int:moment_id>")
def moment(moment_id: int) -> Answer:
    with siyu().database.reading() as session:
        shown = session.get(Moment, moment_id) or abort(404)
        making = sa.select(OutboxMessage).where(OutboxMessage.key == f"{verbs.MADE}:{moment_id}")
        return page(
            "sending/moment.html",
            moment=shown,
            channel=session.get_one(Channel, shown.channel_id),
            tasks=moment_table.tasks_of(session, moment_id),
            making=session.scalar(making),
        )


@console.post("/moments/<int:moment_id>/<what>")
def act_on_moment(moment_id: int, what: str) -> Answer:
    """Look how it stands, or cancel what is not published."""
    if what not in ACTS:
        abort(404)
    with siyu().waking() as session:
        known = session.get(Moment, moment_id) or abort(404)
        if known.job_id is None or (what == "cancel" and not known.platform_id):
            abort(409)
        want(session, ACTS[what], known.channel_id, *_named(known))
    flash(_("已请求，稍后刷新本页查看。"))
    return go("moment", moment_id=moment_id)


def _prepare(form: MomentForm) -> None:
    now, channel_id = siyu().clock(), form.channel.data
    with siyu().waking() as session:
        content = attached_materials.add_to(session, form.content(), form.material.data)
        made = moment_table.prepare(session, channel_id, content, operator_id(), now)
        want(session, verbs.WANTED, channel_id, *_named(made), once=True)


def _named(moment: Moment) -> tuple[str, dict[str, str]]:
    return f"moment:{moment.id}", {"OurMomentId": str(moment.id)}


def _staff(session: Session, offered: Sequence[Channel]) -> list[tuple[str, str]]:
    known = [one for channel in offered for one in staff.of(session, channel.id)]
    return [(one.userid, one.name or one.userid) for one in known if one.gone_at is None]
