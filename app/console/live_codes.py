"""Live codes: a way in each, with its tag and its welcome."""

from typing import Any

import sqlalchemy as sa
from flask import abort, flash
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from app import personal
from app.console import languages, qr_codes
from app.console.frame import Answer, console, go, page, siyu
from app.domain.insight import tags
from app.domain.insight.tags import Tag
from app.domain.people import channels
from app.domain.people import live_codes as codes
from app.domain.people.channels import Kind
from app.domain.people.live_codes import LiveCode
from app.domain.people.members import Member
from sop.mistakes import Mistake


class LiveCodeForm(FlaskForm):
    name = StringField(_l("名称"), [InputRequired(), Length(max=60)])
    tag = StringField(_l("给标签"), [Length(max=40)], description=_l("没有的标签会新建"))
    welcome = TextAreaField(_l("欢迎语"), [Length(max=600)], description=_l("空着就用通用的欢迎语"))


class NewLiveCodeForm(LiveCodeForm):
    channel = SelectField(_l("渠道账号"), coerce=int)
    scene = StringField(
        _l("场景值"),
        [InputRequired(), Length(max=codes.SCENE_MAX)],
        description=_l("1 到 64 个字符，例如 store_002"),
    )


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
    form = NewLiveCodeForm()
    with siyu().database.reading() as session:
        usable = [c for c in channels.all_of(session) if c.kind != Kind.GROUP_GATEWAY]
        form.channel.choices = {channel.id: channel.name for channel in usable}
        all_tags = tags.all_of(session)
    if form.validate_on_submit():
        code_id = _save(form)
        if code_id is not None:
            qr_codes.ask_for(code_id)
            return go("live_codes")
    return page("live_code_form.html", form=form, code=None, all_tags=all_tags)


@console.route("/live-codes/<int:code_id>", methods=["GET", "POST"])
def live_code(code_id: int) -> Answer:
    """What the code does; where it leads is printed already and stays."""
    with siyu().database.reading() as session:
        known = session.get(LiveCode, code_id) or abort(404)
        tag = session.get(Tag, known.tag_id) if known.tag_id else None
        all_tags = tags.all_of(session)
    told = {"name": known.name, "tag": tag.name if tag else "", "welcome": known.welcome}
    form = LiveCodeForm(data=told)
    if form.validate_on_submit() and _change(form, code_id):
        flash(_("已保存，从现在起生效。"))
        return go("live_codes")
    return page("live_code_form.html", form=form, code=known, all_tags=all_tags)


def _save(form: NewLiveCodeForm) -> int | None:
    try:
        with siyu().database.writing() as session:
            added = codes.add(
                session,
                channel_id=form.channel.data,
                scene=form.scene.data.strip(),
                now=siyu().clock(),
                **_told(session, form),
            )
            return added.id
    except Mistake as mistake:
        form.welcome.errors = [languages.in_language(mistake)]
    except codes.BadScene:
        form.scene.errors = [_("1 到 64 个字符，不能有空格。")]
    except codes.SceneTaken:
        form.scene.errors = [_("这个渠道账号已有这个场景值。")]
    return None


def _change(form: LiveCodeForm, code_id: int) -> bool:
    try:
        with siyu().database.writing() as session:
            codes.change(session.get_one(LiveCode, code_id), **_told(session, form))
    except Mistake as mistake:
        form.welcome.errors = [languages.in_language(mistake)]
        return False
    return True


def _told(session: Session, form: LiveCodeForm) -> dict[str, Any]:
    """What the code does, as the form says it. Raises Mistake for a welcome that cannot be said."""
    welcome, tag_name = (form.welcome.data or "").strip(), (form.tag.data or "").strip()
    personal.check(session, welcome)
    tag = tags.named(session, tag_name, "channel", siyu().clock()) if tag_name else None
    return {"name": form.name.data.strip(), "tag_id": tag.id if tag else None, "welcome": welcome}


def _came(session: Session) -> dict[int, int]:
    """By code: how many members came through it."""
    rows = session.execute(
        sa.select(Member.live_code_id, sa.func.count())
        .where(Member.live_code_id.is_not(None))
        .group_by(Member.live_code_id)
    )
    return {code_id: count for code_id, count in rows if code_id is not None}
