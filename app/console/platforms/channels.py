"""Channels: our accounts on the platforms. Credentials are masked; showing them is audited."""

from collections.abc import Mapping

from flask import abort, flash
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from app.console.frame import Answer, console, go, operator_id, page, siyu
from app.console.platforms import channel_forms
from app.console.platforms.channel_forms import KINDS, ChangedChannelForm, ChannelForm
from app.domain.people import channel_kinds, operators
from app.domain.people import channels as accounts
from app.domain.people.channel_kinds import MEDIA, SHAPES, Kind
from app.domain.vault import CannotOpen


@console.get("/channels")
def channels() -> Answer:
    with siyu().database.reading() as session:
        return page(
            "platforms/channels.html",
            channels=accounts.all_of(session),
            callback_base=f"{siyu().settings.public_base_url}/callback/",
            kinds=KINDS,
            shapes=SHAPES,
            media=MEDIA,
        )


@console.get("/channels/new")
def choose_channel_kind() -> Answer:
    offered = {kind: KINDS[kind] for kind in channel_kinds.OFFERED}
    return page("platforms/channel_kinds.html", kinds=offered)


@console.route("/channels/new/<kind>", methods=["GET", "POST"])
def new_channel(kind: str) -> Answer:
    if kind not in SHAPES:
        abort(404)
    form = channel_forms.new(Kind(kind))
    if form.validate_on_submit() and _save(form, Kind(kind)):
        if SHAPES[Kind(kind)].has_callback:
            flash(_("已添加。请把回调地址和凭据填到平台的后台。"))
        else:
            flash(_("已添加。"))
        return go("channels")
    return page("platforms/channel_form.html", form=form, kind=KINDS[Kind(kind)])


@console.route("/channels/<int:channel_id>", methods=["GET", "POST"])
def channel(channel_id: int) -> Answer:
    """What can change of a channel; its key and what it is on the platform stay."""
    with siyu().database.reading() as session:
        known = session.get(accounts.Channel, channel_id) or abort(404)
    opened = _opened(known)
    shown = {"name": known.name, "api_base_url": known.api_base_url, **known.settings}
    form = channel_forms.existing(Kind(known.kind), shown)
    if form.validate_on_submit() and opened is not None and _change(form, known):
        flash(_("已保存，从现在起生效。"))
        return go("channels")
    previous = [part for part in opened or () if part.startswith("previous_")]
    return page(
        "platforms/channel.html",
        form=form,
        channel=known,
        previous=previous,
        is_sealed=opened is None,
    )


@console.post("/channels/<int:channel_id>/forget")
def forget_previous(channel_id: int) -> Answer:
    """The platform has changed over: only the current token and key are good from now on."""
    with siyu().database.writing() as session:
        known = session.get(accounts.Channel, channel_id) or abort(404)
        forgotten = accounts.forget_previous(session, channel_id, siyu().vault)
        if not forgotten:
            abort(409)
        subject, now = f"channel:{known.key}", siyu().clock()
        details = {"forgotten": forgotten}
        operators.record(session, operator_id(), "channel.forget", subject, details, now)
    flash(_("已忘记上一个密钥，只认现在的。"))
    return go("channel", channel_id=channel_id)


@console.post("/channels/<int:channel_id>/secrets")
def reveal_secrets(channel_id: int) -> Answer:
    """The credentials, which goes on record."""
    with siyu().database.writing() as session:
        channel = session.get(accounts.Channel, channel_id) or abort(404)
        opened = channel.secrets(siyu().vault)
        now, subject = siyu().clock(), f"channel:{channel.key}"
        operators.record(session, operator_id(), "channel.reveal", subject, {}, now)
    return page("platforms/_secrets.html", secrets=opened)


def _save(form: ChannelForm, kind: Kind) -> bool:
    told = ("key", "name", "appid", "original_id", "api_base_url")
    try:
        with siyu().database.writing() as session:
            accounts.add(
                session,
                kind=kind,
                **{name: _told(form, name) for name in told},
                secrets=channel_forms.parts_in(form, SHAPES[kind].secrets),
                settings=channel_forms.parts_in(form, SHAPES[kind].settings),
                vault=siyu().vault,
                now=siyu().clock(),
            )
            subject = f"channel:{form.key.data}"
            operators.record(session, operator_id(), "channel.add", subject, {}, siyu().clock())
    except accounts.KeyTaken:
        form.key.errors = [_("已有这个标识的渠道账号。")]
        return False
    except (accounts.MissingPart, accounts.BadPart) as wrong:
        form[str(wrong)].errors = [_("填写有误")]
        return False
    return True


def _change(form: ChangedChannelForm, known: accounts.Channel) -> bool:
    shape = SHAPES[Kind(known.kind)]
    try:
        with siyu().database.writing() as session:
            changed = accounts.change(
                session,
                known.id,
                vault=siyu().vault,
                secrets=channel_forms.parts_in(form, shape.secrets),
                settings=channel_forms.parts_in(form, shape.settings),
                name=(form.name.data or "").strip(),
                api_base_url=_told(form, "api_base_url"),
            )
            subject, now = f"channel:{known.key}", siyu().clock()
            if changed:  # the names only, never a secret itself
                details = {"changed": changed}
                operators.record(session, operator_id(), "channel.change", subject, details, now)
    except (accounts.MissingPart, accounts.BadPart) as wrong:
        form[str(wrong)].errors = [_("填写有误")]
        return False
    return True


def _told(form: FlaskForm, name: str) -> str:
    """Not every kind has every field."""
    return (form[name].data or "").strip() if name in form else ""


def _opened(channel: accounts.Channel) -> Mapping[str, str] | None:
    """None when the secrets were sealed under another key, see ``doctor``."""
    try:
        return channel.secrets(siyu().vault)
    except CannotOpen:
        return None
