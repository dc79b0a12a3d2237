"""Calls to the WeChat API that carry an access token, for official accounts and mini-programs;
those to WeCom differ in how the token is got, see ``wecom.api``."""

from collections.abc import Mapping
from typing import Any

from bots import answers, wire
from bots.accounts import Account
from bots.answers import STALE_TOKEN_CODES, TokenRefused
from bots.error_tables import OFFICIAL_ACCOUNT, ErrorTable
from bots.messages import Answer
from bots.tokens import Token, TokenStore
from bots.wire import NotSent, PlatformUnavailable, Unanswered


class PlatformRefused(Exception):
    """The platform answered a question with an error code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{reason} ({code})")
        self.code, self.reason = code, reason


def checked(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer, if it is one. Raises PlatformRefused if it is an error code."""
    code = answer.get("errcode", 0)
    if code != 0:
        raise PlatformRefused(code, answers.classify(code).reason)
    return answer


class Calls:
    """How many calls one question may still cost, whatever it is asked again for."""

    def __init__(self, left: int = 2) -> None:
        self.left = left

    def take(self) -> bool:
        """Uses up one of them; False when there is none left."""
        self.left -= 1
        return self.left >= 0


class WeChatApi:
    """One account's way to the API. At most two calls per question: when the token is refused it is
    renewed once, and what the platform answers then is the answer."""

    def __init__(
        self, account: Account, tokens: TokenStore, http: wire.Connections | None = None
    ) -> None:
        self._account = account
        self._tokens = tokens
        self._http = http or wire.connections_to(account.api_base_url)

    def ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | wire.Form | None = None,
        calls: Calls | None = None,
    ) -> dict[str, Any]:
        """What the platform answers, be it an error code. ``calls`` is given by who may ask again.
        Raises PlatformUnavailable: NotSent and TokenRefused if nothing was asked, Unanswered if the
        platform may have acted."""
        calls = calls or Calls()
        calls.take()
        token = self._tokens.token_of(self._account, self._fetch)
        answer = self._call(method, path, {**(params or {}), "access_token": token}, body)
        if answer.get("errcode") not in STALE_TOKEN_CODES:
            return answer
        fresh = self._tokens.refresh(self._account, token, self._fetch)
        if fresh is None or not calls.take():
            return answer
        return self._call(method, path, {**(params or {}), "access_token": fresh}, body)

    def tell(
        self, path: str, body: Mapping[str, Any], id_field: str, calls: Calls | None = None
    ) -> Answer:
        """Say something: what the platform made of it. Raises nothing."""
        try:
            answer = self.ask("POST", path, body=body, calls=calls)
            return answers.of_reply(answer, id_field=id_field)
        except PlatformUnavailable as failure:
            return answers.of_failure(failure)

    def ask_for_picture(self, path: str, body: Mapping[str, Any]) -> wire.File:
        """Raises PlatformRefused, PlatformUnavailable."""
        token = self._tokens.token_of(self._account, self._fetch)
        answer = self._picture(path, token, body)
        if isinstance(answer, dict) and answer.get("errcode") in STALE_TOKEN_CODES:
            fresh = self._tokens.refresh(self._account, token, self._fetch)
            answer = self._picture(path, fresh, body) if fresh else answer
        if isinstance(answer, dict):
            checked(answer)
            raise Unanswered("no picture")
        return answer

    def ask_for_token(self) -> None:
        """See whether our credentials are good enough for an access token; it is the stable one,
        so nobody loses theirs. Raises PlatformUnavailable: TokenRefused if they are not."""
        self._fetch(force=False)

    def ask_openly(self, path: str, params: Mapping[str, str]) -> dict[str, Any]:
        """The same for the few questions that take our secret instead of a token."""
        secrets = {"appid": self._account.appid, "secret": self._account.secret}
        return self._call("GET", path, {**params, **secrets}, None)

    def look(self, path: str, params: Mapping[str, str]) -> dict[str, Any]:
        """The same for questions that carry whatever proof they need themselves."""
        return self._call("GET", path, params, None)

    def _fetch(self, *, force: bool) -> Token:
        body = {
            "grant_type": "client_credential",
            "appid": self._account.appid,
            "secret": self._account.secret,
            "force_refresh": force,
        }
        try:
            answer = self._call("POST", "/cgi-bin/stable_token", {}, body)
        except Unanswered as error:
            # Whatever became of the token, the message itself has not been sent.
            raise NotSent(f"no access token: {error}") from None
        return token_in(answer)

    def _picture(
        self, path: str, token: str, body: Mapping[str, Any]
    ) -> wire.File | dict[str, Any]:
        url = self._account.api_base_url.rstrip("/") + path
        return wire.fetch(self._http, "POST", url, params={"access_token": token}, body=body)

    def _call(
        self,
        method: str,
        path: str,
        params: Mapping[str, str],
        body: Mapping[str, Any] | wire.Form | None,
    ) -> dict[str, Any]:
        url = self._account.api_base_url.rstrip("/") + path
        return wire.call(self._http, method, url, params=params, body=body)


def token_in(answer: Mapping[str, Any], table: ErrorTable = OFFICIAL_ACCOUNT) -> Token:
    """The token that was given. Raises TokenRefused, and NotSent when nothing can be read."""
    value, expires_in_s = answer.get("access_token"), answer.get("expires_in")
    if isinstance(value, str) and value and isinstance(expires_in_s, int):
        return Token(value, expires_in_s)
    code = answer.get("errcode")
    if isinstance(code, int) and code != 0:
        raise TokenRefused(code, str(answer.get("errmsg", "")), table)
    raise NotSent("no access token: broken answer")
