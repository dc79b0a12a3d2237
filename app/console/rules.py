"""Keyword rules: which words give which tag or reply, in versions."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import abort, flash, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from app import personal
from app.console import languages
from app.console.frame import Answer, console, go, operator_id, page, siyu
from app.domain.insight import keywords, tags
from app.domain.insight.keywords import BadRule, KeywordRule
from app.domain.insight.tags import DIMENSIONS, MemberTag, Tag
from app.outbox import OutboxMessage
from sop.mistakes import Mistake

HITS_WITHIN = timedelta(days=7)


class RuleForm(FlaskForm):
    name = StringField(_l("名称"), [InputRequired(), Length(max=60)])
    words = TextAreaField(_l("关键词"), description=_l("每行一个，说到任意一个即命中"))
    unless = TextAreaField(_l("排除词"), description=_l("每行一个，同一句里说到就不算命中"))
    tag = StringField(_l("给标签"), [Length(max=40)], description=_l("没有的标签会新建"))
    dimension = SelectField(_l("新标签的维度"), choices=list(DIMENSIONS))
    reply = TextAreaField(_l("回复"), [Length(max=600)])
    notify_userid = StringField(
        _l("通知员工"),
        [Length(max=64)],
        description=_l("企业微信的成员账号（userid），每位会员每小时最多通知一次"),
    )

    def lines(self, name: str) -> list[str]:
        return (self[name].data or "").splitlines()


@console.get("/rules")
def rules() -> Answer:
    since = siyu().clock() - HITS_WITHIN
    with siyu().database.reading() as session:
        return page(
            "rules.html",
            rules=keywords.all_of(session),
            tags={tag.id: tag for tag in tags.all_of(session)},
            given=_given_since(session, since),
            replied=_replied_since(session, since),
        )


@console.route("/rules/new", methods=["GET", "POST"])
def new_rule() -> Answer:
    return _edit(None)


@console.route("/rules/<int:rule_id>", methods=["GET", "POST"])
def rule(rule_id: int) -> Answer:
    return _edit(rule_id)


@console.post("/rules/<int:rule_id>/switch")
def switch_rule(rule_id: int) -> Answer:
    enabled = request.form.get("enabled") == "yes"
    with siyu().database.writing() as session:
        if session.get(KeywordRule, rule_id) is None:
            abort(404)
        keywords.switch(session, rule_id, enabled, operator_id(), siyu().clock())
    return go("rules")


def _edit(rule_id: int | None) -> Answer:
    with siyu().database.reading() as session:
        known = session.get(KeywordRule, rule_id) if rule_id else None
        if rule_id and known is None:
            abort(404)
        form = RuleForm(data=_as_data(session, known) if known else None)
    if form.validate_on_submit():
        saved_id = _save(form, rule_id)
        if saved_id is not None:
            flash(_("已保存，从下一条消息起生效。"))
            return go("rule", rule_id=saved_id)
    with siyu().database.reading() as session:
        history = keywords.history(session, rule_id) if rule_id else []
        return page(
            "rule.html",
            form=form,
            rule=known,
            history=history,
            tags={tag.id: tag for tag in tags.all_of(session)},
            links=sorted(personal.known_for_members(session)),
        )


def _save(form: RuleForm, rule_id: int | None) -> int | None:
    """The id of the saved rule; None when it cannot work, with the reason at its field."""
    now = siyu().clock()
    tag_name = (form.tag.data or "").strip()
    try:
        with siyu().database.writing() as session:
            personal.check(session, form.reply.data or "")
            tag = tags.named(session, tag_name, form.dimension.data, now) if tag_name else None
            written = keywords.write(
                session,
                rule_id=rule_id,
                name=form.name.data,
                words=form.lines("words"),
                unless=form.lines("unless"),
                tag_id=tag.id if tag else None,
                reply=form.reply.data or "",
                notify_userid=form.notify_userid.data or "",
                operator_id=operator_id(),
                now=now,
            )
            return written.id
    except Mistake as mistake:
        form.reply.errors = [languages.in_language(mistake)]
    except BadRule as bad:
        form.words.errors = [languages.in_language(bad)]
    return None


def _as_data(session: Session, rule: KeywordRule) -> dict[str, str]:
    tag = session.get(Tag, rule.tag_id) if rule.tag_id else None
    return {
        "name": rule.name,
        "words": "\n".join(rule.words),
        "unless": "\n".join(rule.unless),
        "tag": tag.name if tag else "",
        "dimension": tag.dimension if tag else DIMENSIONS[0],
        "reply": rule.reply,
        "notify_userid": rule.notify_userid,
    }


def _given_since(session: Session, since: datetime) -> Mapping[str, int]:
    rows = session.execute(
        sa.select(MemberTag.rule, sa.func.count())
        .where(MemberTag.given_at >= since)
        .group_by(MemberTag.rule)
    )
    return dict(rows.all())


def _replied_since(session: Session, since: datetime) -> Mapping[str, int]:
    rows = session.execute(
        sa.select(OutboxMessage.rule, sa.func.count())
        .where(
            OutboxMessage.created_at >= since,
            OutboxMessage.rule.startswith("keyword:"),
            OutboxMessage.purpose == "reply",
        )
        .group_by(OutboxMessage.rule)
    )
    return dict(rows.all())
