"""Where a live code of WeCom leads: to staff, who become her contacts, or into customer groups."""

from collections.abc import Callable, Sequence

from flask import abort, flash
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import BooleanField, SelectMultipleField

from app.console.frame import Answer, console, go, operator_id, page, siyu
from app.domain.outreach.live_codes import duties, rosters
from app.domain.people import customer_groups, operators, staff, ways_in
from app.domain.people.channels import Channel, Kind
from app.domain.people.live_codes import LiveCode
from bots import wecom


class WayInForm(FlaskForm):
    userids = SelectMultipleField(
        _l("成员"), description=_l("扫码后成为其中一位的客户；选了成员就不能再选群")
    )
    chat_ids = SelectMultipleField(_l("客户群"), description=_l("扫码后进入其中一个群，最多 5 个"))
    skip_verify = BooleanField(_l("添加成员无需验证"))


@console.route("/live-codes/<int:code_id>/way-in", methods=["GET", "POST"])
def way_in(code_id: int) -> Answer:
    """Makes the code at the platform, or leads it elsewhere, while the operator waits."""
    with siyu().database.reading() as session:
        code, channel = _code(session, code_id)
        made = ways_in.of_code(session, code_id)
        form = WayInForm(data=_told(made))
        form.userids.choices = [
            (one.userid, one.name or one.userid) for one in staff.of(session, channel.id)
        ]
        form.chat_ids.choices = [
            (group.external_id, group.name or group.external_id)
            for group, _read, _owner in customer_groups.of(session, channel.id)
        ]
    if form.validate_on_submit() and _make(form, code, channel, made):
        return go("live_codes")
    return page("platforms/way_in.html", form=form, code=code, made=made)


@console.post("/live-codes/<int:code_id>/way-in/delete")
def delete_way_in(code_id: int) -> Answer:
    with siyu().database.reading() as session:
        code, channel = _code(session, code_id)
        made = ways_in.of_code(session, code_id) or abort(404)
    known = wecom.Made(made.config_id, made.qr_url)
    client = siyu().wecom(channel)
    if not _has_done(lambda: client.delete_way_in(known, bool(made.chat_ids))):
        return go("way_in", code_id=code_id)
    with siyu().database.writing() as session:
        ways_in.forget(session, code_id)
        rosters.forget(session, code_id)
        _record(session, code, "live_code.way_in.delete")
    flash(_("二维码已失效。"))
    return go("live_codes")


def _make(form: WayInForm, code: LiveCode, channel: Channel, made: ways_in.WayIn | None) -> bool:
    chosen = form.userids.data or []
    wanted = wecom.WayIn(
        state=code.scene,
        remark=code.name,
        userids=_on_duty(code, chosen),
        chat_ids=form.chat_ids.data or [],
        skip_verify=form.skip_verify.data,
    )
    if made is not None and bool(made.chat_ids) != wanted.leads_to_groups:
        flash(_("一个二维码不能从成员改到群：请先让它失效，再重新生成。"), "danger")
        return False
    client = siyu().wecom(channel)
    result: list[wecom.Made] = []

    def at_the_platform() -> None:
        if made is None:
            result.append(client.add_way_in(wanted))
        else:
            result.append(wecom.Made(made.config_id, made.qr_url))
            client.update_way_in(result[0], wanted)

    if not _has_done(at_the_platform):
        return False
    with siyu().database.writing() as session:
        ways_in.keep(
            session,
            code.id,
            userids=chosen,
            chat_ids=wanted.chat_ids,
            skip_verify=wanted.skip_verify,
            config_id=result[0].config_id,
            qr_url=result[0].qr_url,
            now=siyu().clock(),
        )
        _note_lead(session, code, wanted.userids)
        _record(session, code, "live_code.way_in")
    flash(_("二维码已生成。"))
    return True


def _on_duty(code: LiveCode, chosen: Sequence[str]) -> Sequence[str]:
    """Those of the chosen staff to whom the code leads at this moment; all where nobody is left."""
    with siyu().database.reading() as session:
        zone, now = siyu().programme.zone, siyu().clock()
        return duties.leading_to(session, code, chosen, zone, now) or chosen


def _note_lead(session: Session, code: LiveCode, userids: Sequence[str]) -> None:
    made = ways_in.of_code(session, code.id)
    if made is not None and made.userids:
        rosters.led(session, made, userids, siyu().clock())


def _has_done(act: Callable[[], None]) -> bool:
    """What the platform says against it is shown."""
    try:
        act()
    except wecom.BadWayIn as bad:
        reasons = {
            "state_too_long": _("企业微信的场景值最多 30 个字符。"),
            "either_staff_or_groups": _("请选择成员，或者选择群，不能都选。"),
            "too_many": _("最多 100 位成员，或者 5 个群。"),
        }
        flash(reasons[str(bad)], "danger")
        return False
    except wecom.Refused as refused:
        flash(_("平台拒绝生成二维码：%(reason)s", reason=str(refused)), "danger")
        return False
    return True


def _code(session: Session, code_id: int) -> tuple[LiveCode, Channel]:
    code = session.get(LiveCode, code_id) or abort(404)
    channel = session.get_one(Channel, code.channel_id)
    if channel.kind != Kind.WECOM:
        abort(404)
    return code, channel


def _told(made: ways_in.WayIn | None) -> dict[str, object]:
    if made is None:
        return {"skip_verify": True}
    return {
        "userids": made.userids,
        "chat_ids": made.chat_ids,
        "skip_verify": made.skip_verify,
    }


def _record(session: Session, code: LiveCode, what: str) -> None:
    subject = f"live_code:{code.id}"
    operators.record(session, operator_id(), what, subject, {}, siyu().clock())
