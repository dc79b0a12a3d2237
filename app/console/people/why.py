"""Why: would she, or a group, get a plan's or a broadcast's messages, and if not, what says no?"""

from flask import abort, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import row_ids
from app.console.frame import Answer, console, page, siyu
from app.console.saying import stories
from app.domain.insight import directory
from app.domain.outreach.broadcasts import Broadcast
from app.domain.outreach.journeys.plans import Plan
from app.domain.people import groups, members
from app.domain.people.channels import Channel
from app.explaining import broadcasts, plans
from app.explaining.checks import Check
from app.explaining.groups import Asking

FOUND_MAX = 10


@console.get("/why")
def why() -> Answer:
    """Of one plan or one broadcast, and the member with this number, name or openid."""
    house, wanted = siyu(), request.args.get("member", "").strip()
    with house.database.reading() as session:
        plan, broadcast = _asked_about(session)
        about = plan or broadcast
        assert about is not None
        if about.audience == "group":
            return _of_group(session, plan, broadcast)
        found = directory.find(session, wanted, house.vault, limit=FOUND_MAX) if wanted else []
        shown = {"plan": plan, "broadcast": broadcast, "found": found, "wanted": wanted}
        if len(found) != 1:
            return page("people/why.html", **shown, member=None)
        member, now = members.get(session, found[0].id), house.clock()
        if plan is not None:
            explained = plans.explain(session, plan, member, house.programme, now)
        else:
            assert broadcast is not None
            explained = broadcasts.explain(session, broadcast, member, house.programme, now)
        cast = explained.cast
        lines = stories.lines(session, cast, explained.story) if cast is not None else []
        channels = {one.channel_id for one in explained.messages}
        channels |= {
            over["channel"] for one in explained.messages for over in one.passed_over or ()
        }
        return page(
            "people/why.html",
            **shown,
            member=member,
            explained=explained,
            lines=lines,
            channels={one: session.get_one(Channel, one).name for one in channels},
        )


def _of_group(session: Session, plan: Plan | None, broadcast: Broadcast | None) -> Answer:
    """The group with this number or name."""
    house, wanted = siyu(), request.args.get("group", "").strip()
    found = groups.named(session, wanted, FOUND_MAX) if wanted else []
    shown = {"plan": plan, "broadcast": broadcast, "found": found, "wanted": wanted}
    if len(found) != 1:
        return page("people/why.html", **shown, of_group=True, member=None, group=None)
    asking = Asking(session, found[0], house.programme, house.clock())
    if plan is not None:
        explained = asking.of_plan(plan)
    else:
        assert broadcast is not None
        explained = asking.of_broadcast(broadcast)
    channels = {one.channel_id for one in explained.messages}
    return page(
        "people/why.html",
        **shown,
        of_group=True,
        group=found[0],
        member=None,
        explained=explained,
        lines=[],
        channels={one: session.get_one(Channel, one).name for one in channels},
    )


@console.app_template_filter()
def check_in_words(check: Check) -> str:
    """What is asked."""
    words = {
        "plan": _("计划在运行"),
        "broadcast": _("群发在进行"),
        "approval": _("不需要审批，或已批准"),
        "halt": _("没有全部停发"),
        "group_presence": _("社群还在"),
        "group_channel": _("社群属于这个渠道账号"),
        "group_audience": _("社群等级标签符合条件"),
        "presence": _("会员在"),
        "consent": _("没有退订"),
        "audience": _("等级和标签符合条件"),
        "meant": _("现在会进入名单"),
        "frozen": _("在启动时冻结的名单里"),
        "entry": _("已入组"),
        "plan_holdout": _("不在计划的对照组"),
        "broadcast_holdout": _("不在群发的对照组"),
        "programme_holdout": _("不在全局对照组"),
        "ways": _("至少有一种方式可用"),
        "agent": _("没有人正在跟进"),
        "quiet": _("现在不是免打扰时段"),
        "cap": _("频次上限还有余地"),
        "way": _("发送方式"),
    }
    return words.get(check.name, check.name)


def _asked_about(session: Session) -> tuple[Plan | None, Broadcast | None]:
    plan_id, broadcast_id = (
        request.args.get(name, type=row_ids.read) for name in ("plan", "broadcast")
    )
    if (plan_id is None) == (broadcast_id is None):
        abort(400)
    plan = session.get(Plan, plan_id) if plan_id is not None else None
    broadcast = session.get(Broadcast, broadcast_id) if broadcast_id is not None else None
    about = plan if plan is not None else broadcast
    if about is None:
        abort(404)
    return plan, broadcast
