"""The statement of a member's points 积分明细, for herself: ``/h5/me/points``."""

from flask import Blueprint, Response, request

from app import row_ids, statement_words
from app.domain.loyalty import points, statements
from app.h5 import visitors
from app.h5.pages import page, siyu

blueprint = Blueprint("h5_statements", __name__, template_folder="templates", url_prefix="/h5")
SHOWN = 30


@blueprint.get("/me/points")
def statement() -> Response:
    member, before = visitors.member(), request.args.get("before", type=row_ids.read)
    with siyu().database.reading() as session:
        found = statements.of_member(session, member.id, before, SHOWN + 1)
        lines = found[:SHOWN]
        words = statement_words.of_lines(session, lines)
        balance = points.balance_of(session, member.id)
    return page(
        "statement.html",
        balance=balance,
        lines=list(zip(lines, words, strict=True)),
        older=lines[-1].entry.id if len(found) > SHOWN else None,
        zone=siyu().programme.zone,
    )
