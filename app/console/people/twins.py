"""Records that may be one person: shown side by side, made one, left apart, or parted again."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from flask import abort, flash, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import inbox, row_ids
from app.console.frame import PAGE, Answer, console, go, operator_id, page, siyu
from app.domain.insight import directory
from app.domain.people import members, merges, operators
from app.domain.people.members import Member
from app.domain.people.merges import Merge, Twins
from app.merging import twins

ID_DIGITS_MAX = 9


@console.get("/twins", endpoint="twins")
def list_twins() -> Answer:
    vault, after = siyu().vault, request.args.get("after", 0, type=row_ids.read)
    with siyu().database.reading() as session:
        found = merges.undecided(session, after, PAGE + 1)
        shown = found[:PAGE]
        ids = {one for pair in shown for one in (pair.first_id, pair.second_id)}
        people = {one.id: one for one in session.query(Member).where(Member.id.in_(ids))}
        return page(
            "people/twins.html",
            pairs=shown,
            people=people,
            phones={one.id: members.masked_phone_of(one, vault) for one in people.values()},
            tags=directory.tags_of(session, ids),
            points=directory.points_of(session, ids),
            later=shown[-1].id if len(found) > PAGE else None,
        )


@console.post("/twins/<int:twins_id>/apart")
def leave_apart(twins_id: int) -> Answer:
    now = siyu().clock()
    with siyu().database.writing() as session:
        pair = session.get(Twins, twins_id) or abort(404)
        merges.decide(session, pair.first_id, pair.second_id, operator_id(), now)
        subject = f"member:{pair.first_id}"
        details = {"other": pair.second_id}
        operators.record(session, operator_id(), "member.apart", subject, details, now)
    return go("twins")


@console.post("/members/<int:member_id>/merge")
def merge_members(member_id: int) -> Answer:
    """Asks for two records to be made one, which the worker then does in order with what the
    member herself does."""
    back = go("member", member_id=member_id)
    told = request.form.get("other", "").strip().removeprefix("#")
    if not (told.isascii() and told.isdigit() and len(told) <= ID_DIGITS_MAX):
        flash(_("请填另一条记录的会员编号。"), "danger")
        return back
    now = siyu().clock()
    with siyu().waking() as session:
        kept_id = members.get(session, _existing(session, member_id).id).id
        other = session.get(Member, int(told))
        if other is None:
            flash(_("没有会员 #%(number)s。", number=told), "danger")
            return back
        other = members.get(session, other.id)
        if other.id == kept_id:
            flash(_("这是同一条记录。"), "danger")
            return back
        if None not in (other.unionid, session.get_one(Member, kept_id).unionid):
            flash(_("两条记录各有自己的 unionid，微信说他们是两个人。"), "danger")
            return back
        _ask(session, kept_id, other.id)
        details = {"other": other.id}
        operators.record(session, operator_id(), "member.merge", f"member:{kept_id}", details, now)
    flash(_("正在合并，稍等刷新即可看到。"))
    return back


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


def made_of(session: Session, member_id: int) -> Sequence[tuple[Merge, bool]]:
    """The merges that made her record, newest first, and whether each could be taken back."""
    return [
        (made, made.undone_at is None and merges.is_last(session, made))
        for made in merges.of(session, member_id)
        if made.kept_id == member_id
    ]


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


@console.app_template_filter()
def twin_reason_in_words(reason: str) -> str:
    words: Mapping[str, str] = {
        twins.EMAIL: _("邮箱相同"),
        twins.NAME_AND_BIRTHDAY: _("昵称和生日相同"),
        twins.ORDER: _("订单里的手机号或 unionid 是另一条记录的"),
        twins.RARE_NAME: _("只有这两条记录叫这个名字，在不同的渠道"),
    }
    return words[reason]


@console.app_template_filter()
def merge_reason_in_words(why: str) -> str:
    words: Mapping[str, str] = {
        merges.UNIONID: _("unionid 相同"),
        merges.PHONE: _("验证过的手机号相同"),
        merges.BY_HAND: _("运营合并"),
    }
    return words[why]
