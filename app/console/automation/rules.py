"""Keyword rules: which words give which tag or reply, in versions."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import abort, flash, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import personal, row_ids
from app.console import languages
from app.console.automation.rule_forms import RuleForm, as_data
from app.console.content import spoken_materials
from app.console.frame import Answer, console, go, operator_id, page, siyu
from app.domain.insight import keyword_hits, keywords, tag_exclusions, tags
from app.domain.insight.keywords import BadRule, KeywordRule
from app.domain.insight.tags import MemberTag
from app.domain.outreach.materials.spoken_materials import KEYWORD
from app.outbox import OutboxMessage
from sop.mistakes import Mistake
from tagging import precision
from tagging import terms as tagging_terms

HITS_WITHIN = timedelta(days=7)
RULES_OF_A_PAGE = 20  # each has a row of words


@console.get("/rules")
def rules() -> Answer:
    """A page of them, newest first, narrowed to those that have what was sought in them."""
    since, sought = siyu().clock() - HITS_WITHIN, request.args.get("q", "").strip()[:100]
    before_id = request.args.get("before", type=row_ids.read)
    with siyu().database.reading() as session:
        verdicts = keyword_hits.verdicts(session)
        found = keywords.found(session, sought, before_id=before_id, limit=RULES_OF_A_PAGE + 1)
        shown = found[:RULES_OF_A_PAGE]
        return page(
            "automation/rules.html",
            rules=shown,
            sought=sought,
            older=shown[-1].id if len(found) > RULES_OF_A_PAGE else None,
            tags={tag.id: tag for tag in tags.all_of(session)},
            given=_given_since(session, since),
            replied=_replied_since(session, since),
            precision={rule_id: precision.of(*judged) for rule_id, judged in verdicts.items()},
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
    stood_at = request.form.get("q") or None, request.form.get("before", type=row_ids.read)
    return go("rules", q=stood_at[0], before=stood_at[1])


def _edit(rule_id: int | None) -> Answer:
    with siyu().database.reading() as session:
        known = session.get(KeywordRule, rule_id) if rule_id else None
        if rule_id and known is None:
            abort(404)
        suggested = {"words": request.args.get("words", "")}
        form = RuleForm(data=as_data(session, known) if known else suggested)
    if form.validate_on_submit():
        saved_id = _save(form, rule_id)
        if saved_id is not None:
            flash(_("已保存，从下一条消息起生效。"))
            return go("rule", rule_id=saved_id)
    with siyu().database.reading() as session:
        history = keywords.history(session, rule_id) if rule_id else []
        form.material.choices = spoken_materials.choices(session, KEYWORD, rule_id)
        return page(
            "automation/rule.html",
            form=form,
            rule=known,
            history=history,
            terms_of=tagging_terms.of,
            notation=_notation(),
            tags={tag.id: tag for tag in tags.all_of(session)},
            links=sorted(personal.known_for_members(session)),
        )


def _notation() -> list[tuple[str, str]]:
    """How a keyword is written, by examples."""
    return [
        ("头屑", _("一个词，不跨词的边界")),
        ("洗完…痒", _("短语：按顺序，最多隔 10 个字")),
        ("=签到", _("整条消息正好是它")),
        ("*油*", _("出现即算，不看词的边界")),
        ("/掉.{0,3}头发/", _("正则表达式（RE2）")),
    ]


def _save(form: RuleForm, rule_id: int | None) -> int | None:
    """The id of the saved rule; None when it cannot work, with the reason at its field."""
    now = siyu().clock()
    try:
        with siyu().database.writing() as session:
            personal.check(session, form.reply.data or "")
            tag_id = _tag(session, form, now)
            written = keywords.write(
                session,
                rule_id=rule_id,
                name=form.name.data,
                words=form.lines("words"),
                unless=form.lines("unless"),
                tag_id=tag_id,
                reply=form.reply.data or "",
                notify_userid=form.notify_userid.data or "",
                terms=form.terms,
                operator_id=operator_id(),
                now=now,
            )
            spoken_materials.choose(session, KEYWORD, written.id, form.material.data or "")
            return written.id
    except Mistake as mistake:
        form.reply.errors = [languages.in_language(mistake)]
    except BadRule as bad:
        form.words.errors = [languages.in_language(bad)]
    return None


def _tag(session: Session, form: RuleForm, now: datetime) -> int | None:
    """The tag that the rule gives, and what that excludes."""
    name, dimension = (form.tag.data or "").strip(), form.dimension.data
    if not name:
        return None
    tag_id = tags.named(session, name, dimension, now).id
    excluded = (tags.named(session, other, dimension, now).id for other in form.lines("excludes"))
    tag_exclusions.write(session, tag_id, set(excluded))
    return tag_id


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
