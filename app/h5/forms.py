"""Forms: ``/h5/forms/<key>`` for whoever has logged in through WeChat, and
``/h5/forms/<key>/<token>`` for her whose link it is; where the form lets anybody answer, also for
whom nobody has named, once a browser.

Who she is comes from the session or the token, what was asked from the database; of what the
browser sends only the answers are read, and those as ``answering`` reads them.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, request
from sqlalchemy.orm import Session

from app import form_pictures
from app.domain.insight import answering, forms
from app.domain.insight.answering import BadAnswers
from app.domain.insight.forms import Form
from app.domain.people import members
from app.domain.people.members import Member
from app.form_pictures import NotAPicture
from app.h5 import fetchers, form_keeping, sessions, visitors
from app.h5.form_keeping import NoMore, Who
from app.h5.pages import page, siyu
from app.rates import Rate, TooOften

blueprint = Blueprint("h5_forms", __name__, template_folder="templates", url_prefix="/h5/forms")
# Without a name: how often from one machine, and how often altogether.
FROM_ONE, FROM_ALL = Rate("form_from_one", 10), Rate("form_from_all", 300)
SAID = {
    "missing": ("请填写", "Please answer this."),
    "too_long": ("太长了", "This is too long."),
    "too_short": ("太短了", "This is too short."),
    "too_few": ("请多选几项", "Please choose more."),
    "too_many": ("选得太多了", "Please choose fewer."),
    "too_small": ("太小了", "This is too small."),
    "too_large": ("太大了", "This is too large."),
    "not_an_option": ("请从选项里选", "Please choose from the list."),
    "not_a_number": ("请填写数字", "Please write a number."),
    "not_a_day": ("请填写日期，例如 2026-11-02", "Please write a day, as 2026-11-02."),
    "not_a_phone": ("请填写 11 位手机号", "Please write a mobile number of 11 digits."),
    "not_an_email": ("请填写邮箱地址", "Please write a mail address."),
    "not_a_picture": ("请上传 5 MB 以内的图片（JPG、PNG、GIF）", "A JPG, PNG or GIF up to 5 MB."),
}


@blueprint.route("/<key>", methods=["GET", "POST"])
def form(key: str) -> Response:
    with siyu().database.reading() as session:
        asked = _named(session, key)
    if asked is not None and asked.unnamed and sessions.visitor(siyu().clock()) is None:
        return _unnamed(asked)
    member = visitors.member()
    if asked is None:
        return page("no_link.html", 404)
    return _met(asked, Who(member))


@blueprint.route("/<key>/<token>", methods=["GET", "POST"])
def her_form(key: str, token: str) -> Response:
    """Her own link needs no login; it opens this form for nobody else."""
    named = siyu().programme.form_signer.read(token)
    with siyu().database.reading() as session:
        asked = _named(session, key)
        known = session.get(Member, named[1]) if named else None
        if asked is None or known is None or named is None or named[0] != asked.id:
            return page("no_link.html", 404)
        member = members.get(session, known.id)
    return _met(asked, Who(member))


def _unnamed(asked: Form) -> Response:
    """Her browser is all we know of her, and only if it keeps our cookie."""
    now = siyu().clock()
    known = sessions.browser(now)
    if request.method == "GET":
        answer = _met(asked, Who(None, known or ""))
        if known is None and fetchers.is_reader(request):
            sessions.know_again(answer, sessions.new_browser(), now)
        return answer
    if known is None:
        return _end(asked, "no_cookie", 403)
    rates = current_app.extensions["siyu_rates"]
    try:
        rates.count(FROM_ONE, f"{asked.id}:{request.remote_addr}")
        rates.count(FROM_ALL, str(asked.id))
    except TooOften:
        return _end(asked, "too_often", 429)
    return _met(asked, Who(None, known))


def _named(session: Session, key: str) -> Form | None:
    return forms.by_key(session, key) if forms.KEY.fullmatch(key) else None


def _met(asked: Form, who: Who) -> Response:
    house = siyu()
    why = asked.refusal(house.clock())
    if why is None and not asked.is_readable:
        why = "closed"
    if not asked.repeatable and form_keeping.is_known(house, asked, who):
        why = "answered"
    if why is not None:
        return _end(asked, why)
    return _answered(asked, who) if request.method == "POST" else _shown(asked, who)


def _shown(asked: Form, who: Who, problems: Mapping[str, str] | None = None) -> Response:
    given = request.form if request.method == "POST" else None
    rules = [{"key": one.key, "shown_if": one.as_json()["shown_if"]} for one in asked.asked]
    return page(
        "form.html",
        422 if problems else 200,
        form=asked,
        given=given,
        rules=json.dumps(rules, ensure_ascii=False),
        can_be_named=who.member is None and bool(asked.points or asked.coupon_id),
        login=f"/h5/login?{urlencode({'next': request.path})}",
        problems={name: SAID[problem] for name, problem in (problems or {}).items()},
    )


def _answered(asked: Form, who: Who) -> Response:
    has_pictures = any(one.kind == "picture" for one in asked.asked)
    if has_pictures:
        request.max_content_length = form_pictures.FORM_MAX_BYTES
    try:
        pictures = _pictures(asked)
    except NotAPicture as bad:
        return _shown(asked, who, {str(bad): "not_a_picture"})
    given: dict[str, Sequence[str]] = dict(request.form.to_dict(flat=False))
    given |= {one.key: () for one in asked.asked if one.kind == "picture"}
    given |= {key: [form_pictures.digest_of(content)] for key, content in pictures.items()}
    try:
        answers = answering.read(asked.asked, given)
    except BadAnswers as bad:
        return _shown(asked, who, bad.problems)
    for key in pictures.keys() & answers.keys():
        form_pictures.keep(siyu().settings.var, pictures[key])
    try:
        form_keeping.keep(siyu(), asked, who, answers)
    except NoMore:
        return _end(asked, "full")
    return _end(asked, "thanks")


def _pictures(asked: Form) -> dict[str, bytes]:
    """What was sent, by question. Raises NotAPicture, with the question."""
    found: dict[str, bytes] = {}
    wanted = {one.key for one in asked.asked if one.kind == "picture"}
    with ExitStack() as files:
        for key, given in request.files.items(multi=True):
            files.callback(given.close)
            content = given.read(form_pictures.BYTES_MAX + 1) if key in wanted else b""
            if content and not form_pictures.is_picture(content):
                raise NotAPicture(key)
            if content:
                found[key] = content
    return found


def _end(asked: Form, why: str, status: int = 200) -> Response:
    return page("form_end.html", status, form=asked, why=why)
