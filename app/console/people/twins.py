"""Records that may be one person: shown side by side, and left apart if they are two."""

from collections.abc import Mapping, Sequence

from flask import abort, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import row_ids
from app.console.frame import PAGE, Answer, console, go, operator_id, page, siyu
from app.domain.insight import directory
from app.domain.people import members, merges, operators
from app.domain.people.members import Member
from app.domain.people.merges import Merge, Twins
from app.merging import twins


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


def made_of(session: Session, member_id: int) -> Sequence[tuple[Merge, bool]]:
    """The merges that made her record, newest first, and whether each could be taken back."""
    return [
        (made, made.undone_at is None and merges.is_last(session, made))
        for made in merges.of(session, member_id)
        if made.kept_id == member_id
    ]


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
