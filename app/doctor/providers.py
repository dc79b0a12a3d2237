"""A provider of SMS, mail or calls: does it answer, and does it know us? It tells nobody."""

from app.doctor.findings import Trouble
from app.domain.people.channels import Channel, Kind
from app.wiring import Siyu
from bots.messages import Answer, Outcome

WORDS = {
    "bad_secret": (
        "凭据不正确。请到平台后台核对密钥（邮件是用户名和密码）",
        "the credentials are wrong: compare them with the platform's console",
    ),
    "clock_skew": (
        "签名时间被拒绝。请开启本机的时间同步（NTP）",
        "the signature's time is refused: switch on time synchronisation (NTP)",
    ),
    "address_not_allowed": (
        "本机 IP 不在白名单。请到平台后台添加它",
        "this machine's IP is not allowed: add it in the platform's console",
    ),
    "no_right": (
        "没有权限或产品未开通。请到平台后台开通并授权",
        "no right, or the product is not activated: activate it in the platform's console",
    ),
    "no_money_left": (
        "账户余额不足。请充值",
        "no money is left in the account: top it up",
    ),
    "bad_appid": (
        "应用 ID 不正确。请到平台后台核对",
        "the application's id is wrong: compare it with the platform's console",
    ),
    "bad_certificate": (
        "邮件服务器的证书无效。请核对服务器名，或请服务商更新证书",
        "the mail server's certificate is not valid: check its name, or have it renewed",
    ),
    "not_offered": (
        "邮件服务器不支持所选的加密或登录。请核对端口和加密方式",
        "the mail server does not offer that encryption or login: check port and encryption",
    ),
}


def provider_answers(siyu: Siyu, channel: Channel) -> Trouble | None:
    answer = siyu.provider(channel).probe()
    if answer.outcome in (Outcome.ACCEPTED, Outcome.REFUSED, Outcome.PARKED):
        return None  # refused: a call to nobody, which it understood
    return _trouble(channel, answer)


def _trouble(channel: Channel, answer: Answer) -> Trouble:
    name = answer.reason.partition(":")[0]
    if name in WORDS:
        zh, en = WORDS[name]
        return Trouble(f"{zh}（{answer.reason}）", f"{en} ({answer.reason})")
    where = channel.api_base_url
    if channel.kind == Kind.MAIL:
        where = f"{channel.settings['host']}:{channel.settings['port']}"
    return Trouble(
        f"{where} 没有给出有效回答（{answer.reason}）。请检查地址、网络和代理",
        f"no valid answer from {where} ({answer.reason}): check the address, the network and the "
        "proxy",
    )
