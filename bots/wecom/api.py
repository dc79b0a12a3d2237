"""Calls to the WeCom API as one app of a corp.

Official documentation: "Getting an access_token": a token belongs to the corp and the app, and who
asks again while it is valid gets the same one. So there is nothing to be forced, and a token that
is refused is asked for once more.
"""

from dataclasses import replace

from bots import wire
from bots.accounts import Account
from bots.error_tables import WECOM_TOKENS
from bots.tokens import Token, TokenStore
from bots.wechat_api import WeChatApi, token_in
from bots.wire import NotSent, Unanswered


class WeComApi(WeChatApi):
    """At most two calls per question, as for the other platforms. ``agent_id`` is the app's,
    ``account`` what else is known of it."""

    def __init__(
        self, account: Account, tokens: TokenStore, http: wire.Connections | None = None
    ) -> None:
        self.account = account
        self.corp_id, self.agent_id = account.appid, account.settings.get("agent_id", "")
        of_the_app = replace(account, appid=f"{self.corp_id}/{self.agent_id}")
        super().__init__(of_the_app, tokens, http)

    def _fetch(self, *, force: bool) -> Token:
        secrets = {"corpid": self.corp_id, "corpsecret": self._account.secret}
        try:
            answer = self._call("GET", "/cgi-bin/gettoken", secrets, None)
        except Unanswered as error:
            raise NotSent(f"no access token: {error}") from None
        return token_in(answer, WECOM_TOKENS)
