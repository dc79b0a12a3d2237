"""Message templates: pulled from the platform by a click, and tried on one member."""

from collections.abc import Iterator, Mapping

from flask import abort, flash, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import outbox, row_ids
from app.console.frame import Answer, console, go, operator_id, page, siyu
from app.domain.outreach import message_templates
from app.domain.outreach.message_templates import SUBSCRIBE, TEMPLATE, Listed, MessageTemplate
from app.domain.people import channels, members, operators
from app.domain.people.channels import Channel, Kind
from app.domain.people.members import Member
from bots import subscribe_fields, subscriptions
from bots.official_account import templates
from bots.subscribe_fields import BadField
from bots.wechat_api import PlatformRefused
from bots.wire import PlatformUnavailable

KINDS = (Kind.OFFICIAL_ACCOUNT, Kind.MINI_PROGRAM)


@console.get("/templates", endpoint="message_templates")
def list_templates() -> Answer:
    with siyu().database.reading() as session:
        return page(
            "sending/message_templates.html",
            channels=[one for one in channels.all_of(session) if one.kind in KINDS],
            templates=message_templates.all_of(session),
        )


@console.post("/templates/pull/<int:channel_id>")
def pull_templates(channel_id: int) -> Answer:
    """Asks the platform, outside any transaction, and keeps what it answers."""
    with siyu().database.reading() as session:
        channel = session.get(Channel, channel_id)
    if channel is None or channel.kind not in KINDS:
        abort(404)
    try:
        listed = list(_listed(channel))
    except (PlatformRefused, PlatformUnavailable) as error:
        flash(_("平台没有给出模板：%(error)s", error=str(error)), "danger")
        return go("message_templates")
    with siyu().database.writing() as session:
        count = message_templates.keep(session, channel_id, listed, siyu().clock())
    flash(_("已拉取 %(n)s 个模板。", n=count))
    return go("message_templates")


@console.route("/templates/<int:template_id>", methods=["GET", "POST"])
def message_template(template_id: int) -> Answer:
    """One template; the form sends it to one member."""
    with siyu().database.reading() as session:
        shown = session.get(MessageTemplate, template_id) or abort(404)
        channel = session.get_one(Channel, shown.channel_id)
    wrong = _try(shown) if request.method == "POST" else {}
    if request.method == "POST" and not wrong:
        flash(_("已排入发送队列，结果见消息管道和会员的时间线。"))
        return go("message_template", template_id=template_id)
    values = request.form
    status = 400 if wrong else 200
    return page(
        "sending/message_template.html", shown=shown, channel=channel, wrong=wrong, values=values
    ), status


def _listed(channel: Channel) -> Iterator[Listed]:
    if channel.kind == Kind.OFFICIAL_ACCOUNT:
        account = siyu().official_account(channel)
        for one in templates.listed(account.api):
            yield Listed(TEMPLATE, str(one["template_id"]), one.get("title", ""), one["content"])
        found = subscriptions.listed(account.api)
    else:
        found = subscriptions.listed(siyu().mini_program(channel).api)
    for one in found:
        yield Listed(SUBSCRIBE, str(one["priTmplId"]), one.get("title", ""), one["content"])


def _try(template: MessageTemplate) -> Mapping[str, str]:
    """Puts one message in the outbox. Returns what is wrong instead, by field."""
    given = {name: request.form.get(name, "") for name in template.fields}
    wrong = _wrong_values(template, given)
    with siyu().database.writing() as session:
        address = _address(session, template)
        if address is None:
            wrong["member_id"] = _("这位会员在这个账号下联系不到。")
        if address is None or wrong:
            return wrong
        now = siyu().clock()
        message_id = outbox.put(
            session,
            address,
            key=f"template_trial:{template.id}:{address.member_id}:{now.timestamp()}",
            purpose="trial",
            kind=template.way,
            content={"template_id": template.template_id, "data": given} | _target(),
            cause=outbox.Cause("by_hand"),
            now=now,
        )
        details = {"template": template.template_id, "member": address.member_id}
        subject = f"message:{message_id}"
        operators.record(session, operator_id(), "template.try", subject, details, now)
        touched = session.info.get("lanes", ())
    siyu().wakeups.wake_all(touched)
    return {}


def _wrong_values(template: MessageTemplate, given: Mapping[str, str]) -> dict[str, str]:
    wrong = {name: _("请填写。") for name, value in given.items() if not value.strip()}
    if template.way == SUBSCRIBE:
        for name in given.keys() - wrong.keys():
            try:
                subscribe_fields.fitted(name, given[name])
            except BadField:
                wrong[name] = _("平台不接受这个值：格式或长度不对。")
    url = request.form.get("target", "")
    if url and not url.startswith(("https://", "http://")) and template.way == TEMPLATE:
        wrong["target"] = _("请填写以 https:// 开头的链接。")
    return wrong


def _target() -> dict[str, str]:
    target = request.form.get("target", "").strip()
    if not target:
        return {}
    return {"url" if target.startswith("http") else "page": target}


def _address(session: Session, template: MessageTemplate) -> outbox.Address | None:
    member_id = request.form.get("member_id", type=row_ids.read)
    if member_id is None or session.get(Member, member_id) is None:
        return None
    member = members.get(session, member_id)
    identity = members.on_channel(session, member.id, template.channel_id)
    if identity is None:
        return None
    return outbox.Address(identity.channel_id, identity.external_id, member.id, way=template.way)
