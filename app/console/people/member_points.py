"""A member's points, entry by entry: which rule in which version, and why so much."""

from dataclasses import dataclass

import sqlalchemy as sa
from flask import abort, request
from sqlalchemy.orm import Session

from app import row_ids
from app.console.frame import PAGE, Answer, console, go, page, siyu
from app.console.people import corrections
from app.console.people.corrections import CorrectionForm
from app.console.saying import causes
from app.domain.loyalty import corrections as corrections_table
from app.domain.loyalty import points
from app.domain.loyalty.earning import earnings
from app.domain.loyalty.earning.earnings import Earning
from app.domain.loyalty.points import PointsEntry
from app.domain.people import members
from app.domain.people.members import Member


@dataclass(frozen=True, slots=True)
class Line:
    """``earning`` is what was decided, for an entry that an earning rule has brought."""

    entry: PointsEntry
    rule: causes.Named
    earning: Earning | None


@console.route("/members/<int:member_id>/points", methods=["GET", "POST"])
def member_points(member_id: int) -> Answer:
    """Every entry of hers, and the form by which points are given or taken by hand."""
    form = CorrectionForm()
    with siyu().database.reading() as session:
        session.get(Member, member_id) or abort(404)
    if form.validate_on_submit() and corrections.is_asked(form, member_id):
        return go("member_points", member_id=member_id)
    with siyu().database.reading() as session:
        member = session.get(Member, member_id) or abort(404)
        found = _entries(session, member_id, request.args.get("before", type=row_ids.read))
        lines = _lines(session, found[:PAGE])
        return page(
            "people/member_points.html",
            member=member,
            balance=points.balance_of(session, member_id),
            lines=lines,
            older=lines[-1].entry.id if len(found) > PAGE else None,
            form=form,
            waiting=corrections_table.waiting_of(session, members.records_of(session, member_id)),
        )


def _entries(session: Session, member_id: int, before_id: int | None) -> list[PointsEntry]:
    """Of all her records, the last one first."""
    hers = sa.select(PointsEntry).where(
        PointsEntry.member_id.in_(members.records_of(session, member_id))
    )
    if before_id is not None:
        hers = hers.where(PointsEntry.id < before_id)
    return list(session.scalars(hers.order_by(PointsEntry.id.desc()).limit(PAGE + 1)))


def _lines(session: Session, found: list[PointsEntry]) -> list[Line]:
    """An entry that undoes another one is explained by that one."""
    undone_ids = {one.reverses_id for one in found if one.reverses_id is not None}
    undone = session.scalars(sa.select(PointsEntry).where(PointsEntry.id.in_(undone_ids)))
    key_of = {one.id: one.key for one in (*found, *undone)}
    decided = earnings.by_keys(session, key_of.values())
    named = causes.name_all(session, {one.rule for one in found})
    return [
        Line(one, named[one.rule], decided.get(key_of[one.reverses_id or one.id])) for one in found
    ]
