"""Direct lines on a member's page: her mail address, what she has agreed to, and one message by
hand. Everything here goes on record; her number and address do not."""

import re
from typing import Any

from flask import abort, flash, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import outbox, personal, row_ids
from app.console.content import message_fields
from app.console.frame import Answer, console, go, operator_id, siyu
from app.domain.people import addresses, channels, consents, members, operators
from app.domain.people.channel_kinds import MEDIA
from app.domain.people.channels import Channel, Kind
from app.domain.people.members import Member
from app.sending import direct_lines
from sop import wording
from sop.mistakes import Mistake

AGREED_AT_THE_COUNTER = "by_hand"  # the version of a consent that an operator was told of
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")
KINDS = {"sms": "sms", "voice": "call", "mail": "mail"}
ONCE = re.compile(r"[0-9a-f]{32}")  # what each showing of the form carries, so that it sends once


def offered(session: Session) -> list[Channel]:
    """The accounts that reach a member at her own number or address."""
    return [channel for channel in channels.all_of(session) if channel.kind in MEDIA]


@console.post("/members/<int:member_id>/email")
def keep_email(member_id: int) -> Answer:
    email = request.form.get("email", "").strip()
    if email and not EMAIL.fullmatch(email):
        flash(_("邮箱地址不正确。"))
        return go("member", member_id=member_id)
    with siyu().database.writing() as session:
        member = _held(session, member_id)
        addresses.keep_email(member, email, siyu().vault)
        _record(session, "email.change", member, {"kept": bool(email)})
    flash(_("已保存。"))
    return go("member", member_id=member_id)


@console.post("/members/<int:member_id>/consents/<medium>")
def change_consent(member_id: int, medium: str) -> Answer:
    """She has told us that she agrees, or agrees no longer."""
    if medium not in KINDS:
        abort(404)
    agreed, now = request.form.get("agreed") == "yes", siyu().clock()
    with siyu().database.writing() as session:
        member = _held(session, member_id)
        if not agreed:
            consents.withdraw(session, member.id, medium, now)
        elif not consents.holds(session, member.id, medium):
            consents.give(session, member.id, medium, AGREED_AT_THE_COUNTER, None, now)
        action = "consent.give" if agreed else "consent.withdraw"
        _record(session, action, member, {"purpose": medium})
    flash(_("已记录。"))
    return go("member", member_id=member_id)


@console.post("/members/<int:member_id>/direct")
def send_directly(member_id: int) -> Answer:
    """One message by hand. It obeys what every message obeys: consent, the hour, once a day."""
    once = request.form.get("once", "")
    if not ONCE.fullmatch(once):
        abort(400)
    with siyu().waking() as session:
        member = _held(session, member_id)
        channel = session.get(Channel, request.form.get("channel_id", type=row_ids.read) or 0)
        if channel is None or channel.kind not in MEDIA:
            abort(400)
        try:
            content = _content(session, member, MEDIA[Kind(channel.kind)])
        except Mistake as mistake:
            flash(mistake.zh)
            return go("member", member_id=member_id)
        _put(session, member, channel, content, once)
    flash(_("已交给发送。时间线上能看到结果。"))
    return go("member", member_id=member_id)


def _put(
    session: Session, member: Member, channel: Channel, content: dict[str, Any], once: str
) -> None:
    put = outbox.put(
        session,
        direct_lines.address(channel.id, member.id),
        key=f"by_hand:{member.id}:{once}",
        purpose="by_hand",
        kind=KINDS[MEDIA[Kind(channel.kind)]],
        content=content,
        cause=outbox.Cause(f"operator:{operator_id()}"),
        now=siyu().clock(),
    )
    if put is not None:
        _record(session, "direct.send", member, {"channel": channel.key, "message": put})


def _content(session: Session, member: Member, medium: str) -> dict[str, Any]:
    """What is to be said, filled for her. Raises Mistake."""
    written = message_fields.content_in(
        KINDS[medium], lambda name: request.form.get(name, "").strip()
    )
    needed = ("subject", "text") if medium == "mail" else ()
    for name in needed:
        if not written[name]:
            raise wording.BadWording("邮件要有标题和正文", "a mail has a subject and a text")
    for text in personal.texts_of(written):
        personal.check(session, text)
    return personal.content_for_member(session, written, member, siyu().programme, siyu().clock())


def _held(session: Session, member_id: int) -> Member:
    if session.get(Member, member_id) is None:
        abort(404)
    return members.hold(session, member_id)


def _record(session: Session, action: str, member: Member, details: dict[str, Any]) -> None:
    now, subject = siyu().clock(), f"member:{member.id}"
    operators.record(session, operator_id(), action, subject, details, now)
