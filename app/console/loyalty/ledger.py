"""The ledger 积分账本 and what the programme owes 积分负债: pages, and tables to download."""

from typing import Any

from flask import Response, abort, request
from flask_babel import gettext as _

from app.console.exports import table
from app.console.frame import Answer, console, operator_id, page, siyu, zone
from app.domain.loyalty import liability, verifications
from app.domain.loyalty.liability import Lapsing, Liability
from app.domain.people import operators
from app.exports import ledger as ledger_tables

NIGHTS = 14
SPECIAL = ("later", "never")


@console.get("/ledger")
def ledger() -> Answer:
    with siyu().database.reading() as session:
        return page(
            "loyalty/ledger.html",
            seen=verifications.extent(session),
            nights=verifications.recent(session, NIGHTS),
        )


@console.get("/liability")
def point_liability() -> Answer:
    report = _report()
    shown = [one for one in report.lapsing if one.points or one.pending or one.month not in SPECIAL]
    return page(
        "loyalty/liability.html", report=report, lapsing=shown, charts={"lapsing": _chart(shown)}
    )


@console.app_template_filter()
def month_in_words(month: str) -> str:
    return {"later": _("更晚"), "never": _("永不过期")}.get(month, month)


@console.post("/ledger/export")
def export_ledger() -> Response:
    kind = _asked_for("ledger.export")
    return table(ledger_tables.entry_rows(siyu().database, zone()), "ledger", kind)


@console.post("/liability/export")
def export_liability() -> Response:
    kind = _asked_for("liability.export")
    return table(ledger_tables.liability_rows(_report()), "liability", kind)


def _asked_for(what: str) -> str:
    """The format; that somebody asked is recorded."""
    kind = request.form.get("format", "csv")
    if kind not in ("csv", "xlsx"):
        abort(400)
    house = siyu()
    with house.database.writing() as session:
        operators.record(session, operator_id(), what, what, {"format": kind}, house.clock())
    return kind


def _report() -> Liability:
    house = siyu()
    with house.database.reading() as session:
        return liability.of(session, house.programme.zone, house.clock())


def _chart(lapsing: list[Lapsing]) -> dict[str, Any]:
    return {
        "days": [month_in_words(one.month) for one in lapsing],
        "bars": [
            {"name": _("可用积分"), "values": [one.points for one in lapsing]},
            {"name": _("待生效积分"), "values": [one.pending for one in lapsing]},
        ],
    }
