"""From a template: the classic plans with what each is for and its days, one press from a draft."""

from typing import Any

from flask import abort, flash, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import row_ids
from app.console import languages
from app.console.automation import plan_checks, plan_fitting, plan_previews
from app.console.frame import Answer, console, go, operator_id, page, siyu
from app.domain.loyalty.spending import coupons
from app.domain.outreach.journeys import plans
from app.domain.people import channels
from app.domain.people.channels import Channel, Kind
from sop import plan_templates
from sop.plan_templates import PlanTemplate
from sop.reading import Problem

TALK_WITH_MEMBERS = {Kind.OFFICIAL_ACCOUNT, Kind.WECOM}


@console.get("/plans/templates")
def plan_templates_gallery() -> Answer:
    with siyu().database.reading() as session:
        known = channels.all_of(session)
        return page(
            "automation/plan_gallery.html",
            templates=[
                (
                    one,
                    plan_previews.of(
                        session, plan_templates.made(one), _named(one), now=siyu().clock()
                    ),
                    [channel for channel in known if not _problems(session, channel, one)],
                )
                for one in plan_templates.TEMPLATES
            ],
            coupons=coupons.on_offer(session),
            named=_named,
        )


@console.post("/plans/templates/<key>")
def make_plan_of_template(key: str) -> Answer:
    template = plan_templates.by_key(key) or abort(404)
    coupon, now = request.form.get("coupon", ""), siyu().clock()
    with siyu().database.writing() as session:
        channel = session.get(Channel, request.form.get("channel_id", type=row_ids.read) or 0)
        if channel is None:
            flash(_("请选择一个渠道账号"), "danger")
            return go("plan_templates_gallery")
        if problems := _problems(session, channel, template, coupon):
            flash(languages.in_language(problems[0]), "danger")
            return go("plan_templates_gallery")
        definition = _made(session, channel, template, coupon)
        made = plans.draft(
            session,
            name=_named(template),
            channel_id=channel.id,
            definition=definition,
            operator_id=operator_id(),
            now=now,
        )
    flash(_("已按模板建好草稿，检查后再启动。"))
    return go("plan", plan_id=made.id)


def _problems(
    session: Session, channel: Channel, template: PlanTemplate, coupon: str = ""
) -> list[Problem]:
    """Why there can be no such plan over this channel."""
    if template.audience == "member" and channel.kind not in TALK_WITH_MEMBERS:
        return [Problem("channel_id", "要选一个渠道账号", "choose a channel")]
    definition = _made(session, channel, template, coupon)
    return plan_checks.problems_of(session, channel, definition)


def _made(
    session: Session, channel: Channel, template: PlanTemplate, coupon: str
) -> dict[str, Any]:
    return plan_fitting.fitted(session, channel, plan_templates.made(template, coupon or None))


def _named(template: PlanTemplate) -> str:
    zh, en = template.name
    return zh if languages.language() == "zh" else en
