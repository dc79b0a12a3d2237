"""Two records that an operator says are one person: made one, or parted again. The worker does
either, in order with what the member herself does."""

import sqlalchemy as sa
from flask import abort, flash, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import inbox, row_ids
from app.console.frame import Answer, console, go, operator_id, siyu
from app.console.people import member as member_page
from app.domain.people import members, merges, operators
from app.domain.people.members import Member
from app.domain.people.merges import Merge


@console.post("/members/<int:member_id>/merge")
def merge_members(member_id: int) -> Answer:
    typed = request.form.get("other", "").strip().removeprefix("#")
    with siyu().waking() as session:
        kept = members.get(session, _existing(session, member_id).id)
        found = session.get(Member, row_ids.read_or_none(typed) or 0)
        other = members.get(session, found.id) if found is not None else None
        wrong = _wrong(kept, other, typed)
        if other is not None and not wrong:
            _ask(session, kept.id, other.id)
            subject, details = f"member:{kept.id}", {"other": other.id}
            operators.record(
                session, operator_id(), "member.merge", subject, details, siyu().clock()
            )
    if wrong:
        return member_page.show(member_id, {"other": wrong})
    flash(_("正在合并，稍等刷新即可看到。"))
    return go("member", member_id=member_id)


@console.post("/members/<int:member_id>/merges/<int:merge_id>/undo")
def undo_merge(member_id: int, merge_id: int) -> Answer:
    back, now = go("member", member_id=member_id), siyu().clock()
    with siyu().waking() as session:
        made = session.get(Merge, merge_id) or abort(404)
        if made.kept_id != member_id:
            abort(404)
        if made.undone_at is not None or not merges.is_last(session, made):
            flash(_("这次合并之后又合并过，请先拆开后来的。"), "danger")
            return back
        inbox.receive_own(
            session,
            key=f"merge_taken_back:{merge_id}",
            kind="merge_taken_back",
            subject=f"member:{member_id}",
            fields={"MergeId": str(merge_id), "OperatorId": str(operator_id())},
            member_id=member_id,
            now=now,
        )
        subject, details = f"member:{member_id}", {"other": made.absorbed_id}
        operators.record(session, operator_id(), "member.part", subject, details, now)
    flash(_("正在拆开，稍等刷新即可看到。"))
    return back


def _wrong(kept: Member, other: Member | None, typed: str) -> str:
    if other is None:
        is_number = typed.isascii() and typed.isdigit()
        return (
            _("没有会员 #%(number)s。", number=typed)
            if is_number
            else _("请填另一条记录的会员编号。")
        )
    if other.id == kept.id:
        return _("这是同一条记录。")
    if None not in (other.unionid, kept.unionid):
        return _("两条记录各有自己的 unionid，微信说他们是两个人。")
    return ""


def _ask(session: Session, kept_id: int, other_id: int) -> None:
    """Once for the state that the two are in: pressing twice asks once."""
    pair = sorted((kept_id, other_id))
    times = session.scalar(
        sa.select(sa.func.count()).where(Merge.kept_id.in_(pair), Merge.absorbed_id.in_(pair))
    )
    inbox.receive_own(
        session,
        key=f"merge:{pair[0]}:{pair[1]}:{times}",
        kind="merge_asked",
        subject=f"member:{kept_id}",
        fields={"OtherId": str(other_id), "OperatorId": str(operator_id())},
        member_id=kept_id,
        now=siyu().clock(),
    )


def _existing(session: Session, member_id: int) -> Member:
    return session.get(Member, member_id) or abort(404)
