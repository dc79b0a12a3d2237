"""The switch that stops everything we say 全部停发, and the one that lets it go on."""

from flask import flash, request
from flask_babel import gettext as _

from app.console.frame import Answer, console, go, operator_id, page, siyu
from app.domain.outreach import halts
from app.domain.people import operators

CONFIRMATIONS = ("全部停发", "STOP")


@console.get("/halt")
def halt() -> Answer:
    return _page()


@console.post("/halt")
def halt_everything() -> Answer:
    """Typed, so that no click does it by mistake; with the reason, for whoever finds it so."""
    reason, now = request.form.get("reason", "").strip(), siyu().clock()
    typed = request.form.get("typed", "").strip()
    if typed.upper() not in CONFIRMATIONS:
        return _page(wrong_typed=_("请原样输入「全部停发」。"), reason=reason)
    if not 0 < len(reason) <= halts.REASON_CHARS:
        return _page(
            wrong_reason=_("请写明原因（%(n)s 字以内）。", n=halts.REASON_CHARS), reason=reason
        )
    with siyu().database.writing() as session:
        if halts.begin(session, reason, operator_id(), now):
            operators.record(
                session, operator_id(), "halt.begin", "everything", {"reason": reason}, now
            )
    flash(_("已全部停发。收到的消息照常处理，要发的都在等。"), "danger")
    return go("halt")


@console.post("/halt/end")
def end_halt() -> Answer:
    now = siyu().clock()
    with siyu().database.writing() as session:
        if halts.end(session, operator_id(), now):
            operators.record(session, operator_id(), "halt.end", "everything", {}, now)
    flash(_("已恢复发送。"))
    return go("halt")


def _page(**values: str) -> Answer:
    with siyu().database.reading() as session:
        return page("sending/halt.html", past=halts.latest(session, 20), **values)
