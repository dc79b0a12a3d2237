"""The platforms' limits: what they are, where they come from, and those an operator has changed."""

from typing import Any

from flask import abort, flash, request
from flask_babel import gettext as _

from app.console.frame import Answer, console, go, operator_id, page, siyu
from app.domain.outreach.allowances import limit_table
from app.domain.outreach.allowances import limits as numbers
from app.domain.outreach.allowances.limit_table import Limit
from app.domain.people import operators


@console.get("/limits")
def limits() -> Answer:
    return _page()


@console.post("/limits/<key>")
def change_limit(key: str) -> Answer:
    if key not in limit_table.BY_KEY:
        abort(404)
    given = request.form.get("value", "").strip()
    try:
        with siyu().database.writing() as session:
            before = numbers.value(session, key)
            numbers.change(session, key, _whole(given))
            details = {"from": before, "to": numbers.value(session, key)}
            operators.record(
                session, operator_id(), "limit.change", f"limit:{key}", details, siyu().clock()
            )
    except numbers.OutOfRange as wrong:
        limit = wrong.limit
        said = _("要是 %(least)s 到 %(most)s 的整数。", least=limit.least, most=limit.most)
        return _page(wrong={key: (given, said)})
    flash(_("已保存，从现在起生效。"))
    return go("limits")


@console.post("/limits/<key>/reset")
def reset_limit(key: str) -> Answer:
    if key not in limit_table.BY_KEY:
        abort(404)
    with siyu().database.writing() as session:
        before = numbers.value(session, key)
        numbers.reset(session, key)
        details = {"from": before, "to": numbers.value(session, key)}
        operators.record(
            session, operator_id(), "limit.reset", f"limit:{key}", details, siyu().clock()
        )
    flash(_("已恢复为平台的数值。"))
    return go("limits")


def _page(**values: Any) -> Answer:
    with siyu().database.reading() as session:
        changed = numbers.changed(session)
    by_source: dict[str, list[Limit]] = {}
    for limit in limit_table.LIMITS:
        by_source.setdefault(limit.source, []).append(limit)
    return page("running/limits.html", sources=by_source, changed=changed, **values)


def _whole(given: str) -> int | None:
    """The number as written, or None; the tenth digit is far beyond every limit."""
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else None
