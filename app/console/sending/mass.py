"""Mass messages: written, previewed by one member, handed over, followed to the end, taken back."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask import abort, flash, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length

from app import outbox, row_ids
from app.console import languages
from app.console.frame import PAGE, Answer, console, go, operator_id, page, siyu
from app.domain.insight import segments
from app.domain.loyalty.standing import tiers
from app.domain.outreach import audience, mass_messages
from app.domain.outreach.allowances import limit_table, limits
from app.domain.outreach.mass_messages import KINDS, MassMessage
from app.domain.people import channels, members, operators
from app.domain.people.channels import Channel, Kind
from app.domain.people.members import Member
from app.outbox import OutboxMessage
from app.sending import mass_jobs
from bots.official_account import mass
from bots.wechat_api import PlatformRefused
from bots.wire import PlatformUnavailable
from sop.mistakes import Mistake

_NO_DRAFT = (mass_messages.HandedOver, mass_messages.Discarded)


class MassMessageForm(FlaskForm):
    channel = SelectField(_l("渠道账号"), coerce=int)
    kind = SelectField(
        _l("内容类型"),
        choices=[
            SelectChoice("text", _l("文字")),
            SelectChoice("mpnews", _l("图文")),
            SelectChoice("image", _l("图片")),
            SelectChoice("voice", _l("语音")),
        ],
    )
    said = TextAreaField(
        _l("内容"),
        [DataRequired(), Length(max=2000)],
        description=_l("文字直接写；图文、图片、语音写平台的 media_id。所有人收到同样的内容。"),
    )
    to = SelectField(
        _l("发给"),
        choices=[
            SelectChoice("members", _l("符合条件的会员")),
            SelectChoice("tag", _l("平台上的一个标签")),
            SelectChoice("all", _l("全部关注者")),
        ],
    )
    tag_id = StringField(_l("平台标签的编号"), [Length(max=12)])
    tier = SelectField(_l("会员等级"))
    segment = SelectField(_l("在人群里"), default="")
    tags = StringField(_l("有任一标签"), [Length(max=200)], description=_l("多个标签用逗号分开"))


@console.get("/mass", endpoint="mass_messages")
def list_mass_messages() -> Answer:
    before = request.args.get("before", type=row_ids.read)
    with siyu().database.reading() as session:
        found = mass_messages.newest(session, before, PAGE + 1)
        return page(
            "sending/mass_messages.html",
            messages=found[:PAGE],
            older=found[PAGE - 1].id if len(found) > PAGE else None,
            channels={channel.id: channel for channel in channels.all_of(session)},
        )


@console.route("/mass/new", methods=["GET", "POST"])
def new_mass_message() -> Answer:
    form = MassMessageForm()
    with siyu().database.reading() as session:
        accounts = [c for c in channels.all_of(session) if c.kind == Kind.OFFICIAL_ACCOUNT]
        form.channel.choices = {channel.id: channel.name for channel in accounts}
        named = {tier.key: tier.name for tier in tiers.all_of(session)}
        form.tier.choices = {"": _("不限")} | named
        form.segment.choices = _segments(session)
    if form.validate_on_submit():
        message_id = _draft(form)
        if message_id is not None:
            return go("mass_message", message_id=message_id)
    return page("sending/mass_message_form.html", form=form)


@console.get("/mass/<int:message_id>")
def mass_message(message_id: int) -> Answer:
    with siyu().database.reading() as session:
        shown = session.get(MassMessage, message_id) or abort(404)
        return page(
            "sending/mass_message.html",
            message=shown,
            channel=session.get_one(Channel, shown.channel_id),
            jobs=mass_messages.jobs_of(session, message_id),
            outcomes=_outcomes(session, message_id),
            meant=_meant(session, shown),
        )


@console.post("/mass/<int:message_id>/preview")
def preview_mass_message(message_id: int) -> Answer:
    """To one member, as often as she likes to look; it counts for nobody's month."""
    now, member_id = siyu().clock(), request.form.get("member_id", type=row_ids.read)
    with siyu().database.writing() as session:
        shown = session.get(MassMessage, message_id) or abort(404)
        known = member_id is not None and session.get(Member, member_id) is not None
        identity = members.on_channel(session, member_id or 0, shown.channel_id) if known else None
        if identity is None:
            flash(_("这位会员在这个账号下联系不到。"), "danger")
            return go("mass_message", message_id=message_id)
        outbox.put(
            session,
            outbox.Address(
                identity.channel_id,
                identity.external_id,
                identity.member_id,
                way=mass_messages.PREVIEW,
            ),
            key=f"mass:{message_id}:preview:{identity.id}:{now.timestamp()}",
            purpose="trial",
            kind=shown.kind,
            content=shown.content,
            cause=outbox.Cause(f"mass:{message_id}"),
            now=now,
        )
        touched = session.info.get("lanes", ())
    siyu().wakeups.wake_all(touched)
    flash(_("预览已排入发送队列。"))
    return go("mass_message", message_id=message_id)


