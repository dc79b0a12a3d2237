"""A member's own manners: whether she wants to hear of us, who talks with her, by which clock."""

from datetime import timedelta
from typing import Any

from flask import abort, flash, request
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session

from app.console.frame import Answer, console, go, operator_id, siyu
from app.domain.outreach import manners, touches
from app.domain.people import conversations, members, operators, opt_outs, zones
from app.domain.people.members import Member

REASON_CHARS = 200
WEEK, MONTH = timedelta(days=6), timedelta(days=29)


def shown(session: Session, member: Member) -> dict[str, Any]:
    """What her page shows of it: how often she was spoken to today, in seven days, in thirty."""
    now = siyu().clock()
    on = zones.day(member, siyu().programme.zone, now)
    book = touches.of(session, member.id)
    since = {"day": on, "week": on - WEEK, "month": on - MONTH}
    return {
        "is_attended": conversations.is_open(member, now),
        "agent_minutes": manners.in_force(session).agent_minutes,
        "touched": {
            category: {
                period: sum(times for day, times in days.items() if day >= first)
                for period, first in since.items()
            }
            for category, days in book.items()
            if days
        },
    }


@console.post("/members/<int:member_id>/opt-out")
def opt_member_out(member_id: int) -> Answer:
    """She has said so on the phone, or in a shop; or an operator was mistaken."""
    reason, is_back = request.form.get("reason", "").strip(), request.form.get("back") == "yes"
    if not 0 < len(reason) <= REASON_CHARS:
        flash(_("请写明原因（%(n)s 字以内）。", n=REASON_CHARS), "danger")
        return go("member", member_id=member_id)
    now = siyu().clock()
    with siyu().database.writing() as session:
        member = _held(session, member_id)
        before = str(member.opted_out_at or "")
        (opt_outs.come_back if is_back else opt_outs.stop)(session, member, None, now)
        action = "member.come_back" if is_back else "member.opt_out"
        details = {"reason": reason, "opted_out_at": before}
        operators.record(session, operator_id(), action, f"member:{member.id}", details, now)
    flash(_("已记录。"))
    return go("member", member_id=member_id)


@console.post("/members/<int:member_id>/attend")
def attend(member_id: int) -> Answer:
    """An operator talks with her herself, from now on for as long as agents do, or has ended."""
    now, is_over = siyu().clock(), request.form.get("over") == "yes"
    with siyu().database.writing() as session:
        member = _held(session, member_id)
        if is_over:
            conversations.end(member)
        else:
            lasts = timedelta(minutes=manners.in_force(session).agent_minutes)
            conversations.attend(member, str(current_user.name), now + lasts)
        action = "member.attend_end" if is_over else "member.attend"
        operators.record(session, operator_id(), action, f"member:{member.id}", {}, now)
    return go("member", member_id=member_id)


@console.post("/members/<int:member_id>/zone")
def set_zone(member_id: int) -> Answer:
    given, now = request.form.get("zone", "").strip(), siyu().clock()
    try:
        with siyu().database.writing() as session:
            member = _held(session, member_id)
            details = {"from": member.zone or "", "to": given}
            zones.keep(member, given)
            operators.record(
                session, operator_id(), "member.zone", f"member:{member.id}", details, now
            )
    except zones.NoZone:
        flash(_("没有这个时区，应类似 America/New_York。"), "danger")
    else:
        flash(_("已保存。"))
    return go("member", member_id=member_id)


def _held(session: Session, member_id: int) -> Member:
    if session.get(Member, member_id) is None:
        abort(404)
    return members.hold(session, member_id)
