"""A member as an official account's own platform knows her: read there and changed there, while
the operator waits."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from flask import abort, flash, request
from flask_babel import gettext as _

from app.console.frame import Answer, console, go, operator_id, page, siyu
from app.domain.people import members, operators
from app.domain.people.channels import Channel, Kind
from app.domain.people.members import Identity, Member
from bots.official_account import people, tags
from bots.wechat_api import PlatformRefused, WeChatApi
from bots.wire import PlatformUnavailable

REMARK_MAX_CHARS = 29  # fewer than thirty


@console.get("/identities/<int:identity_id>")
def platform_view(identity_id: int) -> Answer:
    member, identity, channel, api = _found(identity_id)
    shown: dict[str, Any] = {}
    with _said_if_refused():
        shown = people.profile(api, identity.external_id)
        shown["tags"] = _names(api, shown.get("tagid_list", []))
        shown["is_blacklisted"] = people.is_blacklisted(api, identity.external_id)
    since = shown.get("subscribe_time")
    return page(
        "people/platform_view.html",
        member=member,
        identity=identity,
        channel=channel,
        shown=shown,
        since=datetime.fromtimestamp(since, UTC) if since else None,
        remark_max=REMARK_MAX_CHARS,
    )


@console.post("/identities/<int:identity_id>/remark")
def change_remark(identity_id: int) -> Answer:
    remark = request.form.get("remark", "").strip()
    if len(remark) > REMARK_MAX_CHARS:
        abort(400)
    return _do(identity_id, "remark", lambda api, openid: people.set_remark(api, openid, remark))


@console.post("/identities/<int:identity_id>/blacklist")
def blacklist(identity_id: int) -> Answer:
    return _do(identity_id, "blacklist", lambda api, one: people.blacklist(api, [one], listed=True))


@console.post("/identities/<int:identity_id>/unblacklist")
def unblacklist(identity_id: int) -> Answer:
    return _do(
        identity_id, "unblacklist", lambda api, one: people.blacklist(api, [one], listed=False)
    )


def _do(identity_id: int, what: str, act: Callable[[WeChatApi, str], None]) -> Answer:
    """What has been done at the platform goes on record; what was refused is said."""
    member, identity, channel, api = _found(identity_id)
    with _said_if_refused():
        act(api, identity.external_id)
        with siyu().database.writing() as session:
            details, about = {"channel": channel.key}, f"member:{member.id}"
            operators.record(
                session, operator_id(), f"platform.{what}", about, details, siyu().clock()
            )
        flash(_("平台已更新。"))
    return go("platform_view", identity_id=identity_id)


@contextmanager
def _said_if_refused() -> Iterator[None]:
    try:
        yield
    except PlatformRefused as refused:
        flash(_("平台没有接受：%(why)s", why=str(refused)), "danger")
    except PlatformUnavailable as failure:
        flash(_("平台没有回应：%(why)s", why=str(failure)), "danger")


def _names(api: WeChatApi, tag_ids: list[int]) -> list[str]:
    if not tag_ids:
        return []
    known = {tag["id"]: str(tag["name"]) for tag in tags.all_of(api)}
    return [known.get(tag_id, str(tag_id)) for tag_id in tag_ids]


def _found(identity_id: int) -> tuple[Member, Identity, Channel, WeChatApi]:
    with siyu().database.reading() as session:
        identity = session.get(Identity, identity_id) or abort(404)
        channel = session.get_one(Channel, identity.channel_id)
        if channel.kind != Kind.OFFICIAL_ACCOUNT:
            abort(404)
        member = members.get(session, identity.member_id)
    return member, identity, channel, siyu().official_account(channel).api
