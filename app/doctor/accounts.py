"""A channel: can it be heard, can it speak, and does the platform let it?"""

from collections.abc import Callable, Iterator
from typing import Protocol
from urllib.parse import urlsplit

from app.doctor import probes
from app.doctor.findings import Finding, Said, Trouble
from app.doctor.providers import provider_answers
from app.domain.people import channels
from app.domain.people.channel_kinds import MEDIA
from app.domain.people.channels import Channel, Kind
from app.domain.vault import CannotOpen
from app.wiring import Siyu
from bots.answers import TokenRefused
from bots.messages import Outcome
from bots.official_account import people
from bots.wechat_api import PlatformRefused
from bots.wire import THIS_MACHINE, PlatformUnavailable

CLOCK_SKEW_MAX_S = 60
CUSTOMER_SERVICE = "/cgi-bin/message/custom/send"
CREDENTIALS = Said("凭据", "credentials")


class AsksForToken(Protocol):
    def ask_for_token(self) -> None:
        """Raises PlatformUnavailable: TokenRefused if our credentials are not good enough."""


def examine(siyu: Siyu, channel: Channel) -> Iterator[Finding]:
    """Nothing else can be looked at while the credentials do not open."""
    name = f"{channel.name} ({channel.key})"
    credentials = credentials_open(siyu, channel)
    yield Finding(_about(name, CREDENTIALS), credentials)
    if credentials is not None:
        return
    for about, (check, kinds) in CHECKS.items():
        if channel.kind in kinds:
            yield Finding(_about(name, about), check(siyu, channel))


def credentials_open(siyu: Siyu, channel: Channel) -> Trouble | None:
    try:
        channels.check_parts(channel.kind, {**channel.secrets(siyu.vault), **channel.settings})
    except CannotOpen:
        return Trouble(
            "凭据是用另一把密钥加密的。请恢复原来的 SIYU_SECRET_KEY 或 var/secret.key",
            "sealed under another key: put the original SIYU_SECRET_KEY or var/secret.key back",
        )
    except (channels.MissingPart, channels.BadPart) as error:
        option = f"--{str(error).replace('_', '-')}"
        return Trouble(
            f"{error} 缺少或不正确。请运行 channel change {channel.key} {option} …",
            f"{error} is missing or cannot be right: run channel change {channel.key} {option} …",
        )
    return None


def callbacks_are_safe(siyu: Siyu, channel: Channel) -> Trouble | None:
    if not channel.is_plaintext:
        return None
    return Trouble(
        "明文模式的回调谁都能伪造。请在平台后台和这里都改为安全模式",
        "callbacks in plaintext can be forged by anybody: "
        "switch to safe mode, in the platform's console and here",
    )


def quota_is_left(siyu: Siyu, channel: Channel) -> Trouble | None:
    if channel.parked_until is None or channel.parked_until <= siyu.clock():
        return _quota_there(siyu, channel)
    until = channel.parked_until.astimezone(siyu.settings.zone).isoformat(" ", "minutes")
    return Trouble(
        f"平台的当日配额已用完，到 {until} 自动继续",
        f"the platform's quota is used up; sending goes on at {until} by itself",
    )


def _quota_there(siyu: Siyu, channel: Channel) -> Trouble | None:
    """What the platform itself counts, where it tells."""
    if channel.kind != Kind.OFFICIAL_ACCOUNT:
        return None
    try:
        left = people.quota(siyu.official_account(channel).api, CUSTOMER_SERVICE)
    except (PlatformRefused, PlatformUnavailable, KeyError):
        return None  # why, the other checks say
    if left.get("remain") != 0:
        return None
    daily = left.get("daily_limit")
    return Trouble(
        f"客服消息接口今天的 {daily} 次调用已用完，明天零点恢复",
        f"today's {daily} calls for customer-service messages are used up, until midnight",
    )


def token_is_given(siyu: Siyu, channel: Channel) -> Trouble | None:
    try:
        _asking(siyu, channel).ask_for_token()
    except TokenRefused as refusal:
        return _token_trouble(refusal)
    except PlatformUnavailable as failure:
        return _unreachable(channel, str(failure))
    return None


def _asking(siyu: Siyu, channel: Channel) -> AsksForToken:
    match channel.kind:
        case Kind.MINI_PROGRAM:
            return siyu.mini_program(channel)
        case Kind.WECOM:
            return siyu.wecom(channel)
        case _:
            return siyu.official_account(channel)


def gateway_answers(siyu: Siyu, channel: Channel) -> Trouble | None:
    answer = siyu.group_gateway(channel).probe()
    if answer.outcome in (Outcome.ACCEPTED, Outcome.REFUSED):
        return None
    if answer.outcome is Outcome.MISCONFIGURED and answer.code:
        return Trouble(
            f"网关拒绝了我们的签名或账号（{answer.code}）。请核对账号 ID、密钥和两边的时钟",
            f"the gateway refuses our signature or account ({answer.code}): "
            "compare the account id, the secret and both clocks",
        )
    return _unreachable(channel, answer.reason)


def robot_is_known(siyu: Siyu, channel: Channel) -> Trouble | None:
    answer = siyu.group_robot(channel).probe()
    if answer.outcome in (Outcome.ACCEPTED, Outcome.REFUSED):
        return None
    if answer.outcome is Outcome.MISCONFIGURED and answer.code:
        return Trouble(
            f"平台不认识这个群机器人的 key（{answer.code}）。请从群机器人的 Webhook 地址重新复制",
            f"the platform does not know the robot's key ({answer.code}): "
            "copy it again from the robot's webhook address",
        )
    return _unreachable(channel, answer.reason)


