"""What is wrong with a plan: its shape, what it names, and what the account it is to go over cannot
do."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.checks import definition_checks
from app.domain.people.channel_kinds import MEDIA
from app.domain.people.channels import Channel, Kind
from sop import plans as sop_plans
from sop.plans import BadPlan, Problem

SPEAK_TO_GROUPS = {Kind.GROUP_GATEWAY, Kind.GROUP_ROBOT, Kind.WECOM}


def problems_of(
    session: Session, channel: Channel | None, definition: Mapping[str, Any]
) -> list[Problem]:
    """Everything that keeps the plan from being one of this channel."""
    try:
        sop_plans.parse(definition)
    except BadPlan as bad:
        return bad.problems
    wrong = _of_channel(channel, definition)
    return [*wrong, *definition_checks.problems_in(session, None if wrong else channel, definition)]


def _of_channel(channel: Channel | None, definition: Mapping[str, Any]) -> list[Problem]:
    if channel is None or channel.kind == Kind.MINI_PROGRAM:
        return [Problem("channel_id", "要选一个渠道账号", "choose a channel")]
    if definition["audience"] == "group" and channel.kind not in SPEAK_TO_GROUPS:
        said = "这个渠道账号不能向社群发送", "this channel cannot speak to groups"
        return [Problem("channel_id", *said)]
    if definition["trigger"]["kind"] == "left" and MEDIA.get(Kind(channel.kind)) is None:
        said = "离开的会员只能用短信、邮件、电话联系", "who has left reads SMS or mail"
        return [Problem("trigger", *said)]
    return []
