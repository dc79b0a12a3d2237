"""Snapshots of segments: taken, looked at, exported, thrown away; and how two segments overlap."""

from typing import Any

import sqlalchemy as sa
from flask import Response, abort, flash, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import row_ids
from app.console import uses
from app.console.frame import PAGE, Answer, console, go, operator_id, page, siyu
from app.console.people import segment_options, segment_words
from app.console.people.segments import people_shown, table
from app.domain.insight import segments
from app.domain.insight.segments import Segment, SegmentSnapshot, SnapshotMember
from app.domain.outreach.materials import content_uses
from app.domain.people import operators
from app.segments import counting, keeping, snapshots
from app.segments.keeping import InUse
from tagging.segments import reading

NAME_MAX = 60


@console.post("/segments/<int:segment_id>/snapshot")
def take_snapshot(segment_id: int) -> Answer:
    with siyu().database.writing() as session:
        shown = session.get(Segment, segment_id) or abort(404)
        name = request.form.get("name", "").strip()[:NAME_MAX] or shown.name
        taken = snapshots.take(session, shown, name, operator_id(), siyu().clock())
        _record(session, "snapshot.take", taken)
    flash(_("已冻结 %(n)s 位会员。", n=taken.members))
    return go("segment_snapshot", snapshot_id=taken.id)


@console.get("/segment-snapshots/<int:snapshot_id>")
def segment_snapshot(snapshot_id: int) -> Answer:
    with siyu().database.reading() as session:
        shown = session.get(SegmentSnapshot, snapshot_id) or abort(404)
        after = request.args.get("after", 0, type=row_ids.read)
        ids = snapshots.members_of(session, snapshot_id, after, PAGE + 1)
        return page(
            "people/segment_snapshot.html",
            snapshot=shown,
            lines=segment_words.lines(shown.definition, segment_options.of(session)),
            uses=uses.of(session, content_uses.SNAPSHOT, str(snapshot_id)),
            next_after=ids[PAGE - 1] if len(ids) > PAGE else None,
            **people_shown(session, ids[:PAGE]),
        )


@console.post("/segment-snapshots/<int:snapshot_id>/delete")
def delete_snapshot(snapshot_id: int) -> Answer:
    try:
        with siyu().database.writing() as session:
            gone = session.get(SegmentSnapshot, snapshot_id) or abort(404)
            _record(session, "snapshot.delete", gone)
            snapshots.delete(session, gone)
    except InUse as used:
        flash(_("还有 %(n)s 处在用，不能删除。", n=len(used.uses)), "danger")
        return go("segment_snapshot", snapshot_id=snapshot_id)
    flash(_("已删除。"))
    return go("segments")


@console.get("/segment-snapshots/<int:snapshot_id>.csv")
def export_snapshot(snapshot_id: int) -> Response:
    with siyu().database.writing() as session:
        _record(session, "snapshot.export", session.get(SegmentSnapshot, snapshot_id) or abort(404))
    of_it = SnapshotMember.snapshot_id == snapshot_id
    meant = sa.select(SnapshotMember.member_id).where(of_it)
    return table(meant, SnapshotMember.member_id, f"snapshot-{snapshot_id}.csv")


@console.get("/segments/overlap")
def segment_overlap() -> Answer:
    """How many are in both of two segments, and in one of them alone."""
    now = siyu().clock()
    with siyu().database.reading() as session:
        known = segments.all_of(session)
        if not {"a", "b"} & request.args.keys():  # two of them to begin with
            return page(
                "people/segment_overlap.html", segments=known, pair=known[:2], counts={}, wrong={}
            )
        pair = [segments.by_key(session, request.args.get(name, "")) for name in ("a", "b")]
        wrong = {
            name: _("没有这个人群，请重新选。")
            for name, one in zip(("a", "b"), pair, strict=True)
            if one is None
        }
        if not wrong and pair[0] is pair[1]:
            wrong["b"] = _("请选另一个人群。")
        counts: dict[str, Any] = {}
        if not wrong:
            for part, definition in _parts(*(one.key for one in pair if one)).items():
                rule = keeping.whole(session, reading.parse(definition))
                counts[part] = counting.count(session, rule, now)
        return page(
            "people/segment_overlap.html", segments=known, pair=pair, counts=counts, wrong=wrong
        )


@console.post("/segments/overlap")
def take_overlap() -> Answer:
    """Freezes one part of two segments."""
    keys = [request.form.get(name, "") for name in ("a", "b")]
    definition = _parts(*keys).get(request.form.get("part", "")) or abort(400)
    with siyu().database.writing() as session:
        named = [segments.by_key(session, key) or abort(404) for key in keys]
        name = request.form.get("name", "").strip() or " · ".join(one.name for one in named)
        rule = reading.parse(definition)
        what = session, definition, rule, name[:NAME_MAX], operator_id(), siyu().clock()
        taken = snapshots.take_of(*what)
        _record(session, "snapshot.take", taken)
    flash(_("已冻结 %(n)s 位会员。", n=taken.members))
    return go("segment_snapshot", snapshot_id=taken.id)


def _parts(a: str, b: str) -> dict[str, dict[str, Any]]:
    in_a, in_b = {"kind": "segment", "segment": a}, {"kind": "segment", "segment": b}
    return {
        "both": {"all": [in_a, in_b]},
        "only_a": {"all": [in_a, {"not": in_b}]},
        "only_b": {"all": [in_b, {"not": in_a}]},
    }


def _record(session: Session, action: str, snapshot: SegmentSnapshot) -> None:
    details = {"name": snapshot.name, "members": snapshot.members}
    subject = f"snapshot:{snapshot.id}"
    operators.record(session, operator_id(), action, subject, details, siyu().clock())
