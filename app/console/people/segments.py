"""Segments: the list, who is in one and why, what names it, and its export."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Response, abort, flash, request, stream_with_context
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import row_ids
from app.console import uses
from app.console.frame import PAGE, Answer, console, go, operator_id, page, siyu
from app.console.people import segment_options, segment_words
from app.console.saying import words
from app.domain.insight import directory
from app.domain.insight import segments as segment_table
from app.domain.insight.segments import Segment
from app.domain.loyalty.standing import tiers
from app.domain.outreach.materials import content_uses
from app.domain.people import members as people
from app.domain.people import operators
from app.domain.people.members import Member
from app.segments import compiling, counting, keeping, knowing, snapshots, time_limits
from app.segments.counting import Counted
from app.segments.keeping import InUse
from app.segments.time_limits import TookTooLong
from app.spreadsheets import writing
from tagging.segments import deciding

AT_ONCE = 1_000
LISTED_IN_S = 5.0
COUNTED_WITHIN = timedelta(seconds=15)
COLUMNS = ("id", "nickname", "phone", "tier", "points", "tags")


@console.get("/segments")
def segments() -> Answer:
    with siyu().database.reading() as session:
        shown = segment_table.all_of(session)
        used = content_uses.counts(session, content_uses.SEGMENT)
        return page(
            "people/segments.html",
            segments=shown,
            used=used,
            snapshots=snapshots.newest(session, None, PAGE),
        )


@console.get("/segments/<int:segment_id>")
def segment(segment_id: int) -> Answer:
    after = request.args.get("after", 0, type=row_ids.read)
    counted = _counted(segment_id)
    with siyu().database.reading() as session:
        shown = session.get_one(Segment, segment_id)
        found = _members(session, shown, after)
        return page(
            "people/segment.html",
            segment=shown,
            counted=counted,
            lines=segment_words.lines(shown.definition, segment_options.of(session)),
            versions=segment_table.versions_of(session, segment_id),
            snapshots=snapshots.of_segment(session, segment_id, PAGE),
            uses=uses.of(session, content_uses.SEGMENT, shown.key),
            others=[one for one in segment_table.all_of(session) if one.id != segment_id],
            is_slow=found is None,
            next_after=found[PAGE - 1] if found and len(found) > PAGE else None,
            **people_shown(session, (found or [])[:PAGE]),
        )


@console.get("/segments/<int:segment_id>/why")
def segment_why(segment_id: int) -> Answer:
    """Why a member is in it, or not: the answer of every condition."""
    member_id, now = request.args.get("member", 0, type=row_ids.read), siyu().clock()
    with siyu().database.reading() as session:
        shown = session.get(Segment, segment_id) or abort(404)
        her = people.get(session, member_id) if session.get(Member, member_id) else None
        answers: dict[str, bool] = {}
        if her is not None:
            rule = keeping.rule_of(session, shown.key)
            asked = knowing.asked_by([rule], now)
            known = knowing.of_members(session, [her.id], asked, now)[her.id]
            answers = dict(deciding.answers(rule, known, now))
        ids = {one.key: one.id for one in segment_table.all_of(session)}
        lines = segment_words.lines(shown.definition, segment_options.of(session))
        return page(
            "people/segment_why.html",
            segment=shown,
            member=her,
            asked=member_id,
            answers=answers,
            lines=lines,
            ids=ids,
        )


@console.post("/segments/<int:segment_id>/delete")
def delete_segment(segment_id: int) -> Answer:
    now = siyu().clock()
    try:
        with siyu().database.writing() as session:
            gone = session.get(Segment, segment_id) or abort(404)
            details = {"key": gone.key, "name": gone.name}
            used_in = [one.label for one in uses.of(session, content_uses.SEGMENT, gone.key)]
            keeping.delete(session, gone)
            subject = f"segment:{segment_id}"
            operators.record(session, operator_id(), "segment.delete", subject, details, now)
    except InUse as used:
        places = "、".join(used_in)
        flash(
            _("还有 %(n)s 处在用，不能删除：%(places)s", n=len(used.uses), places=places), "danger"
        )
        return go("segment", segment_id=segment_id)
    flash(_("已删除。"))
    return go("segments")


@console.get("/segments/<int:segment_id>.csv")
def export_segment(segment_id: int) -> Response:
    """Everybody who is in it now; phones are masked."""
    now = siyu().clock()
    with siyu().database.writing() as session:
        shown = session.get(Segment, segment_id) or abort(404)
        meant = compiling.members(keeping.rule_of(session, shown.key), now)
        subject = f"segment:{segment_id}"
        operators.record(session, operator_id(), "segment.export", subject, {}, now)
    return table(meant, Member.id, f"segment-{shown.key}.csv")


def table(meant: sa.Select[int], member_id: Any, name: str) -> Response:
    """These members as a table to download; ``member_id`` is the column of the select."""
    answer = Response(
        stream_with_context(writing.as_csv(_table(meant, member_id))), mimetype="text/csv"
    )
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def people_shown(session: Session, ids: Sequence[int]) -> dict[str, Any]:
    """What a page tells of these members."""
    found = session.scalars(sa.select(Member).where(Member.id.in_(ids)).order_by(Member.id)).all()
    vault = siyu().vault
    return {
        "members": found,
        "phones": {one.id: people.masked_phone_of(one, vault) for one in found},
        "points": directory.points_of(session, ids),
        "tags": directory.tags_of(session, ids),
        "tiers": tiers.all_of(session),
    }


@console.post("/segments/numbers")
def count_segments() -> Answer:
    """Counts them anew, those counted longest ago first, for as long as an operator waits."""
    until = siyu().clock() + COUNTED_WITHIN
    with siyu().database.reading() as session:
        ids = [one.id for one in sorted(segment_table.all_of(session), key=_last_counted)]
    for segment_id in ids:
        if siyu().clock() > until:
            flash(_("先数了最久没数的，其余的请再按一次。"))
            break
        _counted(segment_id)
    return go("segments")


def _last_counted(segment: Segment) -> tuple[bool, datetime | None, int]:
    return segment.counted_at is not None, segment.counted_at, segment.id


def _counted(segment_id: int) -> Counted | None:
    """How many are in it; the list of segments shows it from now on, when it is exact."""
    now = siyu().clock()
    with siyu().database.reading() as session:
        shown = session.get(Segment, segment_id) or abort(404)
        version = shown.version
        counted = counting.count(session, keeping.rule_of(session, shown.key), now)
    if counted is not None and counted.is_exact:
        with siyu().database.writing() as session:
            segment_table.keep_count(session, segment_id, version, counted.number, now)
    return counted


def _members(session: Session, shown: Segment, after: int) -> list[int] | None:
    """A page of who is in it, by their ids; None when that takes too long."""
    meant = compiling.members(keeping.rule_of(session, shown.key), siyu().clock())
    wanted = meant.where(Member.id > after).order_by(Member.id).limit(PAGE + 1)
    try:
        with time_limits.within(session, LISTED_IN_S):
            return list(session.scalars(wanted))
    except TookTooLong:
        return None


def _table(meant: sa.Select[int], member_id: Any) -> Iterator[Sequence[Any]]:
    """A batch at a time, so that a million lines need no memory."""
    yield COLUMNS
    last = 0
    while True:
        with siyu().database.reading() as session:
            some = meant.where(member_id > last).order_by(member_id).limit(AT_ONCE)
            ids = session.scalars(some).all()
            if not ids:
                return
            yield from list(_rows(people_shown(session, ids)))
        last = ids[-1]


def _rows(shown: dict[str, Any]) -> Iterator[Sequence[Any]]:
    names = {tier.id: words.tier_name(tier) for tier in shown["tiers"]}
    for her in shown["members"]:
        tags = " ".join(tag.name for tag in shown["tags"][her.id])
        points = shown["points"].get(her.id, 0)
        tier = names.get(her.tier_id or 0, "")
        yield her.id, her.nickname, shown["phones"][her.id], tier, points, tags
