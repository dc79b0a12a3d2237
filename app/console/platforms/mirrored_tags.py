"""Mirrored tags: which tags an account's own console shows as well."""

from flask import abort, flash, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import inbox, row_ids
from app.console.frame import Answer, console, go, operator_id, page, siyu
from app.domain.insight import mirrored_tags as mirrors
from app.domain.insight import tags
from app.domain.insight.mirrored_tags import MirroredTag
from app.domain.insight.tags import Tag
from app.domain.outreach.allowances import limit_table, limits
from app.domain.people import channels, operators
from app.domain.people.channels import Channel, Kind

MIRRORING = frozenset({Kind.OFFICIAL_ACCOUNT, Kind.WECOM})
NAME_MAX_CHARS = 30  # of a tag there


@console.get("/mirrored-tags")
def mirrored_tags() -> Answer:
    with siyu().database.reading() as session:
        every = channels.all_of(session)
        shown = [
            (
                mirror,
                tag,
                session.get_one(Channel, mirror.channel_id),
                mirrors.waiting(session, mirror),
            )
            for mirror, tag in mirrors.listed(session)
        ]
        return page(
            "platforms/mirrored_tags.html",
            shown=shown,
            channels=[channel for channel in every if channel.kind in MIRRORING],
            tags=tags.all_of(session),
        )


@console.post("/mirrored-tags")
def mirror_tag() -> Answer:
    """The platform is asked for the tag; its holders follow, through the pipeline."""
    now = siyu().clock()
    with siyu().waking() as session:
        channel = session.get(Channel, request.form.get("channel", type=row_ids.read) or 0)
        tag = session.get(Tag, request.form.get("tag", type=row_ids.read) or 0)
        if tag is None or channel is None or channel.kind not in MIRRORING:
            abort(400)
        if len(tag.name) > NAME_MAX_CHARS:
            flash(_("平台的标签名最多 %(n)s 个字。", n=NAME_MAX_CHARS), "danger")
            return go("mirrored_tags")
        if not _has_room(session, channel, tag):
            flash(_("这个公众号的标签已到上限。"), "danger")
            return go("mirrored_tags")
        mirror = mirrors.begin(session, channel.id, tag.id, now)
        inbox.receive_own(
            session,
            key=f"mirror_begun:{mirror.id}:{mirror.created_at.isoformat()}",
            kind="mirror_begun",
            subject=f"mirrors:{channel.key}",
            fields={"MirrorId": str(mirror.id)},
            channel_id=channel.id,
            now=now,
        )
        details = {"tag": tag.name, "channel": channel.key}
        operators.record(session, operator_id(), "tag.mirror", f"tag:{tag.id}", details, now)
    flash(_("已开启同步，标签会在平台建立，并带上已有的会员。"))
    return go("mirrored_tags")


@console.post("/mirrored-tags/<int:mirror_id>/end")
def end_mirror(mirror_id: int) -> Answer:
    now = siyu().clock()
    with siyu().database.writing() as session:
        mirror = session.get(MirroredTag, mirror_id) or abort(404)
        mirrors.end(session, mirror, now)
        details = {"mirror": mirror.id}
        operators.record(
            session, operator_id(), "tag.mirror_end", f"tag:{mirror.tag_id}", details, now
        )
    flash(_("已停止同步，两边的标签保持原样。"))
    return go("mirrored_tags")


def _has_room(session: Session, channel: Channel, tag: Tag) -> bool:
    """An official account may have so many tags; a corp has room for thousands."""
    if channel.kind != Kind.OFFICIAL_ACCOUNT:
        return True
    there = mirrors.ever_on(session, channel.id)
    return tag.id in there or len(there) < limits.value(session, limit_table.ACCOUNT_TAGS)
