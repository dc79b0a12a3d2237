"""Quizzes: written, opened, closed, and what members answered."""

from collections.abc import Sequence

import sqlalchemy as sa
from flask import abort, flash
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from app.console.fields.bounds import WholeField
from app.console.frame import PAGE, Answer, console, go, page, siyu
from app.domain.loyalty import quizzes as quiz_table
from app.domain.loyalty.quizzes import LETTERS, AlreadyOpen, Quiz, QuizAnswer
from app.domain.people import channels, groups
from app.domain.people.channels import Kind
from app.domain.people.groups import Group
from app.domain.people.members import Member


class QuizForm(FlaskForm):
    where = SelectField(_l("在哪里问"))
    question = TextAreaField(_l("问题"), [DataRequired(), Length(max=300)])
    option_a = StringField("A", [DataRequired(), Length(max=60)])
    option_b = StringField("B", [DataRequired(), Length(max=60)])
    option_c = StringField("C", [Length(max=60)])
    option_d = StringField("D", [Length(max=60)])
    right_option = SelectField(_l("正确选项"), choices=list(LETTERS))
    points = WholeField(_l("答对得积分"), [InputRequired(), NumberRange(0, 100_000)], default=10)

    def options(self) -> dict[str, str]:
        """The options that are filled in; a gap before a later one stays visible as a gap."""
        fields = (self.option_a, self.option_b, self.option_c, self.option_d)
        written = {
            letter: (field.data or "").strip()
            for letter, field in zip(LETTERS, fields, strict=True)
        }
        return {letter: text for letter, text in written.items() if text}


@console.get("/quizzes")
def quizzes() -> Answer:
    with siyu().database.reading() as session:
        shown = session.scalars(sa.select(Quiz).order_by(Quiz.id.desc()).limit(PAGE)).all()
        return page(
            "content/quizzes.html",
            quizzes=shown,
            places=_places(session),
            answers=_answers(session, [quiz.id for quiz in shown]),
        )


@console.route("/quizzes/new", methods=["GET", "POST"])
def new_quiz() -> Answer:
    form = QuizForm()
    with siyu().database.reading() as session:
        form.where.choices = _places(session)
    if form.validate_on_submit():
        quiz_id = _save(form)
        if quiz_id is not None:
            flash(_("已保存。打开后会员就可以回答。"))
            return go("quiz", quiz_id=quiz_id)
    return page("content/quiz_form.html", form=form)


@console.get("/quizzes/<int:quiz_id>")
def quiz(quiz_id: int) -> Answer:
    with siyu().database.reading() as session:
        shown = _quiz(session, quiz_id)
        latest = session.execute(
            sa.select(QuizAnswer, Member.nickname)
            .join(Member, Member.id == QuizAnswer.member_id)
            .where(QuizAnswer.quiz_id == quiz_id)
            .order_by(QuizAnswer.id.desc())
            .limit(PAGE)
        )
        return page(
            "content/quiz.html",
            quiz=shown,
            place=_places(session).get(shown.scope, shown.scope),
            results=quiz_table.results(session, shown),
            latest=latest.all(),
        )


@console.post("/quizzes/<int:quiz_id>/open")
def open_quiz(quiz_id: int) -> Answer:
    with siyu().database.writing() as session:
        try:
            quiz_table.open_quiz(session, _quiz(session, quiz_id), siyu().clock())
        except AlreadyOpen:
            flash(_("这里已经有一个打开的问答，请先关闭它。"), "danger")
    return go("quiz", quiz_id=quiz_id)


@console.post("/quizzes/<int:quiz_id>/close")
def close_quiz(quiz_id: int) -> Answer:
    with siyu().database.writing() as session:
        quiz_table.close(_quiz(session, quiz_id), siyu().clock())
    return go("quiz", quiz_id=quiz_id)


def _save(form: QuizForm) -> int | None:
    with siyu().database.writing() as session:
        channel_id, group_id = _place(session, form.where.data)
        try:
            drafted = quiz_table.draft(
                session,
                channel_id=channel_id,
                group_id=group_id,
                question=form.question.data,
                options=form.options(),
                right_option=form.right_option.data,
                points=form.points.data,
                now=siyu().clock(),
            )
        except ValueError:
            form.right_option.errors = [_("选项要从 A 起连续填写，正确选项要是填写了的。")]
            return None
        return drafted.id


def _places(session: Session) -> dict[str, str]:
    """Where a quiz can be asked: by chat with an official account, or in a group."""
    accounts = [c for c in channels.all_of(session) if c.kind == Kind.OFFICIAL_ACCOUNT]
    private = {
        quiz_table.scope_of(account.id, None): _("私聊 · %(name)s", name=account.name)
        for account in accounts
    }
    return private | {
        quiz_table.scope_of(group.channel_id, group.id): _(
            "社群 · %(name)s", name=group.name or group.external_id
        )
        for group in groups.of(session)
    }


def _place(session: Session, scope: str) -> tuple[int, int | None]:
    """The channel and the group of a scope that the form offered."""
    kind, _colon, number = scope.partition(":")
    if kind == "group":
        group = session.get_one(Group, int(number))
        return group.channel_id, group.id
    return int(number), None


def _answers(session: Session, quiz_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """By quiz: how many answered, and how many of them rightly."""
    right = sa.func.sum(sa.case((QuizAnswer.is_right, 1), else_=0))
    rows = session.execute(
        sa.select(QuizAnswer.quiz_id, sa.func.count(), right)
        .where(QuizAnswer.quiz_id.in_(quiz_ids))
        .group_by(QuizAnswer.quiz_id)
    )
    return {quiz_id: (count, int(rightly)) for quiz_id, count, rightly in rows}


def _quiz(session: Session, quiz_id: int) -> Quiz:
    return session.get(Quiz, quiz_id) or abort(404)
