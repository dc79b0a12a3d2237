"""Channels: our accounts on the platforms. Credentials are masked; showing them is audited."""

from collections.abc import Mapping

from flask import abort, flash
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import URL, InputRequired, Length, Regexp

from app.console.frame import Answer, console, go, operator_id, page, siyu
from app.domain.people import channels as accounts
from app.domain.people import operators
from app.domain.people.channels import Kind
from app.domain.vault import CannotOpen

KINDS = {
    Kind.OFFICIAL_ACCOUNT: _l("公众号"),
    Kind.MINI_PROGRAM: _l("小程序"),
    Kind.GROUP_GATEWAY: _l("社群网关"),
}


SECRETS = ("token", "encoding_aes_key", "secret")
KEPT = _l("空着就不变")
AES_KEY = Regexp(r"([A-Za-z0-9+/]{43})?\Z", message=_l("43 个字母和数字"))


class ChannelForm(FlaskForm):
    kind = SelectField(
        _l("类型"),
        choices=[SelectChoice(kind, label) for kind, label in KINDS.items()],
    )
    name = StringField(_l("名称"), [InputRequired(), Length(max=60)])
    key = StringField(
        _l("标识"),
        [InputRequired(), Regexp(r"[a-z0-9][a-z0-9-]{1,38}\Z", message=_l("小写字母、数字和 -"))],
        description=_l("回调地址的最后一段，例如 my-shop"),
    )
    appid = StringField(
        "AppID", [InputRequired(), Length(max=64)], description=_l("社群网关填账号 ID")
    )
    original_id = StringField(
        _l("原始 ID"), [Length(max=64)], description=_l("gh_ 开头，只有公众号有")
    )
    api_base_url = StringField(
        _l("接口地址"),
        [InputRequired(), URL(require_tld=False)],
        default="https://api.weixin.qq.com",
    )
    token = StringField("Token", [Length(max=64)], description=_l("只有公众号需要"))
    encoding_aes_key = StringField(
        "EncodingAESKey", [AES_KEY], description=_l("43 个字符，只有公众号需要")
    )
    secret = PasswordField("AppSecret", [InputRequired(), Length(max=200)])


class ChangedChannelForm(FlaskForm):
    """An existing channel: secrets are never shown, and stay when they are left empty."""

    name = ChannelForm.name
    api_base_url = ChannelForm.api_base_url
    token = StringField("Token", [Length(max=64)], description=KEPT)
    encoding_aes_key = StringField("EncodingAESKey", [AES_KEY], description=KEPT)
    secret = PasswordField("AppSecret", [Length(max=200)], description=KEPT)


@console.get("/channels")
def channels() -> Answer:
    with siyu().database.reading() as session:
        return page(
            "channels.html",
            channels=accounts.all_of(session),
            callback_base=f"{siyu().settings.public_base_url}/callback/",
            kinds=KINDS,
            needed=accounts.NEEDED,
        )


@console.route("/channels/new", methods=["GET", "POST"])
def new_channel() -> Answer:
    form = ChannelForm()
    if form.validate_on_submit() and _save(form):
        flash(_("已添加。请把回调地址和凭据填到平台的后台。"))
        return go("channels")
    return page("channel_form.html", form=form)


@console.route("/channels/<int:channel_id>", methods=["GET", "POST"])
def channel(channel_id: int) -> Answer:
    """What can change of a channel; its key and what it is on the platform stay."""
    with siyu().database.reading() as session:
        known = session.get(accounts.Channel, channel_id) or abort(404)
    opened = _opened(known)
    form = ChangedChannelForm(data={"name": known.name, "api_base_url": known.api_base_url})
    for unneeded in set(SECRETS).difference(accounts.NEEDED[Kind(known.kind)]):
        del form[unneeded]
    if form.validate_on_submit() and opened is not None:
        _change(form, known)
        flash(_("已保存，从现在起生效。"))
        return go("channels")
    previous = [part for part in opened or () if part.startswith("previous_")]
    return page(
        "channel.html", form=form, channel=known, previous=previous, is_sealed=opened is None
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
    return page("_secrets.html", secrets=opened)


def _save(form: ChannelForm) -> bool:
    told = ("key", "kind", "name", "appid", "original_id", "api_base_url")
    try:
        with siyu().database.writing() as session:
            accounts.add(
                session,
                **{name: (form[name].data or "").strip() for name in told},
                secrets={name: (form[name].data or "").strip() for name in SECRETS},
                vault=siyu().vault,
                now=siyu().clock(),
            )
            subject = f"channel:{form.key.data}"
            operators.record(session, operator_id(), "channel.add", subject, {}, siyu().clock())
    except accounts.MissingSecret as missing:
        form[str(missing)].errors = [_("这种账号必须填写。")]
    except accounts.BadSecret as bad:
        form[str(bad)].errors = [_("43 个字母和数字")]
    except accounts.KeyTaken:
        form.key.errors = [_("已有这个标识的渠道账号。")]
    else:
        return True
    return False


def _change(form: ChangedChannelForm, known: accounts.Channel) -> None:
    told = {field.name: (field.data or "").strip() for field in form}
    told.pop("csrf_token", None)
    secrets = {part: told.pop(part) for part in SECRETS if part in told}
    with siyu().database.writing() as session:
        changed = accounts.change(session, known.id, vault=siyu().vault, secrets=secrets, **told)
        subject, now = f"channel:{known.key}", siyu().clock()
        if changed:  # the names only, never a secret itself
            details = {"changed": changed}
            operators.record(session, operator_id(), "channel.change", subject, details, now)


def _opened(channel: accounts.Channel) -> Mapping[str, str] | None:
    """None when the secrets were sealed under another key, see ``doctor``."""
    try:
        return channel.secrets(siyu().vault)
    except CannotOpen:
        return None
