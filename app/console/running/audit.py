"""The audit trail: who did what, and when, newest first."""

from flask import request

from app import row_ids
from app.console.frame import PAGE, Answer, console, page, siyu
from app.console.running import action_words
from app.domain.people import operators


@console.get("/audit")
def audit() -> Answer:
    before_id = request.args.get("before", type=row_ids.read)
    with siyu().database.reading() as session:
        found = operators.recorded(session, before_id=before_id, limit=PAGE + 1)
    shown = found[:PAGE]
    older = shown[-1][0].id if len(found) > PAGE else None
    return page("running/audit.html", entries=shown, older=older)


@console.app_template_filter()
def action_in_words(action: str) -> str:
    return action_words.of(action)
