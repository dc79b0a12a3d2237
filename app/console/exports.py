"""Members and their tags as tables to download, narrowed as the page of members is; audited."""

from flask import Response, abort, request, stream_with_context

from app import row_ids
from app.console.frame import console, operator_id, siyu
from app.domain.people import operators
from app.exports import people
from app.exports.tables import Rows
from app.spreadsheets import writing

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@console.post("/members/export")
def export_members() -> Response:
    what, kind = request.form.get("what", "members"), request.form.get("format", "csv")
    if what not in ("members", "tags") or kind not in ("csv", "xlsx"):
        abort(400)
    wanted = people.Wanted(
        tier_id=request.form.get("tier", type=row_ids.read),
        tag_id=request.form.get("tag", type=row_ids.read),
        in_full=request.form.get("in_full") == "yes",
    )
    house = siyu()
    with house.database.writing() as session:
        details = {"what": what, "in_full": wanted.in_full}
        details |= {"tier_id": wanted.tier_id, "tag_id": wanted.tag_id}
        operators.record(session, operator_id(), "member.export", what, details, house.clock())
    if what == "members":
        rows = people.member_rows(house.database, wanted, house.vault, house.programme.zone)
    else:
        rows = people.tag_rows(house.database, wanted, house.programme.zone)
    return table(rows, what, kind)


def table(rows: Rows, name: str, kind: str) -> Response:
    """A table to be downloaded, as ``csv`` or ``xlsx``."""
    lines = writing.as_csv(rows) if kind == "csv" else writing.as_xlsx(rows, name)
    answer = Response(stream_with_context(lines), mimetype="text/csv" if kind == "csv" else XLSX)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return answer
