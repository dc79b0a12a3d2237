"""Group welcomes 入群欢迎语: written here, kept and sent by WeCom."""

from collections.abc import Mapping
from typing import Any

from flask import abort, flash
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.validators import URL, Length, Optional

from app.console.content import attached_materials
from app.console.frame import Answer, console, go, page, siyu
from app.console.text_limits import within
from app.console.wanting import want
from app.domain.outreach import group_welcomes as welcomes
from app.domain.outreach.allowances import limit_table
from app.domain.outreach.group_welcomes import GroupWelcome, TooManyWelcomes
from app.domain.people import channels
from app.domain.people.channels import Kind
from app.handlers.wecom import group_welcomes as verbs

HELD = "held"  # what is attached already


class ChangedGroupWelcomeForm(FlaskForm):
    text = TextAreaField(
        _l("文字"),
        [within(limit_table.GROUP_WELCOME_TEXT_BYTES)],
        description=_l("%NICKNAME% 会换成入群者的昵称"),
    )
    link_title = StringField(_l("链接标题"), [Length(max=60)])
    link_url = StringField(_l("链接地址"), [Optional(), URL(require_tld=False)])
    material = SelectField(
        _l("附上素材"),
        default="",
        description=_l("图片、视频、链接或小程序卡片；填了链接就不能再附"),
    )

    def content(self) -> dict[str, Any]:
        link = {"kind": "link", "title": self.link_title.data, "url": self.link_url.data}
        has_link = bool(self.link_title.data and self.link_url.data)
        return {"text": self.text.data or "", "attachments": [link] if has_link else []}


class GroupWelcomeForm(ChangedGroupWelcomeForm):
    channel = SelectField(_l("企业微信"), coerce=int)
    notify = BooleanField(_l("通知群主有新的欢迎语可用"))

    def content(self) -> dict[str, Any]:
        return super().content() | {"notify": bool(self.notify.data)}


@console.get("/group-welcomes")
def group_welcomes() -> Answer:
    with siyu().database.reading() as session:
        names = {one.id: one.name for one in channels.all_of(session)}
        return page("platforms/group_welcomes.html", welcomes=welcomes.of(session), channels=names)


@console.route("/group-welcomes/new", methods=["GET", "POST"])
def new_group_welcome() -> Answer:
    form = GroupWelcomeForm()
    with siyu().database.reading() as session:
        offered = [one for one in channels.all_of(session) if one.kind == Kind.WECOM]
        form.channel.choices = [(one.id, one.name) for one in offered]
        _offer(session, form, {})
    if form.validate_on_submit() and _is_filled_in(form) and _save(form):
        flash(_("已交给企业微信，群主可以在群里选用。"))
        return go("group_welcomes")
    return page(
        "platforms/group_welcome_form.html", form=form, has_channel=bool(form.channel.choices)
    )


@console.route("/group-welcomes/<int:welcome_id>", methods=["GET", "POST"])
def group_welcome(welcome_id: int) -> Answer:
    with siyu().database.reading() as session:
        known = session.get(GroupWelcome, welcome_id) or abort(404)
        form = ChangedGroupWelcomeForm(data=_shown(known.content))
        _offer(session, form, known.content)
    if form.validate_on_submit() and _is_filled_in(form):
        with siyu().waking() as session:
            welcome = session.get_one(GroupWelcome, welcome_id, with_for_update=True)
            if welcome.deleting_at is not None:
                abort(409)
            welcomes.change(session, welcome, _content(session, form, welcome.content))
            want(session, verbs.CHANGED, welcome.channel_id, *_named(welcome))
        flash(_("已保存，稍后在企业微信生效。"))
        return go("group_welcomes")
    return page("platforms/group_welcome_form.html", form=form, has_channel=True)


@console.post("/group-welcomes/<int:welcome_id>/delete")
def delete_group_welcome(welcome_id: int) -> Answer:
    with siyu().waking() as session:
        welcome = session.get(GroupWelcome, welcome_id, with_for_update=True) or abort(404)
        if welcome.deleting_at is not None:
            abort(409)
        welcome.deleting_at = siyu().clock()
        want(session, verbs.UNWANTED, welcome.channel_id, *_named(welcome), once=True)
    flash(_("已请求，稍后刷新本页查看。"))
    return go("group_welcomes")


def _is_filled_in(form: ChangedGroupWelcomeForm) -> bool:
    content = form.content()
    if content["attachments"] and form.material.data:
        form.material.errors = [_("入群欢迎语只能附一样：请去掉链接，或不用素材。")]
        return False
    if content["text"] or content["attachments"] or form.material.data:
        return True
    form.text.errors = [_("文字和链接至少填一项。")]
    return False


def _offer(session: Session, form: ChangedGroupWelcomeForm, held: Mapping[str, Any]) -> None:
    """What can be attached, first of all what is."""
    offered = attached_materials.choices(session, attached_materials.IN_CHATS)
    if _held_card(held):
        offered.insert(0, (HELD, _("保持现在附上的")))
    form.material.choices = offered


def _content(
    session: Session, form: ChangedGroupWelcomeForm, held: Mapping[str, Any]
) -> dict[str, Any]:
    if form.material.data == HELD:
        return {**form.content(), "attachments": [_held_card(held)]}
    return attached_materials.add_to(session, form.content(), form.material.data)


def _save(form: GroupWelcomeForm) -> bool:
    try:
        with siyu().waking() as session:
            now = siyu().clock()
            content = _content(session, form, {})
            made = welcomes.write(session, form.channel.data, content, now)
            want(session, verbs.WANTED, made.channel_id, *_named(made), once=True)
    except TooManyWelcomes:
        form.channel.errors = [_("这个企业的入群欢迎语已到上限，请先删除不用的。")]
        return False
    return True


def _named(welcome: GroupWelcome) -> tuple[str, dict[str, str]]:
    return f"group_welcome:{welcome.id}", {"GroupWelcomeId": str(welcome.id)}


def _shown(content: Mapping[str, Any]) -> dict[str, Any]:
    told = {"text": content.get("text", ""), "material": HELD if _held_card(content) else ""}
    for one in content.get("attachments") or []:
        if one["kind"] == "link":
            told |= {"link_title": one["title"], "link_url": one["url"]}
    return told


def _held_card(content: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What is attached and is no link, which has fields of its own."""
    return next((one for one in content.get("attachments") or [] if one["kind"] != "link"), None)
