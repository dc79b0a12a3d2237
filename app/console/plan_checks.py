"""What is wrong with a plan beyond its shape: what it names that is not there, and what the account
it is to go over cannot do."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from app import content_checks
from app.domain.people.channel_kinds import MEDIA
from app.domain.people.channels import Channel, Kind
from app.sending import route_checks
from sop import plans as sop_plans
from sop.plans import BadPlan, Problem

SPEAK_TO_GROUPS = {Kind.GROUP_GATEWAY, Kind.GROUP_ROBOT, Kind.WECOM}


def problems_of(session: Session, definition: dict[str, Any]) -> list[Problem]:
    """Everything that is wrong with it, radar links that do not exist among it."""
    try:
        sop_plans.parse(definition)
    except BadPlan as bad:
        return bad.problems
    return content_checks.problems_in(session, definition, definition["audience"])


def problems_with(
    session: Session, channel: Channel | None, definition: Mapping[str, Any]
) -> list[Problem]:
    """Why the plan cannot be one of this channel."""
    if channel is None or channel.kind == Kind.MINI_PROGRAM:
        return [Problem("channel_id", "要选一个渠道账号", "choose a channel")]
    if definition["audience"] == "group" and channel.kind not in SPEAK_TO_GROUPS:
        said = "这个渠道账号不能向社群发送", "this channel cannot speak to groups"
        return [Problem("channel_id", *said)]
    if definition["trigger"]["kind"] == "left" and MEDIA.get(Kind(channel.kind)) is None:
        said = "离开的会员只能用短信、邮件、电话联系", "who has left reads SMS or mail"
        return [Problem("trigger", *said)]
    wrong = content_checks.unsayable_in(session, definition["steps"], channel.kind)
    of_routes = route_checks.problems_in(session, channel, definition, definition["audience"])
    return [*(Problem(f"steps{one.path}", one.zh, one.en) for one in wrong), *of_routes]
