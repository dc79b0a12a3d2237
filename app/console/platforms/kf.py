"""微信客服 of a corp: its accounts, how far each is read, and links that open a conversation."""

from typing import Any

from flask import abort, flash, request
from flask_babel import gettext as _

from app.console.frame import Answer, console, go, page, siyu
from app.domain.people import kf_accounts
from app.domain.people.channels import Channel, Kind
from bots.wecom import kf as platform
from bots.wecom.ways import Refused


@console.get("/channels/<int:channel_id>/kf")
def kf(channel_id: int) -> Answer:
    return _page(_corp(channel_id))


@console.post("/channels/<int:channel_id>/kf/accounts")
def list_kf_accounts(channel_id: int) -> Answer:
    """Asks the platform which accounts there are, outside any transaction."""
    channel = _corp(channel_id)
    try:
        names = platform.accounts(siyu().wecom(channel).api)
    except Refused as refused:
        flash(_("平台没有回答：%(reason)s", reason=str(refused)), "danger")
        return go("kf", channel_id=channel_id)
    with siyu().database.writing() as session:
        kf_accounts.name(session, channel_id, names, siyu().clock())
    flash(_("平台上有 %(n)s 个客服账号。", n=len(names)))
    return go("kf", channel_id=channel_id)


@console.post("/channels/<int:channel_id>/kf/<open_kfid>/link")
def make_kf_link(channel_id: int, open_kfid: str) -> Answer:
    """A link for members; who comes by it gets the tag of the live code with the same scene."""
    channel, scene = _corp(channel_id), request.form.get("scene", "").strip()
    try:
        url = platform.link(siyu().wecom(channel).api, open_kfid, scene)
    except ValueError:
        flash(_("场景值最多 32 个字母、数字、- 或 _。"), "danger")
        return go("kf", channel_id=channel_id)
    except Refused as refused:
        flash(_("平台没有回答：%(reason)s", reason=str(refused)), "danger")
        return go("kf", channel_id=channel_id)
    return _page(channel, made={open_kfid: url})


def _page(channel: Channel, **values: Any) -> Answer:
    with siyu().database.reading() as session:
        accounts = kf_accounts.of(session, channel.id)
    return page("platforms/kf.html", channel=channel, accounts=accounts, **values)


def _corp(channel_id: int) -> Channel:
    with siyu().database.reading() as session:
        channel = session.get(Channel, channel_id)
    if channel is None or channel.kind != Kind.WECOM:
        abort(404)
    return channel