@console.post("/mass/<int:message_id>/send")
def send_mass_message(message_id: int) -> Answer:
    now = siyu().clock()
    try:
        with siyu().database.writing() as session:
            if session.get(MassMessage, message_id) is None:
                abort(404)
            message = mass_messages.hold_draft(session, message_id)
            mass_jobs.hand_over(session, message, now)
            subject = f"mass:{message_id}"
            operators.record(session, operator_id(), "mass.send", subject, message.audience, now)
            touched = session.info.get("lanes", ())
    except _NO_DRAFT:
        abort(409)
    siyu().wakeups.wake_all(touched)
    flash(_("群发任务已排入发送队列。"))
    return go("mass_message", message_id=message_id)


@console.post("/mass/<int:message_id>/discard")
def discard_mass_message(message_id: int) -> Answer:
    """A draft that nobody sends would stand in the way of whatever it names."""
    try:
        with siyu().database.writing() as session:
            if session.get(MassMessage, message_id) is None:
                abort(404)
            message = mass_messages.hold_draft(session, message_id)
            subject, now = f"mass:{message_id}", siyu().clock()
            mass_messages.discard(session, message, now)
            operators.record(session, operator_id(), "mass.discard", subject, {}, now)
    except _NO_DRAFT:
        abort(409)
    flash(_("草稿已删除。"))
    return go("mass_messages")


@console.post("/mass/<int:message_id>/jobs/<int:job_id>/delete")
def delete_mass_job(message_id: int, job_id: int) -> Answer:
    """Takes it back at the platform, outside any transaction; then writes that down."""
    with siyu().database.reading() as session:
        carrier = session.scalar(
            sa.select(OutboxMessage).where(
                OutboxMessage.mass_job_id == job_id, OutboxMessage.pipe != outbox.RECIPIENTS
            )
        )
        if carrier is None or not carrier.platform_id or carrier.rule != f"mass:{message_id}":
            abort(404)
        channel = session.get_one(Channel, carrier.channel_id)
    try:
        mass.delete(siyu().official_account(channel).api, carrier.platform_id)
    except (PlatformRefused, PlatformUnavailable) as error:
        flash(_("平台没有撤回：%(error)s", error=str(error)), "danger")
        return go("mass_message", message_id=message_id)
    with siyu().database.writing() as session:
        session.get_one(mass_messages.MassJob, job_id).deleted_at = siyu().clock()
        subject = f"mass:{message_id}"
        now = siyu().clock()
        operators.record(session, operator_id(), "mass.delete", subject, {"job": job_id}, now)
    flash(_("已在平台撤回。"))
    return go("mass_message", message_id=message_id)


def _draft(form: MassMessageForm) -> int | None:
    said = form.said.data.strip()
    if form.kind.data == "text":
        with siyu().database.reading() as session:
            if not limits.fits(session, limit_table.TEXT_BYTES_MAX, said):
                form.said.errors = [_("文字太长")]
                return None
    try:
        with siyu().database.writing() as session:
            drafted = mass_messages.draft(
                session,
                channel_id=form.channel.data,
                kind=form.kind.data,
                content={KINDS[form.kind.data]: said},
                audience=_audience(form),
                operator_id=operator_id(),
                now=siyu().clock(),
            )
            return drafted.id
    except Mistake as mistake:
        form.said.errors = [languages.in_language(mistake)]
    except mass_messages.BadMassMessage:
        form.tag_id.errors = [_("请填写平台标签的编号（数字）。")]
    return None


def _segments(session: Session) -> dict[str, str]:
    return {"": _("不限")} | {one.key: one.name for one in segments.all_of(session)}


def _audience(form: MassMessageForm) -> dict[str, Any]:
    to = form.to.data
    if to == mass_messages.TAG:
        return {"to": to, "tag_id": (form.tag_id.data or "").strip()}
    if to == mass_messages.EVERYBODY:
        return {"to": to}
    names = (form.tags.data or "").replace("，", ",").split(",")
    chosen: dict[str, Any] = {}
    if any(name.strip() for name in names):
        chosen["tags_any"] = [name.strip() for name in names if name.strip()]
    if form.tier.data:
        chosen["tiers"] = [form.tier.data]
    if form.segment.data:
        chosen["segment"] = form.segment.data
    return {"to": to, "filter": chosen}


def _meant(session: Session, message: MassMessage) -> int | None:
    """How many members it would go to now; the platform alone knows who has its tag."""
    if message.recipient or message.handed_over_at is not None:
        return None
    return audience.count(session, mass_jobs.meant(session, message, siyu().clock()))


def _outcomes(session: Session, message_id: int) -> Sequence[Any]:
    """(is a job, state, reason, how many), jobs first."""
    job_ids = [job.id for job in mass_messages.jobs_of(session, message_id)]
    is_job = (OutboxMessage.pipe != outbox.RECIPIENTS).label("is_job")
    return session.execute(
        sa.select(is_job, OutboxMessage.state, OutboxMessage.reason, sa.func.count())
        .where(OutboxMessage.mass_job_id.in_(job_ids))
        .group_by(is_job, OutboxMessage.state, OutboxMessage.reason)
        .order_by(is_job.desc(), OutboxMessage.state, OutboxMessage.reason)
    ).all()
