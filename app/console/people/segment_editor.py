"""The editor of a segment: its rule without code, and how many it means while it is being made."""

from typing import Any

from flask import abort, flash, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.console import unreadable
from app.console.fields.written import problems_at
from app.console.frame import Answer, console, go, operator_id, page, siyu
from app.console.people import segment_fields, segment_options
from app.console.people.segment_fields import ROOT, TooManyNodes
from app.domain.insight.segments import BadKey, KeyTaken, Segment
from app.domain.people import operators
from app.segments import counting, keeping
from sop.reading import Problem
from tagging.segments import kinds, reading
from tagging.segments.nesting import Circle, NoSuchSegment, TooLarge
from tagging.segments.reading import BadSegment

NAME_MAX = 60


@console.route("/segments/new", methods=["GET", "POST"])
def new_segment() -> Answer:
    return _edit(None)


@console.route("/segments/<int:segment_id>/edit", methods=["GET", "POST"])
def edit_segment(segment_id: int) -> Answer:
    return _edit(segment_id)


@console.post("/segments/form")
def change_segment_form() -> Answer:
    """The rule with a condition more or less, or with other fields, for htmx."""
    written = _written()
    definition = segment_fields.changed(written, request.form.get("change", ""))
    with siyu().database.reading() as session:
        return page("people/_segment_fields.html", **_fields(session, definition, []))


@console.post("/segments/count")
def count_segment() -> Answer:
    """How many the rule in the form means at present."""
    try:
        rule = reading.parse(_written())
        with siyu().database.reading() as session:
            found = counting.count(session, keeping.whole(session, rule), siyu().clock())
        return page("people/_segment_count.html", counted=found, is_readable=True)
    except (BadSegment, NoSuchSegment, Circle, TooLarge):
        return page("people/_segment_count.html", counted=None, is_readable=False)


def _written() -> dict[str, Any]:
    try:
        return segment_fields.definition_in(request.form)
    except TooManyNodes:
        abort(413)


def _edit(segment_id: int | None) -> Answer:
    problems: list[Problem] = []
    definition: dict[str, Any] | None = None
    if request.method == "POST":
        definition = _written()
        saved_id = _save(segment_id, definition, problems)
        if saved_id is not None:
            flash(_("已保存。"))
            return go("segment", segment_id=saved_id)
    with siyu().database.reading() as session:
        known = session.get(Segment, segment_id) or abort(404) if segment_id else None
        if definition is None:
            definition = known.definition if known and not unreadable.is_anew() else _begun()
        return page(
            "people/segment_form.html",
            segment=known,
            key=request.form.get("key", known.key if known else ""),
            name=request.form.get("name", known.name if known else request.args.get("name", "")),
            **_fields(session, definition, problems),
        )


def _begun() -> dict[str, Any]:
    """A new one; or what two others have in common, or one of them has alone."""
    asked = [request.args.get(name, "") for name in ("within", "also", "but_not")]
    named = [{"kind": "segment", "segment": key} for key in asked]
    if not asked[0]:
        return segment_fields.new()
    parts: list[dict[str, Any]] = [named[0]]
    parts += [named[1]] if asked[1] else []
    parts += [{"not": named[2]}] if asked[2] else []
    return {"all": parts}


def _save(
    segment_id: int | None, definition: dict[str, Any], problems: list[Problem]
) -> int | None:
    """The id of the saved segment, or None with what is wrong noted in ``problems``."""
    name = request.form.get("name", "").strip()
    if not 0 < len(name) <= NAME_MAX:
        said = f"要有 1 到 {NAME_MAX} 个字", f"1 to {NAME_MAX} characters"
        problems.append(Problem("name", *said))
        return None
    try:
        with siyu().database.writing() as session:
            return _keep(session, segment_id, name, definition)
    except BadSegment as bad:
        problems += [
            Problem(f"{ROOT}.{one.path}".rstrip("."), one.zh, one.en) for one in bad.problems
        ]
    except BadKey:
        problems.append(Problem("key", "由字母、数字、- 和 _ 组成", "letters, digits, - and _"))
    except KeyTaken:
        problems.append(Problem("key", "已有这个标识的人群", "there is a segment of this key"))
    return None


def _keep(session: Session, segment_id: int | None, name: str, definition: dict[str, Any]) -> int:
    now = siyu().clock()
    told: dict[str, Any] = {
        "name": name,
        "definition": definition,
        "operator_id": operator_id(),
        "now": now,
    }
    if segment_id is None:
        kept = keeping.add(session, key=request.form.get("key", "").strip(), **told)
        action = "segment.make"
    else:
        kept = session.get(Segment, segment_id) or abort(404)
        keeping.revise(session, kept, **told)
        action = "segment.change"
    details = {"key": kept.key, "version": kept.version}
    operators.record(session, operator_id(), action, f"segment:{kept.id}", details, now)
    return kept.id


def _fields(
    session: Session, definition: dict[str, Any], problems: list[Problem]
) -> dict[str, Any]:
    """What the form's own part is made of."""
    return {
        "definition": definition,
        "problems": problems,
        "problems_at": problems_at,
        "options": segment_options.of(session),
        "kinds": kinds.KINDS,
        "kinds_in_order": (*segment_fields.SWITCHES, *kinds.KINDS),
        "fields": segment_fields,
        "form_of": "segment",
    }
