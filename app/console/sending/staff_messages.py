"""Messages by staff 企业群发: prepared by an operator, confirmed by members of staff in WeCom, and
what became of each."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask import abort, flash, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import URL, InputRequired, Length, Optional

from app import row_ids
from app.console.content import attached_materials
from app.console.fields.bounds import ManyField
from app.console.frame import PAGE, Answer, console, go, operator_id, page, siyu
from app.console.saying import causes
from app.console.text_limits import within
from app.console.wanting import want
from app.domain.insight import segments, tags
from app.domain.loyalty.standing import tiers
from app.domain.outreach import staff_audiences
from app.domain.outreach import staff_messages as messages
from app.domain.outreach.allowances import limit_table
from app.domain.outreach.staff_messages import CONTACTS, GROUPS, StaffMessage
from app.domain.people import channels
from app.domain.people.channels import Channel, Kind
from app.handlers.wecom import staff_messages as verbs
from app.outbox import OutboxMessage
from app.segments import crowds
from app.sending import call_rates, rate_table, staff_jobs
from sop.audiences import Filter, GroupFilter

KINDS = [SelectChoice(CONTACTS, _l("客户")), SelectChoice(GROUPS, _l("客户群"))]


class StaffMessageForm(FlaskForm):
    channel = SelectField(_l("企业微信"), coerce=int)
    chat_type = SelectField(_l("发给"), choices=KINDS)
    tiers = ManyField(_l("等级（不选就是全部）"))
    tags_any = ManyField(_l("有其中任一标签（不选就是全部，只对客户）"))
    segment = SelectField(_l("在人群里（只对客户）"), default="")
    text = TextAreaField(
        _l("文字"), [InputRequired(), within(limit_table.STAFF_MESSAGE_TEXT_BYTES)]
    )
    link_title = StringField(_l("链接标题"), [Length(max=60)])
    link_url = StringField(_l("链接地址"), [Optional(), URL(require_tld=False)])
    material = SelectField(
        _l("附上素材"), default="", description=_l("图片、视频、链接或小程序卡片，所有人收到同样的")
    )

    def content(self) -> dict[str, Any]:
        link = {"kind": "link", "title": self.link_title.data, "url": self.link_url.data}
        has_link = bool(self.link_title.data and self.link_url.data)
        return {"text": self.text.data, "attachments": [link] if has_link else []}


@console.get("/staff-messages")
def staff_messages() -> Answer:
    with siyu().database.reading() as session:
        shown = session.scalars(
            sa.select(StaffMessage).order_by(StaffMessage.id.desc()).limit(PAGE)
        ).all()
        return page(
            "sending/staff_messages.html",
            messages=shown,
            channels={one.id: one.name for one in channels.all_of(session)},
            handed_over=_handed_over(session, [one.id for one in shown]),
        )


@console.route("/staff-messages/new", methods=["GET", "POST"])
def new_staff_message() -> Answer:
    form = StaffMessageForm()
    with siyu().database.reading() as session:
        offered = [one for one in channels.all_of(session) if one.kind == Kind.WECOM]
        form.channel.choices = {one.id: one.name for one in offered}
        form.tiers.choices = {tier.key: tier.name for tier in tiers.all_of(session)}
        known = {one.key: one.name for one in segments.all_of(session)}
        form.segment.choices = {"": _("不限")} | known
        form.tags_any.choices = [tag.name for tag in tags.all_of(session)]
        form.material.choices = attached_materials.choices(session, attached_materials.IN_CHATS)
    if form.validate_on_submit():
        made = _prepare(form)
        if made:
            flash(_("已交给企业微信，等员工确认后才会发送。"))
            return go("staff_messages")
        form.tiers.errors = [_("没有可以发给的对象：没有符合的，或者现在都不能再发。")]
    return page(
        "sending/staff_message_form.html", form=form, has_channel=bool(form.channel.choices)
    )


@console.get("/staff-messages/<int:message_id>")
def staff_message(message_id: int) -> Answer:
    with siyu().database.reading() as session:
        shown = session.get(StaffMessage, message_id) or abort(404)
        after = request.args.get("after", 0, type=row_ids.read)
        recipients = messages.known_recipients(session, shown, after, PAGE + 1)
        return page(
            "sending/staff_message.html",
            message=shown,
            channel=session.get_one(Channel, shown.channel_id),
            tasks=messages.tasks_of(session, message_id),
            reaches=messages.reaches(session, message_id),
            recipients=recipients[:PAGE],
            more_after=recipients[PAGE - 1][0].id if len(recipients) > PAGE else None,
            cause=causes.name_all(session, {shown.rule})[shown.rule] if shown.rule else None,
            errands=_errands(session, shown),
            handed_over=_handed_over(session, [message_id]).get(message_id),
        )


@console.post("/staff-messages/<int:message_id>/<what>")
def act_on_staff_message(message_id: int, what: str) -> Answer:
    """Look how it stands, remind who has not confirmed, or cancel what is not confirmed."""
    wanted = {"look": verbs.LOOK, "remind": verbs.REMIND, "cancel": verbs.CANCEL}.get(what)
    if wanted is None:
        abort(404)
    with siyu().waking() as session:
        message = session.get(StaffMessage, message_id) or abort(404)
        if message.platform_id is None or (what != "look" and message.cancelled_at):
            abort(409)
        if what == "remind" and not _may_remind(session, message):
            flash(_("提醒得太多了：24 小时内的次数已用完，请晚些再提醒。"), "danger")
            return go("staff_message", message_id=message_id)
        want(session, wanted, message.channel_id, *_named(message))
    flash(_("已请求，稍后刷新本页查看。"))
    return go("staff_message", message_id=message_id)


def _may_remind(session: Session, message: StaffMessage) -> bool:
    channel = session.get_one(Channel, message.channel_id)
    call = rate_table.Call(verbs.REMINDER, through=str(message.platform_id))
    return call_rates.full(session, channel, call, siyu().clock()) is None


def _prepare(form: StaffMessageForm) -> int:
    """Returns how many messages it takes."""
    now, made = siyu().clock(), 0
    with siyu().waking() as session:
        channel_id = form.channel.data
        meant = _meant(session, form, channel_id)
        content = attached_materials.add_to(session, form.content(), form.material.data)
        for sender, recipients in staff_audiences.parts(
            session, channel_id, form.chat_type.data, meant, now
        ):
            if form.chat_type.data != GROUPS:
                recipients = staff_audiences.take_bearable(
                    session, channel_id, recipients, siyu().programme.zone, now
                )
            if not recipients:
                continue
            message = messages.prepare(
                session,
                channel_id,
                chat_type=form.chat_type.data,
                sender=sender,
                content=content,
                recipients=recipients,
                operator_id=operator_id(),
                now=now,
            )
            staff_jobs.put_recipients(session, message, now)
            want(session, verbs.WANTED, channel_id, *_named(message), once=True)
            made += 1
    return made


def _meant(
    session: Session, form: StaffMessageForm, channel_id: int
) -> Mapping[str, Sequence[str]]:
    """By the member of staff who is to confirm; for contacts it is whoever speaks with them."""
    chosen = frozenset(form.tiers.data or [])
    if form.chat_type.data == GROUPS:
        return staff_audiences.groups(session, channel_id, GroupFilter(tier_labels=chosen))
    tags_any, segment = frozenset(form.tags_any.data or []), form.segment.data or ""
    meant = Filter(tiers=chosen, tags_any=tags_any, segment=segment)
    crowd_of = crowds.at(session, siyu().clock())
    return {"": staff_audiences.contacts(session, channel_id, meant, crowd_of)}


def _named(message: StaffMessage) -> tuple[str, dict[str, str]]:
    return f"staff_message:{message.id}", {"StaffMessageId": str(message.id)}


def _handed_over(session: Session, message_ids: Sequence[int]) -> Mapping[int, OutboxMessage]:
    """The outbox's view of the handing over, by message."""
    keys = {f"{verbs.MADE}:{message_id}": message_id for message_id in message_ids}
    rows = session.scalars(sa.select(OutboxMessage).where(OutboxMessage.key.in_(keys)))
    return {keys[row.key]: row for row in rows}


def _errands(session: Session, message: StaffMessage) -> Sequence[OutboxMessage]:
    """What was asked of the platform about it and refused: reminders above the limit and so on."""
    return session.scalars(
        sa.select(OutboxMessage)
        .where(
            OutboxMessage.state == sa.text("'failed'"),
            OutboxMessage.rule == verbs.rule_of(message),
        )
        .order_by(OutboxMessage.id.desc())
        .limit(5)
    ).all()
