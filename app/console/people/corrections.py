"""Points given or taken by hand: asked for on a member's page of points, decided and undone on one
of their own."""

import secrets
from collections.abc import Iterable
from datetime import date

from flask import abort, flash, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import DateField, HiddenField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import (
    DataRequired,
    InputRequired,
    Length,
    NumberRange,
    Optional,
    Regexp,
    ValidationError,
)

from app import row_ids
from app.console.fields.bounds import WholeField, in_our_days
from app.console.frame import PAGE, Answer, console, go, operator_id, page, siyu
from app.domain.loyalty import corrections as table
from app.domain.loyalty import points
from app.domain.loyalty.corrections import POINTS_MAX, REASON_MAX, Correction
from app.domain.outreach.allowances import limit_table, limits
from app.domain.people import members, operators
from app.domain.people.members import Member
from app.domain.people.operators import Operator

ONCE = r"[0-9a-f]{32}\Z"


class CorrectionForm(FlaskForm):
    direction = SelectField(
        _l("加还是减"), choices=[SelectChoice("give", _l("加")), SelectChoice("take", _l("减"))]
    )
    points = WholeField(_l("多少积分"), [InputRequired(), NumberRange(1, POINTS_MAX)])
    reason = StringField(
        _l("原因"),
        [DataRequired(), Length(max=REASON_MAX)],
        filters=[lambda written: (written or "").strip()],
        description=_l("会员看到的是“客服调整”，原因只有运营看得到"),
    )
    expires_on = DateField(
        _l("用到哪一天"), [Optional(), in_our_days], description=_l("只用于加；空着表示不过期")
    )
    once = HiddenField(validators=[Regexp(ONCE)], default=lambda: secrets.token_hex(16))

    def validate_expires_on(self, field: DateField) -> None:
        if field.data is not None and field.data < _today():
            raise ValidationError(_("要是今天或以后的一天。"))

    @property
    def amount(self) -> int:
        return int(self.points.data) * (1 if self.direction.data == "give" else -1)


def is_asked(form: CorrectionForm, member_id: int) -> bool:
    """Whether it was done, or waits; what is wrong stands in the form."""
    house, now = siyu(), siyu().clock()
    try:
        with house.database.writing() as session:
            held = members.hold(session, member_id)
            alone = limits.value(session, limit_table.CORRECTED_ALONE)
            asked = table.ask(
                session,
                held.id,
                form.amount,
                key=f"by_hand:{member_id}:{form.once.data}",
                reason=form.reason.data,
                expires_on=form.expires_on.data,
                alone_up_to=0 if _is_herself(session, held.id) else alone,
                operator_id=operator_id(),
                zone=house.programme.zone,
                now=now,
            )
            if asked is not None:
                _record(session, "points.correct", asked)
    except points.NotEnoughPoints:
        form.points.errors = [_has_only(member_id)]
        return False
    except table.SentOtherwise:
        form.points.errors = [_("这张表单已按别的内容保存过。要再加减一次，请再点保存。")]
        form.once.data = secrets.token_hex(16)
        return False
    waits = asked is not None and asked.decided_at is None
    flash(_("等另一位运营批准。") if waits else _("已保存。"))
    return True


@console.get("/corrections")
def corrections() -> Answer:
    before = request.args.get("before", type=row_ids.read)
    with siyu().database.reading() as session:
        found = table.decided(session, before, PAGE + 1)
        waiting = table.waiting(session)
        return page(
            "people/corrections.html",
            waiting=waiting,
            decided=found[:PAGE],
            older=found[PAGE - 1].id if len(found) > PAGE else None,
            **names(session, (*waiting, *found)),
        )


@console.post("/corrections/<int:correction_id>")
def decide_correction(correction_id: int) -> Answer:
    """Granted, refused, or undone."""
    button = request.form.get("button")
    if button not in ("grant", "refuse", "undo"):
        abort(400)
    house, now = siyu(), siyu().clock()
    with house.database.reading() as session:
        whose = (session.get(Correction, correction_id) or abort(404)).member_id
    try:
        with house.database.writing() as session:
            held = members.hold(session, whose)
            if button == "undo":
                done = table.undo(session, correction_id, operator_id(), now)
            else:
                if button == "grant" and _is_herself(session, held.id):
                    raise table.SameOperator(correction_id)
                done = table.decide(
                    session,
                    correction_id,
                    held.id,
                    operator_id(),
                    is_granted=button == "grant",
                    zone=house.programme.zone,
                    now=now,
                )
            _record(session, f"points.correct_{button}", done)
    except table.SameOperator:
        flash(_("须由另一位运营决定，也不能给自己。"), "danger")
    except table.NotOpen:
        flash(_("已经处理过了。"), "danger")
    except points.NotEnoughPoints:
        flash(_has_only(whose), "danger")
    else:
        flash(_("已保存。"))
    return go("corrections")


def names(session: Session, shown: Iterable[Correction]) -> dict[str, dict[int, str]]:
    """What members and operators of these are called, looked up once."""
    ids = {one.member_id for one in shown}
    called = session.query(Member.id, Member.nickname).where(Member.id.in_(ids))
    return {
        "member_names": {member_id: name or f"#{member_id}" for member_id, name in called},
        "operator_names": {one.id: one.name for one in operators.all_of(session)},
    }


def _is_herself(session: Session, member_id: int) -> bool:
    """Whether the operator is this member, by any of her records."""
    own = session.get_one(Operator, operator_id()).member_id
    return own is not None and own in members.records_of(session, member_id)


def _has_only(member_id: int) -> str:
    with siyu().database.reading() as session:
        kept = members.get(session, member_id).id
        return _("她只有 %(n)s 积分可用。", n=points.balance_of(session, kept).points)


def _record(session: Session, action: str, correction: Correction) -> None:
    details = {
        "correction": correction.id,
        "points": correction.points,
        "reason": correction.reason,
        "expires_on": str(correction.expires_on or ""),
    }
    subject = f"member:{correction.member_id}"
    operators.record(session, operator_id(), action, subject, details, siyu().clock())


def _today() -> date:
    return siyu().programme.business_day(siyu().clock())
