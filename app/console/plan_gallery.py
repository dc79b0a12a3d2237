"""From a template: the classic plans with what each is for and its days, one press from a draft."""

from flask import abort, flash, request
from flask_babel import gettext as _

from app import content_checks
from app.console import languages, plan_previews
from app.console.frame import Answer, console, go, operator_id, page, siyu
from app.console.plan_checks import SPEAK_TO_GROUPS
from app.domain.loyalty import coupons
from app.domain.outreach import plans
from app.domain.people import channels
from app.domain.people.channels import Channel, Kind
from sop import plan_templates
from sop.plan_templates import PlanTemplate


@console.get("/plans/templates")
def plan_templates_gallery() -> Answer:
    with siyu().database.reading() as session:
        known = channels.all_of(session)
        return page(
            "plan_gallery.html",
            templates=[
                (
                    one,
                    plan_previews.of(session, plan_templates.made(one)),
                    [channel for channel in known if _fits(channel, one)],
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
        channel = session.get(Channel, request.form.get("channel_id", type=int) or 0)
        if channel is None or not _fits(channel, template):
            flash(_("请选择一个渠道账号"), "danger")
            return go("plan_templates_gallery")
        definition = plan_templates.made(template, coupon or None)
        if content_checks.problems_in(session, definition, template.audience):
            abort(400)
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


def _fits(channel: Channel, template: PlanTemplate) -> bool:
    kind = Kind(channel.kind)
    if template.audience == "group":
        return kind in SPEAK_TO_GROUPS
    return kind in {Kind.OFFICIAL_ACCOUNT, Kind.WECOM}


def _named(template: PlanTemplate) -> str:
    zh, en = template.name
    return zh if languages.language() == "zh" else en
