"""The forms of a channel: made from the table of kinds, so that a new kind needs no new form."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import URL, DataRequired, InputRequired, Length, Optional, Regexp

from app.domain.people import channel_kinds
from app.domain.people.channel_kinds import Kind, Part

KINDS = {
    Kind.OFFICIAL_ACCOUNT: _l("公众号"),
    Kind.MINI_PROGRAM: _l("小程序"),
    Kind.WECOM: _l("企业微信"),
    Kind.SMART_BOT: _l("企业微信智能机器人"),
    Kind.GROUP_ROBOT: _l("企业微信群机器人"),
    Kind.GROUP_GATEWAY: _l("社群网关"),
    Kind.SMS_TENCENT: _l("短信（腾讯云）"),
    Kind.SMS_ALIYUN: _l("短信（阿里云）"),
    Kind.MAIL: _l("邮件"),
    Kind.VOICE_TENCENT: _l("语音电话（腾讯云）"),
    Kind.VOICE_ALIYUN: _l("语音电话（阿里云）"),
}
LABELS = {
    "token": "Token",
    "encoding_aes_key": "EncodingAESKey",
    "secret": "Secret",
    "agent_id": "AgentID",
    "welcome": _l("加好友后的欢迎语"),
    "daily_report": _l("每日简报"),
    "reply_mode": _l("怎样回复会员"),
    "archive_url": _l("会话存档的数据地址"),
    "archive_secret": _l("会话存档 Secret"),
    "archive_private_key": _l("会话存档私钥（PEM）"),
    "secret_id": "SecretId",
    "sign_name": _l("短信签名"),
    "template_id": _l("默认模板 ID"),
    "region": _l("地域"),
    "called_show_number": _l("被叫显号"),
    "host": _l("SMTP 服务器"),
    "port": _l("端口"),
    "security": _l("加密"),
    "username": _l("用户名"),
    "reply_to": _l("回复地址"),
}
CHOICES: dict[str, Any] = {
    "off": _l("不发"),
    "daily": _l("每天早上九点发到群里"),
    "customer_service": _l("用客服消息（要有客服接口权限）"),
    "passive": _l("只在回调里被动回复（没有客服接口权限）"),
    "starttls": "STARTTLS",
    "tls": "TLS",
    "none": _l("不加密（只用于本机）"),
}
DESCRIPTIONS = {
    "encoding_aes_key": _l("43 个字母和数字"),
    "agent_id": _l("自建应用的 AgentId"),
    "welcome": _l("没有用活码、或活码没写欢迎语时发送"),
    "secret_id": _l("访问管理里的 SecretId；SecretKey 填在 Secret"),
    "sign_name": _l("已审核通过的签名，不带【】"),
    "template_id": _l("已审核通过的模板；每条消息也可以另选"),
    "region": _l("例如 ap-guangzhou；空着就是它"),
    "called_show_number": _l("已购买的号码；空着用公共号码"),
    "host": _l("例如 smtp.example.com"),
    "port": _l("STARTTLS 一般是 587，TLS 一般是 465"),
    "username": _l("空着就不登录；密码填在 Secret"),
    "reply_to": _l("会员回信寄到哪里；空着就是发信地址"),
}
APPIDS = {
    "name": _l("账号名（自己起）"),
    "account_id": _l("账号 ID"),
    "from_address": _l("发信地址"),
}
KEPT = _l("空着就不变")
KEY = Regexp(r"[a-z0-9][a-z0-9-]{1,38}\Z", message=_l("小写字母、数字和 -"))


class ChannelForm(FlaskForm):
    """What every channel has. The parts of its kind are added by ``new`` and ``existing``."""

    name = StringField(_l("名称"), [DataRequired(), Length(max=60)])
    key = StringField(
        _l("标识"), [InputRequired(), KEY], description=_l("回调地址的最后一段，例如 my-shop")
    )
    appid = StringField("AppID", [DataRequired(), Length(max=64)])
    original_id = StringField(
        _l("原始 ID"), [Length(max=64)], description=_l("gh_ 开头，只有公众号有")
    )
    api_base_url = StringField(_l("接口地址"), [InputRequired(), URL(require_tld=False)])


class ChangedChannelForm(FlaskForm):
    """An existing channel: secrets are never shown, and stay when they are left empty."""

    name = ChannelForm.name
    api_base_url = ChannelForm.api_base_url


def new(kind: Kind) -> ChannelForm:
    """The form of a channel that does not exist yet."""
    shape = channel_kinds.SHAPES[kind]
    parts = {part.name: _field(part) for part in shape.parts}
    form: ChannelForm = type("NewChannelForm", (ChannelForm,), parts)(
        data={"api_base_url": shape.api_base_url}
    )
    form.appid.label.text = str(APPIDS.get(shape.appid, shape.appid))
    if kind not in (Kind.OFFICIAL_ACCOUNT, Kind.MINI_PROGRAM):
        del form.original_id
    if not shape.api_base_url:
        del form.api_base_url
    return form


def existing(kind: Kind, shown: dict[str, Any]) -> ChangedChannelForm:
    """The form of a channel there is; ``shown`` is what may be read of it."""
    shape = channel_kinds.SHAPES[kind]
    parts = {part.name: _field(part, is_new=False) for part in shape.parts}
    form: ChangedChannelForm = type("KnownChannelForm", (ChangedChannelForm,), parts)(data=shown)
    if not shape.api_base_url:
        del form.api_base_url
    return form


def parts_in(form: FlaskForm, names: tuple[str, ...]) -> dict[str, str]:
    """What was given for these parts; a private key keeps its lines, the rest its one."""
    return {name: (form[name].data or "").strip() for name in names}


def _field(part: Part, *, is_new: bool = True) -> Any:
    label = LABELS.get(part.name, part.name)
    if part.choices:
        choices = [SelectChoice(choice, CHOICES.get(choice, choice)) for choice in part.choices]
        return SelectField(label, choices=choices, default=part.choices[0])
    must = InputRequired() if part.is_needed and is_new else Optional()
    described = DESCRIPTIONS.get(part.name, _l("填写有误"))
    checks = [must, Length(max=8000), Regexp(rf"(?:{part.pattern})\Z", message=described)]
    description = DESCRIPTIONS.get(part.name, "") if is_new else KEPT
    if part.lines:
        return TextAreaField(label, checks, description=description)
    is_hidden = part.name == "secret"
    kind = PasswordField if is_hidden else StringField
    return kind(label, checks, description=description)