def address_answers(siyu: Siyu, channel: Channel) -> Trouble | None:
    """Does our own check of the callback address, as WeChat makes it, get its echo back?"""
    account, public = siyu.account(channel), siyu.settings.public_base_url
    if not account.token:
        return None  # a mini-program need not have its messages pushed
    local = f"http://127.0.0.1:{siyu.settings.port}"
    outside = probes.echo(public, account, channel.kind, siyu.clock())
    if not outside:
        return _hidden(public) if _is_here(public) and not _is_here(channel.api_base_url) else None
    if not probes.echo(local, account, channel.kind, siyu.clock()):
        return Trouble(
            f"从 {public} 到不了本机（{outside}），而本机正常。请检查域名、证书、防火墙和反向代理",
            f"{public} does not lead here ({outside}), though the house itself answers: "
            "check the name, the certificate, the firewall and the reverse proxy",
        )
    return Trouble(
        f"{public} 没有正确回应（{outside}）。请启动 Procfile 里的 web，它要用同一个数据库和密钥",
        f"{public} does not answer as it should ({outside}): start `web` of the Procfile, "
        "on the same database and secret key",
    )


def clocks_agree(siyu: Siyu, channel: Channel) -> Trouble | None:
    """What the platform cannot tell us of its clock is no trouble of ours."""
    platform_at = probes.date_of(channel.api_base_url)
    skew_s = int((siyu.clock() - platform_at).total_seconds()) if platform_at else 0
    if abs(skew_s) <= CLOCK_SKEW_MAX_S:
        return None
    return Trouble(
        f"本机时钟与平台相差 {skew_s} 秒，签名会被拒绝。请开启时间同步（NTP）",
        f"this machine's clock is {skew_s} s off the platform's, so signatures will be refused: "
        "switch on time synchronisation (NTP)",
    )


Check = Callable[[Siyu, Channel], Trouble | None]
_CHECKS_ADDRESS = {Kind.OFFICIAL_ACCOUNT, Kind.MINI_PROGRAM, Kind.WECOM, Kind.SMART_BOT}
_HEARS = {*_CHECKS_ADDRESS, Kind.GROUP_GATEWAY}
_HAS_TOKEN = {Kind.OFFICIAL_ACCOUNT, Kind.MINI_PROGRAM, Kind.WECOM}
CHECKS: dict[Said, tuple[Check, set[Kind]]] = {
    Said("回调模式", "callback mode"): (callbacks_are_safe, _HEARS),
    Said("回调地址", "callback address"): (address_answers, _CHECKS_ADDRESS),
    Said("access token", "access token"): (token_is_given, _HAS_TOKEN),
    Said("网关", "gateway"): (gateway_answers, {Kind.GROUP_GATEWAY}),
    Said("群机器人", "group robot"): (robot_is_known, {Kind.GROUP_ROBOT}),
    Said("服务商", "provider"): (provider_answers, set(MEDIA)),
    Said("配额", "quota"): (quota_is_left, set(Kind)),
    Said("时钟", "clock"): (clocks_agree, set(Kind)),
}


def _about(name: str, part: Said) -> Said:
    return Said(f"{name} {part.zh}", f"{name} {part.en}")


def _is_here(url: str) -> bool:
    return urlsplit(url).hostname in THIS_MACHINE


def _hidden(public: str) -> Trouble:
    return Trouble(
        f"微信到不了 {public}。请把 SIYU_PUBLIC_URL 设为公网地址",
        f"WeChat cannot reach {public}: set SIYU_PUBLIC_URL to a public address",
    )


def _unreachable(channel: Channel, reason: str) -> Trouble:
    url = channel.api_base_url
    return Trouble(
        f"{url} 没有给出有效回答（{reason}）。请检查接口地址、网络和代理",
        f"no valid answer from {url} ({reason}): check the API address, the network and the proxy",
    )


def _token_trouble(refusal: TokenRefused) -> Trouble:
    code, said = refusal.code, refusal.said
    match code:
        case 40013:
            return Trouble(
                f"AppID 不正确（{code}）。请到平台后台核对",
                f"the AppID is wrong ({code}): compare it with the platform's console",
            )
        case 40125 | 40001:
            return Trouble(
                f"AppSecret 不正确（{code}）。请在平台后台重置后更新到这里",
                f"the AppSecret is wrong ({code}): reset it in the platform's console, "
                "then change it here",
            )
        case 60020:
            return Trouble(
                f"本机 IP 不是可信 IP（{code} {said}）。请到应用的“企业可信IP”添加它",
                f"this machine's IP is not trusted ({code} {said}): "
                "add it to the app's trusted IPs in WeCom's console",
            )
        case 40164:
            return Trouble(
                f"本机 IP 不在白名单（{code} {said}）。请到平台后台“IP 白名单”添加它",
                f"this machine's IP is not allowed ({code} {said}): "
                "add it to the IP allow-list in the platform's console",
            )
    return Trouble(
        f"平台不给 access token（{code} {said}）。请按平台的错误码说明处理",
        f"the platform gives no access token ({code} {said}): its documentation knows the code",
    )
