"""The menu of an official account: written here, published when an operator says so."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import abort, flash, request
from flask_babel import gettext as _

from app.console import languages
from app.console.frame import Answer, console, go, operator_id, page, siyu
from app.console.platforms import menu_words
from app.domain.outreach import menus
from app.domain.people import operators
from app.domain.people.channels import Channel, Kind
from bots.official_account import menus as platform
from bots.wechat_api import PlatformRefused, WeChatApi
from bots.wire import PlatformUnavailable

PARTS = ("name", "type", "key", "url", "appid", "pagepath")
Buttons = list[dict[str, Any]]


@console.route("/channels/<int:channel_id>/menu", methods=["GET", "POST"])
def menu(channel_id: int) -> Answer:
    """Saving changes nothing on the platform."""
    channel = _channel(channel_id)
    if request.method == "POST":
        buttons = _buttons_in(request.form)
        if _saved(channel_id, buttons):
            flash(_("已保存，发布后会员才能看到。"))
            return go("menu", channel_id=channel_id)
    with siyu().database.reading() as session:
        known = menus.of_channel(session, channel_id)
    if request.method == "GET":
        buttons = known.buttons if known else []
    return page("platforms/menu.html", channel=channel, menu=known, **_rows(buttons))


@console.post("/menu-form")
def change_menu_form() -> Answer:
    """The form again, with the fields that the chosen actions need."""
    return page("platforms/_menu_form.html", **_rows(_buttons_in(request.form)))


@console.get("/channels/<int:channel_id>/menu/live")
def live_menu(channel_id: int) -> Answer:
    """What the platform shows now, be it written here or elsewhere."""
    channel, shown = _channel(channel_id), None
    try:
        shown = platform.live(_api(channel))
    except (PlatformRefused, PlatformUnavailable) as failure:
        _tell(failure)
        return go("menu", channel_id=channel_id)
    return page("platforms/live_menu.html", channel=channel, live=shown)


@console.post("/channels/<int:channel_id>/menu/publish")
def publish_menu(channel_id: int) -> Answer:
    with siyu().database.reading() as session:
        known = menus.of_channel(session, channel_id) or abort(404)
    body, version = {"button": known.buttons}, known.version
    if _done(channel_id, lambda api: platform.publish(api, body)):
        now = siyu().clock()
        with siyu().database.writing() as session:
            menus.note_published(session, channel_id, version, now)
            subject, details = f"channel:{channel_id}", {"version": version}
            operators.record(session, operator_id(), "menu.publish", subject, details, now)
        flash(_("已发布，五分钟内会员的手机上会更新。"))
    return go("menu", channel_id=channel_id)


@console.post("/channels/<int:channel_id>/menu/delete")
def delete_menu(channel_id: int) -> Answer:
    """Takes the menu off the platform; what is written here stays."""
    if _done(channel_id, platform.delete):
        with siyu().database.writing() as session:
            menus.note_deleted(session, channel_id)
            subject, now = f"channel:{channel_id}", siyu().clock()
            operators.record(session, operator_id(), "menu.delete", subject, {}, now)
        flash(_("平台上的菜单已删除。"))
    return go("menu", channel_id=channel_id)


def _saved(channel_id: int, buttons: Buttons) -> bool:
    """If not, the operator is told why."""
    try:
        with siyu().database.writing() as session:
            menus.write(session, channel_id, buttons, siyu().clock())
    except menus.BadMenu as bad:
        flash(languages.in_language(bad), "danger")
        return False
    return True


def _done(channel_id: int, act: Callable[[WeChatApi], None]) -> bool:
    """Whether the platform did what it was asked; if not, the operator is told why."""
    try:
        act(_api(_channel(channel_id)))
    except (PlatformRefused, PlatformUnavailable) as failure:
        _tell(failure)
        return False
    return True


def _tell(failure: PlatformRefused | PlatformUnavailable) -> None:
    if isinstance(failure, PlatformRefused):
        why = menu_words.refusal_in_words(failure.code, failure.reason)
        flash(_("平台没有接受：%(why)s", why=f"{why} ({failure.code})"), "danger")
    else:
        flash(_("平台没有回应：%(why)s", why=str(failure)), "danger")


def _api(channel: Channel) -> WeChatApi:
    return siyu().official_account(channel).api


def _channel(channel_id: int) -> Channel:
    with siyu().database.reading() as session:
        channel = session.get(Channel, channel_id)
    if channel is None or channel.kind != Kind.OFFICIAL_ACCOUNT:
        abort(404)
    return channel


def _rows(buttons: Buttons) -> dict[str, Any]:
    """As many rows as there can be buttons, with those there are in the first of them."""
    rows: Buttons = [*buttons, *({} for _row in range(menus.BUTTONS_MAX))][: menus.BUTTONS_MAX]
    return {
        "rows": rows,
        "below": range(menus.BELOW_MAX),
        "needs": menus.NEEDS,
        "keys": menu_words.KEYS,
    }


def _buttons_in(form: Mapping[str, str]) -> Buttons:
    """The buttons with something in them; one with others below it does nothing itself."""
    buttons = []
    for number in range(menus.BUTTONS_MAX):
        below = [_button(form, f"{number}-{one}") for one in range(menus.BELOW_MAX)]
        button, given = _button(form, f"{number}"), [one for one in below if _is_given(one)]
        if given:
            button = {"name": button["name"], "sub_button": given}
        if _is_given(button):
            buttons.append(button)
    return buttons


def _is_given(button: Mapping[str, Any]) -> bool:
    return any(value for part, value in button.items() if part != "type")


def _button(form: Mapping[str, str], prefix: str) -> dict[str, Any]:
    """What its kind does not need is left out."""
    given = {part: form.get(f"{prefix}-{part}", "").strip() for part in PARTS}
    return {part: given[part] for part in ("name", "type", *menus.NEEDS.get(given["type"], ()))}
