"""What a form was answered with: charts, lists, tables to take away, and a poster to it."""

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import segno
import sqlalchemy as sa
from flask import Response, abort, request, stream_with_context
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import form_pictures, row_ids
from app.console.frame import PAGE, Answer, console, operator_id, page, siyu, zone
from app.domain.insight import form_results, tags
from app.domain.insight.form_results import Submitted
from app.domain.insight.form_submissions import FormSubmission
from app.domain.insight.forms import Form
from app.domain.insight.questions import AGREED, SEALED, Question
from app.domain.people import operators
from app.domain.people.members import Member
from app.spreadsheets import writing

TEXTS_MAX = 30
CHARTED_MAX = 60  # more different answers than that are no chart
IN_WORDS = ("text", "long_text")


@console.get("/forms/<int:form_id>")
def form(form_id: int) -> Answer:
    before, tag_id = (
        request.args.get("before", type=row_ids.read),
        request.args.get("tag", type=row_ids.read),
    )
    with siyu().database.reading() as session:
        shown = session.get(Form, form_id) or abort(404)
        chosen = form_results.chosen(session, form_id, tag_id)
        found = form_results.latest(session, form_id, before, PAGE + 1, tag_id)
        latest = found[:PAGE]
        unnamed = [] if tag_id or before else form_results.latest_unnamed(session, form_id, PAGE)
        charted = [one for one in shown.asked if _is_charted(one)]
        return page(
            "content/form.html",
            form=shown,
            count=form_results.count(session, form_id, tag_id),
            charted=charted,
            charts={one.key: _chart(one, chosen) for one in charted},
            means={one.key: _mean(one, chosen) for one in charted},
            words={
                one.key: form_results.texts(session, form_id, one.key, tag_id, TEXTS_MAX)
                for one in shown.asked
                if one.kind in IN_WORDS
            },
            submissions=latest,
            unnamed=unnamed,
            sealed=SEALED,
            members=_members(session, latest),
            older=latest[-1].id if len(found) > PAGE else None,
            all_tags=tags.all_of(session),
            tag_id=tag_id,
            address=_address(shown),
            why_closed=shown.refusal(siyu().clock()),
        )


@console.get("/forms/<int:form_id>/answers.<any(csv, xlsx):kind>")
def export_form(form_id: int, kind: str) -> Answer:
    """Everything as the page shows it: what is sealed stays masked."""
    tag_id = request.args.get("tag", type=row_ids.read)
    with siyu().database.writing() as session:
        shown = session.get(Form, form_id) or abort(404)
        details = {"kind": kind, "tag": tag_id}
        subject, now = f"form:{form_id}", siyu().clock()
        operators.record(session, operator_id(), "form.export", subject, details, now)
    rows = _table(shown, tag_id)
    mimes = {"csv": "text/csv", "xlsx": _XLSX}
    table = writing.as_csv(rows) if kind == "csv" else writing.as_xlsx(rows, shown.key)
    answer = Response(stream_with_context(table), mimetype=mimes[kind])
    name = f"form-{shown.key}.{kind}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@console.post("/forms/<int:form_id>/submissions/<int:submission_id>/<question>/unmask")
def unmask_answer(form_id: int, submission_id: int, question: str) -> Answer:
    with siyu().database.writing() as session:
        submission = session.get(FormSubmission, submission_id)
        sealed = form_results.sealed_answer(session, submission_id, question)
        if submission is None or submission.form_id != form_id or sealed is None:
            abort(404)
        subject = f"member:{submission.member_id}"
        details = {"form": form_id, "question": question}
        operators.record(session, operator_id(), "form.unmask", subject, details, siyu().clock())
    return page(
        "_unmasked.html", value=siyu().vault.open(sealed, context=f"form:{form_id}:{question}")
    )


