"""Forms: ``/h5/forms/<key>`` for whoever has logged in through WeChat, and
``/h5/forms/<key>/<token>`` for her whose link it is.

Who she is comes from the session or the token, what was asked from the database; of what the
browser sends only the answers are read, and those as ``questions`` reads them.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
)
from sqlalchemy.orm import Session

from app import inbox, lanes, whereabouts
from app.domain.insight import forms, questions
from app.domain.insight.forms import Form
from app.domain.insight.questions import BadAnswers
from app.domain.people import members
from app.domain.people.members import Member
from app.h5 import sessions
from app.h5.radar_links import HEADERS
from app.wiring import Siyu

blueprint = Blueprint("h5_forms", __name__, template_folder="templates", url_prefix="/h5/forms")
SAID = {
    "missing": ("请填写", "Please answer this."),
    "too_long": ("太长了", "This is too long."),
    "not_an_option": ("请从选项里选", "Please choose from the list."),
    "not_a_number": ("请填写数字", "Please write a number."),
    "not_a_day": ("请填写日期，例如 2026-11-02", "Please write a day, as 2026-11-02."),
    "not_a_phone": ("请填写 11 位手机号", "Please write a mobile number of 11 digits."),
}


@blueprint.route("/<key>", methods=["GET", "POST"])
def form(key: str) -> Response:
    siyu = _siyu()
    visitor = sessions.visitor(siyu.clock())
    if visitor is None:
        back = urlencode({"channel": request.args.get("channel", ""), "next": request.path})
        return _led_to(f"/h5/login?{back}")
    with siyu.database.reading() as session:
        asked = _named(session, key)
        identity = members.identity_of(session, visitor.channel_id, visitor.openid)
        member = members.get(session, identity.member_id) if identity else None
    if asked is None:
        return _page("h5/no_link.html", 404)
    if member is None:  # the worker will meet her in a moment
        return _page("h5/waiting.html")
    return _answered(asked, member) if request.method == "POST" else _shown(asked, member)


@blueprint.route("/<key>/<token>", methods=["GET", "POST"])
def her_form(key: str, token: str) -> Response:
    """Her own link needs no login; it opens this form for nobody else."""
    named = _siyu().programme.form_signer.read(token)
    with _siyu().database.reading() as session:
        asked = _named(session, key)
        known = session.get(Member, named[1]) if named else None
        if asked is None or known is None or named is None or named[0] != asked.id:
            return _page("h5/no_link.html", 404)
        member = members.get(session, known.id)
    return _answered(asked, member) if request.method == "POST" else _shown(asked, member)


def _named(session: Session, key: str) -> Form | None:
    return forms.by_key(session, key) if forms.KEY.fullmatch(key) else None


def _shown(asked: Form, member: Member, problems: Mapping[str, str] | None = None) -> Response:
    if asked.closed_at is not None:
        return _page("h5/form_end.html", form=asked, why="closed")
    if not asked.repeatable and _is_known(asked, member):
        return _page("h5/form_end.html", form=asked, why="answered")
    given = request.form if request.method == "POST" else None
    return _page(
        "h5/form.html",
        422 if problems else 200,
        form=asked,
        given=given,
        problems={name: SAID[problem] for name, problem in (problems or {}).items()},
    )


def _answered(asked: Form, member: Member) -> Response:
    if asked.closed_at is not None or (not asked.repeatable and _is_known(asked, member)):
        return _shown(asked, member)
    try:
        answers = questions.answers(asked.asked, request.form.to_dict(flat=False))
    except BadAnswers as bad:
        return _shown(asked, member, bad.problems)
    _keep(asked, member, answers)
    return _page("h5/form_end.html", form=asked, why="thanks")


def _is_known(asked: Form, member: Member) -> bool:
    with _siyu().database.reading() as session:
        return inbox.by_key(session, _once_key(asked, member)) is not None


def _keep(asked: Form, member: Member, answers: Mapping[str, Sequence[str]]) -> None:
    """Once under its key, however often the button is pressed."""
    siyu = _siyu()
    now = siyu.clock()
    key = _once_key(asked, member)
    if asked.repeatable:
        digest = hashlib.sha256(json.dumps(answers, sort_keys=True).encode()).hexdigest()[:16]
        key = f"{key}:{siyu.programme.business_day(now)}:{digest}"
    masked, sealed = _without_phones(asked, answers)
    with siyu.database.writing() as session:
        if inbox.by_key(session, key) is not None:  # sealed anew, it would look like a conflict
            return
        she_is = whereabouts.of(session, member.id)
        inbox.receive_own(
            session,
            key=key,
            kind="form_submitted",
            subject=she_is.subject,
            fields={"form": asked.key, "form_id": asked.id, "answers": masked, "sealed": sealed},
            channel_id=she_is.channel_id,
            sender=she_is.sender,
            member_id=member.id,
            now=now,
        )
        touched = lanes.touched(session)
    siyu.wakeups.wake_all(touched)


def _without_phones(
    asked: Form, answers: Mapping[str, Sequence[str]]
) -> tuple[dict[str, list[str]], dict[str, str]]:
    """The answers with phone numbers masked, and those sealed, in hex."""
    vault, masked, sealed = _siyu().vault, {k: list(v) for k, v in answers.items()}, {}
    for question in asked.asked:
        if question.kind == "phone" and question.key in masked:
            (phone,) = masked[question.key]
            context = f"form:{asked.id}:{question.key}"
            sealed[question.key] = vault.seal(phone, context=context).hex()
            masked[question.key] = [f"{phone[:3]}****{phone[-4:]}"]
    return masked, sealed


def _once_key(asked: Form, member: Member) -> str:
    return f"form_submitted:{asked.id}:{member.id}"


def _page(template: str, status: int = 200, **values: object) -> Response:
    response = make_response(render_template(template, **values), status)
    response.headers.update(HEADERS)
    return response


def _led_to(address: str) -> Response:
    response = make_response(redirect(address, 302))
    response.headers.update(HEADERS)
    return response


def _siyu() -> Siyu:
    found: Siyu = current_app.extensions["siyu"]
    return found
