"""Groups, and the tier label by which plans choose them."""

import sqlalchemy as sa
from flask import abort, flash, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.console.frame import Answer, console, go, operator_id, page, siyu
from app.domain.loyalty.standing import tiers
from app.domain.people import channels, operators
from app.domain.people import groups as chats
from app.domain.people.groups import Group, GroupMember


@console.get("/groups")
def groups() -> Answer:
    with siyu().database.reading() as session:
        return page(
            "platforms/groups.html",
            groups=chats.of(session),
            members=_members(session),
            channels={channel.id: channel for channel in channels.all_of(session)},
            tiers=tiers.all_of(session),
        )


@console.post("/groups/<int:group_id>/label")
def label_group(group_id: int) -> Answer:
    wanted = request.form.get("tier_label", "")
    with siyu().database.writing() as session:
        if session.get(Group, group_id) is None:
            abort(404)
        if wanted and wanted not in {tier.key for tier in tiers.all_of(session)}:
            abort(400)
        chats.label(session, group_id, wanted or None)
        details, now = {"tier_label": wanted}, siyu().clock()
        operators.record(session, operator_id(), "group.label", f"group:{group_id}", details, now)
    flash(_("已保存。"))
    return go("groups")


def _members(session: Session) -> dict[int, int]:
    rows = session.execute(
        sa.select(GroupMember.group_id, sa.func.count())
        .where(GroupMember.left_at.is_(None))
        .group_by(GroupMember.group_id)
    )
    return dict(rows.all())
