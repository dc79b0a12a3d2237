"""Statements 积分明细: a member's points and their causes."""

from apiflask import APIBlueprint

from app import statement_words
from app.api import refusals
from app.api.callers import bearer, caller, member_of, siyu
from app.api.shapes import Wording
from app.api.statement_shapes import Statement, StatementAsked, StatementLine
from app.domain.loyalty import statements

blueprint = APIBlueprint("api_statements", __name__, tag="points")


@blueprint.get("/me/points")
@blueprint.auth_required(bearer)
@blueprint.input(StatementAsked, location="query")
@blueprint.output(Statement)
@blueprint.doc(
    operation_id="my_points",
    responses=refusals.named("not_logged_in", "not_signed_up", "fields"),
)
def my_points(query_data: StatementAsked) -> Statement:
    """我的积分明细 · The history of my points

    每一行说明原因，以及这之后剩多少。Each line says why, and what was left after it.
    """
    with siyu().database.reading() as session:
        member = member_of(session, caller())
        asked = query_data.limit
        found = statements.of_member(session, member.id, query_data.before, asked + 1)
        lines = found[:asked]
        words = statement_words.of_lines(session, lines)
    return Statement(
        lines=[
            StatementLine(
                id=line.entry.id,
                at=line.entry.booked_at,
                about=Wording(zh=about.zh, en=about.en),
                points=line.points,
                pending=line.pending,
                left=line.left,
                available_at=line.available_at,
                expires_at=line.expires_at,
            )
            for line, about in zip(lines, words, strict=True)
        ],
        has_more=len(found) > asked,
    )
