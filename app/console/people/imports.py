"""Imports: a table is brought along, its columns are named, it is tried, and then taken; workers go
through it while the page shows how far they are."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from flask import Response, abort, flash, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from app import row_ids, wakeups
from app.console.exports import table
from app.console.frame import PAGE, Answer, console, go, operator_id, page, siyu
from app.console.languages import language
from app.domain import imports as tables
from app.domain.imports import Import, Outcome
from app.domain.people import channels, operators
from app.imports import commands, fields, order_rows
from app.imports.fields import BadRow
from app.imports.kinds import KINDS
from app.imports.telling import Options
from app.spreadsheets import reading
from app.spreadsheets.reading import NotATable

SAMPLE = 5
ROWS_MAX = 100_000  # more than that by the command, where nobody waits for a page


@console.get("/imports")
def imports() -> Answer:
    with siyu().database.reading() as session:
        return page("people/imports.html", imports=tables.newest(session, PAGE), kinds=kinds())


@console.post("/imports")
def bring_table() -> Answer:
    given, kind = request.files.get("file"), request.form.get("kind", "")
    if kind not in KINDS:
        abort(400)
    if given is None or not given.filename:
        flash(_("请选择一个文件。"), "danger")
        return go("imports")
    try:
        return go("import_", import_id=_kept(given, kind))
    except NotATable as problem:
        flash(problem.zh if language() == "zh" else problem.en, "danger")
        return go("imports")


@console.get("/imports/<int:import_id>", endpoint="import_")
def show_import(import_id: int) -> Answer:
    house = siyu()
    with house.database.reading() as session:
        shown = _existing(session, import_id)
        sample = tables.first_rows(session, import_id, SAMPLE)
        return page(
            "people/import.html",
            table=shown,
            fields=KINDS[shown.kind].fields,
            mapping=_mapping(shown),
            options=_held(shown),
            shops=order_rows.SHOPS,
            sample=[tables.cells_of(row, house.vault) for row in sample],
            channels=channels.all_of(session),
            **_outcome(session, shown),
        )


@console.get("/imports/<int:import_id>/outcome")
def import_outcome(import_id: int) -> Answer:
    """The part that is asked for again while it is gone through."""
    with siyu().database.reading() as session:
        shown = _existing(session, import_id)
        return page("people/_import.html", table=shown, **_outcome(session, shown))


@console.post("/imports/<int:import_id>")
def want_import(import_id: int) -> Answer:
    house, in_earnest = siyu(), request.form.get("in_earnest") == "yes"
    try:
        with house.database.writing() as session:
            shown = _existing(session, import_id)
            mapping, options = _chosen(shown), asdict(_options(session))
            now = house.clock()
            tables.want(session, import_id, mapping, options, in_earnest=in_earnest, now=now)
            action = "import.begin" if in_earnest else "import.trial"
            details = {"file": shown.file_name, "rows": shown.rows}
            operators.record(session, operator_id(), action, f"import:{import_id}", details, now)
    except BadRow as problem:
        flash(problem.zh if language() == "zh" else problem.en, "danger")
    except tables.AtWork:
        flash(_("正在导入，请等它结束。"), "warning")
    except tables.Done:
        flash(_("已经导入过了；要再导入，请再上传一次。"), "warning")
    else:
        house.wakeups.wake(wakeups.IMPORTS)
    return go("import_", import_id=import_id)


@console.post("/imports/<int:import_id>/cancel")
def cancel_import(import_id: int) -> Answer:
    with siyu().database.writing() as session:
        _existing(session, import_id)
        now = siyu().clock()
        tables.cancel(session, import_id, now)
        subject = f"import:{import_id}"
        operators.record(session, operator_id(), "import.cancel", subject, {}, now)
    return go("import_", import_id=import_id)


@console.post("/imports/<int:import_id>/refused")
def refused_rows(import_id: int) -> Response:
    """The refused rows as they were, to be corrected and brought again."""
    house = siyu()
    with house.database.writing() as session:
        shown, subject = _existing(session, import_id), f"import:{import_id}"
        operators.record(session, operator_id(), "import.refused", subject, {}, house.clock())
    return table(commands.refused_rows(house, shown), f"import-{import_id}-refused", "csv")


def kinds() -> Mapping[str, str]:
    return {"members": _("会员"), "member_tags": _("会员的标签"), "orders": _("订单")}


def _kept(given: FileStorage, kind: str) -> int:
    """Raises NotATable."""
    house = siyu()
    with house.database.writing() as session:
        found = reading.table(given.stream)
        begun = tables.add(
            session,
            kind=kind,
            file_name=given.filename or "",
            heading=found.heading,
            rows=found.rows,
            operator_id=operator_id(),
            vault=house.vault,
            now=house.clock(),
        )
        if begun.rows > ROWS_MAX:
            raise NotATable(
                f"这里最多 {ROWS_MAX} 行，更大的文件请用命令 flask import 导入",
                f"at most {ROWS_MAX} rows here: use the command flask import for larger files",
            )
        return begun.id


def _existing(session: Session, import_id: int) -> Import:
    return session.get(Import, import_id) or abort(404)


def _mapping(shown: Import) -> Mapping[str, int]:
    if shown.wanted_at is not None:
        return shown.mapping
    return KINDS[shown.kind].guessed(shown.heading)


def _chosen(shown: Import) -> Mapping[str, int]:
    """Which column tells what, as the operator has said. Raises BadRow."""
    mapping: dict[str, int] = {}
    known = {field.name for field in KINDS[shown.kind].fields}
    for at in range(len(shown.heading)):
        name = request.form.get(f"column-{at}", "")
        if not name:
            continue
        if name not in known:
            abort(400)
        if name in mapping:
            raise BadRow("同一项选了两列", "two columns tell the same")
        mapping[name] = at
    if not mapping:
        raise BadRow("至少要选一列", "at least one column has to be chosen")
    return mapping


def _options(session: Session) -> Options:
    form = request.form
    channel_id = form.get("channel", type=row_ids.read)
    if channel_id is not None and channel_id not in {one.id for one in channels.all_of(session)}:
        abort(400)
    return Options(
        channel_id=channel_id,
        adds=form.get("adds") == "yes",
        overwrites=form.get("overwrites") == "yes",
        makes_tags=form.get("makes_tags") == "yes",
        tags=fields.names(form.get("tags", "")),
        source=fields.name(form["source"].strip()) if form.get("source", "").strip() else "",
        earns=form.get("earns") == "yes",
    )


def _held(shown: Import) -> Options:
    """As the operator has said; at first, whose export it is as far as its headings tell."""
    if shown.options or shown.kind != "orders":
        return Options(**shown.options)
    shop = order_rows.shop_of(shown.heading)
    return Options(source=shop.key if shop else "")


def _outcome(session: Session, shown: Import) -> dict[str, Any]:
    refused = tables.rows_of(session, shown.id, Outcome.REFUSED, 0, PAGE)
    return {"refused": refused, "counted": [(one, getattr(shown, one)) for one in Outcome]}


@console.app_template_filter()
def outcome_in_words(outcome: str) -> str:
    words = {
        Outcome.ADDED: _("新增"),
        Outcome.CHANGED: _("更新"),
        Outcome.UNCHANGED: _("没有变化"),
        Outcome.REFUSED: _("拒绝"),
    }
    return words[Outcome(outcome)]