@console.get("/forms/<int:form_id>/pictures/<digest>")
def form_picture(form_id: int, digest: str) -> Answer:
    """A picture that came with an answer; operators see it, and nobody else."""
    with siyu().database.reading() as session:
        asked = session.get(Form, form_id) or abort(404)
        is_of_form = form_results.has_picture(session, asked, digest)
    content = form_pictures.read(siyu().settings.var, digest) if is_of_form else None
    if content is None:
        abort(404)
    return Response(content, mimetype=form_pictures.mime_of(content))


@console.get("/forms/<int:form_id>/qr.svg")
def form_qr(form_id: int) -> Answer:
    with siyu().database.reading() as session:
        asked = session.get(Form, form_id) or abort(404)
    image = io.BytesIO()
    segno.make_qr(_address(asked), error="m").save(image, kind="svg", scale=8, border=2)
    return Response(image.getvalue(), mimetype="image/svg+xml")


@console.get("/forms/<int:form_id>/poster")
def form_poster(form_id: int) -> Answer:
    """A page to be printed."""
    with siyu().database.reading() as session:
        asked = session.get(Form, form_id) or abort(404)
        return page("content/form_poster.html", form=asked, address=_address(asked))


_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _address(form: Form) -> str:
    return f"{siyu().programme.public_url}/h5/forms/{form.key}"


def _is_charted(question: Question) -> bool:
    return bool(question.chosen_from) or question.kind == "number"


def _answers_to(question: Question, chosen: Mapping[tuple[str, str], int]) -> list[tuple[str, int]]:
    """Each answer with how often it was given, in the order of the form; numbers by size."""
    if question.chosen_from:
        return [(one, chosen.get((question.key, one), 0)) for one in question.chosen_from]
    given = [(value, times) for (key, value), times in chosen.items() if key == question.key]
    return sorted(given, key=lambda one: float(one[0]))[:CHARTED_MAX]


def _chart(question: Question, chosen: Mapping[tuple[str, str], int]) -> dict[str, object]:
    answers = _answers_to(question, chosen)
    if question.kind == "province":
        answers = sorted((one for one in answers if one[1]), key=lambda one: -one[1])
    bars = [{"name": _("次数"), "values": [times for _answer, times in answers]}]
    days = [_("同意") if answer == AGREED else answer for answer, _times in answers]
    return {"days": days, "bars": bars}


def _mean(question: Question, chosen: Mapping[tuple[str, str], int]) -> str:
    """The mean of what is a number; of a recommendation the share of promoters (9, 10) less that
    of detractors (0 to 6), as the Net Promoter Score has it."""
    if question.kind not in ("rating", "nps", "number"):
        return ""
    answers = [(float(answer), times) for answer, times in _answers_to(question, chosen)]
    times = sum(count for _answer, count in answers)
    if not times:
        return ""
    if question.kind == "nps":
        score = sum(c for a, c in answers if a >= 9) - sum(c for a, c in answers if a <= 6)
        return _("NPS %(n)s", n=round(100 * score / times))
    mean = sum(answer * count for answer, count in answers) / times
    return _("平均 %(n)s", n=f"{mean:.2f}")


def _members(session: Session, latest: Sequence[Submitted]) -> dict[int, Member]:
    ids = {one.member_id for one in latest if one.member_id is not None}
    return {one.id: one for one in session.scalars(sa.select(Member).where(Member.id.in_(ids)))}


def _table(form: Form, tag_id: int | None) -> Iterator[Sequence[Any]]:
    asked = form.asked
    yield [_("会员"), _("昵称"), _("填写于"), *(one.label for one in asked)]
    with siyu().database.reading() as session:
        for one in form_results.every(session, form.id, tag_id):
            member = session.get(Member, one.member_id) if one.member_id else None
            at = one.submitted_at.astimezone(zone()).strftime("%Y-%m-%d %H:%M:%S")
            who = [one.member_id or "", member.nickname if member else ""]
            yield [*who, at, *("、".join(one.answers.get(q.key, ())) for q in asked)]
