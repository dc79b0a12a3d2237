"""WeChat mini-programs (小程序): who has come, her phone number, and what we answer her.

Official documentation: "code2Session", "getPhoneNumber". Both codes are made by the member's phone,
live for 5 minutes and work once; they are not interchangeable.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bots import answers, subscriptions, wire
from bots.accounts import Account
from bots.media import MediaStore
from bots.messages import Answer, Outcome, Outgoing
from bots.mini_program import customer_messages, member_data
from bots.mini_program.ways_in import WaysIn
from bots.tokens import TokenStore
from bots.wechat_api import Calls, WeChatApi, checked
from bots.wechat_media import Media
from bots.wire import PlatformUnavailable, Unanswered

_WRONG_SESSION_KEY = 87009
_IN_A_PROFILE = 1  # where the text is to be shown


class CodeRefused(Exception):
    """The platform does not accept the code: it is wrong, used or too old. Ask for a new one."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{reason} ({code})")
        self.code, self.reason = code, reason


@dataclass(frozen=True, slots=True)
class Session:
    """``session_key`` never leaves the server; ``unionid`` is there if the account is bound to an
    Open Platform account."""

    openid: str
    session_key: str = field(repr=False)
    unionid: str | None = None


class Client:
    """Asks as one mini-program. Make one per account and keep it: it holds the connections."""

    def __init__(
        self,
        account: Account,
        tokens: TokenStore,
        http: wire.Connections | None = None,
        media: MediaStore | None = None,
    ) -> None:
        self._account = account
        self.api = self._api = WeChatApi(account, tokens, http)
        self._media = Media(account, self._api, media)
        self.ways_in = WaysIn(self._api)

    def ask_for_token(self) -> None:
        """Raises PlatformUnavailable: TokenRefused if our credentials are not good enough."""
        self._api.ask_for_token()

    def repeatable(self, way: str) -> bool:
        """Neither customer-service nor subscribe messages know an idempotency key."""
        return False

    def send(self, outgoing: Outgoing) -> Answer:
        """Send one customer-service message, into the conversation that the member has opened in
        the mini-program. Raises nothing."""
        if outgoing.to_group:
            return Answer(Outcome.REFUSED, reason="no_groups_here")
        if outgoing.way == subscriptions.WAY:
            return subscriptions.send_as_mini_program(self._api, outgoing)
        return self._media.said(
            outgoing, lambda content, calls: self._say(outgoing, content, calls)
        )

    def session_of(self, code: str) -> Session:
        """Whose login code this is. Raises CodeRefused, PlatformUnavailable."""
        params = {"js_code": code, "grant_type": "authorization_code"}
        answer = _accepted(self._api.ask_openly("/sns/jscode2session", params))
        return Session(
            openid=_text(answer, "openid"),
            session_key=_text(answer, "session_key"),
            unionid=str(answer["unionid"]) if answer.get("unionid") else None,
        )

    def phone_of(self, code: str) -> str:
        """The phone number a member has agreed to give: ``13812345678`` in mainland China,
        ``+85261234567`` elsewhere. Raises CodeRefused, PlatformUnavailable."""
        path = "/wxa/business/getuserphonenumber"
        answer = _accepted(self._api.ask("POST", path, body={"code": code}))
        phone = answer.get("phone_info")
        if not isinstance(phone, Mapping):
            raise Unanswered("no phone_info")
        watermark = phone.get("watermark")
        if not isinstance(watermark, Mapping) or watermark.get("appid") != self._account.appid:
            raise CodeRefused(0, "code_of_another_appid")
        number, country = _text(phone, "purePhoneNumber"), str(phone.get("countryCode", "86"))
        return number if country == "86" else f"+{country}{number}"

    def session_is_good(self, session: Session) -> bool:
        """Whether the platform still knows her session_key. Raises PlatformUnavailable."""
        answer = self._api.ask("GET", "/wxa/checksession", params=_proof(session))
        code = answer.get("errcode")
        if code not in (0, _WRONG_SESSION_KEY):
            raise PlatformUnavailable(f"{answers.classify(code or 0).reason} ({code})")
        return bool(code == 0)

    def renew_session(self, session: Session) -> Session:
        """A new session_key for her; the old one opens nothing from now on. Raises
        PlatformRefused, PlatformUnavailable."""
        path = "/wxa/resetusersessionkey"
        answer = checked(self._api.ask("GET", path, params=_proof(session)))
        return replace(session, session_key=_text(answer, "session_key"))

    def text_is_fit(self, text: str, openid: str) -> bool:
        """Whether the platform finds that others may read what she wrote about herself; what it is
        not sure of may not be shown. Raises PlatformRefused, PlatformUnavailable."""
        asked = {"content": text, "version": 2, "scene": _IN_A_PROFILE, "openid": openid}
        answer = checked(self._api.ask("POST", "/wxa/msg_sec_check", body=asked))
        verdict = answer.get("result")
        if not isinstance(verdict, Mapping):
            raise Unanswered("no result")
        return verdict.get("suggest") == "pass"

    def _say(self, outgoing: Outgoing, content: Mapping[str, Any], calls: Calls) -> Answer:
        said = customer_messages.written(outgoing.kind, content)
        if isinstance(said, Answer):
            return said
        body = {"touser": outgoing.recipient, **said}
        return self._api.tell(customer_messages.API, body, "msgid", calls)


def _proof(session: Session) -> dict[str, str]:
    signature = member_data.signature_of_nothing(session.session_key)
    return {"openid": session.openid, "signature": signature, "sig_method": "hmac_sha256"}


def _accepted(answer: dict[str, Any]) -> dict[str, Any]:
    code = answer.get("errcode", 0)
    verdict = answers.classify(code)
    if verdict.outcome is Outcome.REFUSED:
        raise CodeRefused(code, verdict.reason)
    if verdict.outcome is not Outcome.ACCEPTED:
        raise PlatformUnavailable(f"{verdict.reason} ({code})")
    return answer


def _text(answer: Mapping[str, Any], name: str) -> str:
    value = answer.get(name)
    if not isinstance(value, str) or not value:
        raise Unanswered(f"no {name}")
    return value
