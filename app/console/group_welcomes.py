"""Group welcomes 入群欢迎语: written here, kept and sent by WeCom."""

from collections.abc import Mapping

from flask import abort, flash
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.validators import URL, Length, Optional

from app import lanes
from app.console.frame import Answer, console, go, page, siyu
from app.console.text_limits import within
from app.console.wanting import want
from app.domain.outreach import group_welcomes as welcomes
from app.domain.outreach import limit_table
from app.domain.outreach.group_welcomes import GroupWelcome, TooManyWelcomes
from app.domain.people import channels
from app.domain.people.channels import Kind
from app.handlers import group_welcomes as verbs


class ChangedGroupWelcomeForm(FlaskForm):
    text = TextAreaField(
        _l("文字"),
        [within(limit_table.GROUP_WELCOME_TEXT_BYTES)],
        description=_l("%NICKNAME% 会换成入群者的昵称"),
    )
    link_title = StringField(_l("链接标题"), [Length(max=60)])
    link_url = StringField(_l("链接地址"), [Optional(), URL(require_tld=False)])

    def content(self) -> dict[str, object]:
        link = {"kind": "link", "title": self.link_title.data, "url": self.link_url.data}
        has_link = bool(self.link_title.data and self.link_url.data)
        return {"text": self.text.data or "", "attachments": [link] if has_link else []}


class GroupWelcomeForm(ChangedGroupWelcomeForm):
    channel = SelectField(_l("企业微信"), coerce=int)
    notify = BooleanField(_l("通知群主有新的欢迎语可用"))

    def content(self) -> dict[str, object]:
        return super().content() | {"notify": bool(self.notify.data)}


@console.get("/group-welcomes")
def group_welcomes() -> Answer:
    with siyu().database.reading() as session:
        names = {one.id: one.name for one in channels.all_of(session)}
        return page("group_welcomes.html", welcomes=welcomes.of(session), channels=names)


@console.route("/group-welcomes/new", methods=["GET", "POST"])
def new_group_welcome() -> Answer:
    form = GroupWelcomeForm()
    with siyu().database.reading() as session:
        offered = [one for one in channels.all_of(session) if one.kind == Kind.WECOM]
        form.channel.choices = [(one.id, one.name) for one in offered]
    if form.validate_on_submit() and _is_filled_in(form) and _save(form):
        flash(_("已交给企业微信，群主可以在群里选用。"))
        return go("group_welcomes")
    return page("group_welcome_form.html", form=form, has_channel=bool(form.channel.choices))


@console.route("/group-welcomes/<int:welcome_id>", methods=["GET", "POST"])
def group_welcome(welcome_id: int) -> Answer:
    with siyu().database.reading() as session:
        known = session.get(GroupWelcome, welcome_id) or abort(404)
    form = ChangedGroupWelcomeForm(data=_shown(known.content))
    if form.validate_on_submit() and _is_filled_in(form):
        with siyu().database.writing() as session:
            welcome = session.get_one(GroupWelcome, welcome_id, with_for_update=True)
            if welcome.deleting_at is not None:
                abort(409)
            welcomes.change(welcome, form.content())
            want(session, verbs.CHANGED, welcome.channel_id, *_named(welcome))
            touched = lanes.touched(session)
        siyu().wakeups.wake_all(touched)
        flash(_("已保存，稍后在企业微信生效。"))
        return go("group_welcomes")
    return page("group_welcome_form.html", form=form, has_channel=True)


@console.post("/group-welcomes/<int:welcome_id>/delete")
def delete_group_welcome(welcome_id: int) -> Answer:
    with siyu().database.writing() as session:
        welcome = session.get(GroupWelcome, welcome_id, with_for_update=True) or abort(404)
        if welcome.deleting_at is not None:
            abort(409)
        welcome.deleting_at = siyu().clock()
        want(session, verbs.UNWANTED, welcome.channel_id, *_named(welcome), once=True)
        touched = lanes.touched(session)
    siyu().wakeups.wake_all(touched)
    flash(_("已请求，稍后刷新本页查看。"))
    return go("group_welcomes")


def _is_filled_in(form: ChangedGroupWelcomeForm) -> bool:
    content = form.content()
    if content["text"] or content["attachments"]:
        return True
    form.text.errors = [_("文字和链接至少填一项。")]
    return False


def _save(form: GroupWelcomeForm) -> bool:
    try:
        with siyu().database.writing() as session:
            now = siyu().clock()
            made = welcomes.write(session, form.channel.data, form.content(), now)
            want(session, verbs.WANTED, made.channel_id, *_named(made), once=True)
            touched = lanes.touched(session)
    except TooManyWelcomes:
        form.channel.errors = [_("这个企业的入群欢迎语已到上限，请先删除不用的。")]
        return False
    siyu().wakeups.wake_all(touched)
    return True


def _named(welcome: GroupWelcome) -> tuple[str, dict[str, str]]:
    return f"group_welcome:{welcome.id}", {"GroupWelcomeId": str(welcome.id)}


def _shown(content: Mapping[str, object]) -> dict[str, object]:
    attachments = content.get("attachments") or []
    assert isinstance(attachments, list)
    link = attachments[0] if attachments else {}
    return {
        "text": content.get("text", ""),
        "link_title": link.get("title", ""),
        "link_url": link.get("url", ""),
    }
