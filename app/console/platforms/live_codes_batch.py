"""Many live codes at once: one for every store or employee, a line each."""

from flask import flash
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from app import personal
from app.console import languages
from app.console.frame import Answer, console, go, page, siyu
from app.console.platforms import qr_codes
from app.domain.insight import tags
from app.domain.outreach.live_codes import live_code_terms
from app.domain.people import channels, live_codes
from app.domain.people.channels import Kind
from sop.mistakes import Mistake

LINES_MAX = 200


class BatchForm(FlaskForm):
    channel = SelectField(_l("渠道账号"), coerce=int)
    lines = TextAreaField(
        _l("一行一个：场景值, 名称, 门店, 员工"),
        [DataRequired(), Length(max=40_000)],
        description=_l("门店和员工可以不写"),
    )
    tag = StringField(_l("给标签"), [Length(max=40)], description=_l("没有的标签会新建"))
    welcome = TextAreaField(_l("欢迎语"), [Length(max=600)])


class BadLine(Exception):
    """A line cannot be made a code; the text says which, and why."""


@console.route("/live-codes/batch", methods=["GET", "POST"])
def new_live_codes() -> Answer:
    form = BatchForm()
    with siyu().database.reading() as session:
        usable = [c for c in channels.all_of(session) if c.kind != Kind.GROUP_GATEWAY]
        form.channel.choices = [(channel.id, channel.name) for channel in usable]
        all_tags = tags.all_of(session)
    if form.validate_on_submit():
        made = _made(form)
        for code_id in made:
            qr_codes.ask_for(code_id)
        if made:
            flash(ngettext("新建了 %(num)s 个活码。", "新建了 %(num)s 个活码。", len(made)))
            return go("live_codes")
    return page("platforms/live_codes_batch.html", form=form, all_tags=all_tags)


def _made(form: BatchForm) -> list[int]:
    """All of them, or none."""
    try:
        lines = _read(form.lines.data)
        with siyu().database.writing() as session:
            personal.check(session, (form.welcome.data or "").strip())
            return [_add(session, form, number, parts) for number, parts in lines]
    except BadLine as problem:
        form.lines.errors = [str(problem)]
    except Mistake as mistake:
        form.welcome.errors = [languages.in_language(mistake)]
    return []


def _read(text: str) -> list[tuple[int, list[str]]]:
    """Raises BadLine."""
    lines = [
        (number, [part.strip() for part in line.replace("，", ",").split(",")])
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip()
    ]
    if len(lines) > LINES_MAX:
        raise BadLine(_("一次最多 %(most)s 个。", most=LINES_MAX))
    for number, parts in lines:
        if not 1 <= len(parts) <= 4 or not parts[0]:
            raise BadLine(_("第 %(number)s 行看不懂。", number=number))
    return lines


def _add(session: Session, form: BatchForm, number: int, parts: list[str]) -> int:
    """Raises BadLine."""
    scene, name, store, staff_userid = (*parts, *[""] * (4 - len(parts)))
    now, tag_name = siyu().clock(), (form.tag.data or "").strip()
    tag = tags.named(session, tag_name, "channel", now) if tag_name else None
    try:
        code = live_codes.add(
            session,
            channel_id=form.channel.data,
            scene=scene,
            name=(name or scene)[:60],
            tag_id=tag.id if tag else None,
            welcome=(form.welcome.data or "").strip(),
            now=now,
        )
    except live_codes.BadScene:
        raise BadLine(_("第 %(number)s 行的场景值不对。", number=number)) from None
    except live_codes.SceneTaken:
        raise BadLine(_("第 %(number)s 行的场景值已经有了。", number=number)) from None
    whose = {"store": store[:60], "staff_userid": staff_userid[:64], "hours": []}
    nothing = dict.fromkeys(("members_max", "members_max_a_day", "plan_id", "group_id"))
    live_code_terms.change(session, code.id, **whose, **nothing, fallback_id=None)
    return code.id
