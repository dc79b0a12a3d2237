"""WeChat official accounts (公众号): speaking. Customer-service messages, profiles and parametric
QR codes; what goes to many or by template has modules of its own.

Official documentation: "Customer service messages", "Account management".
"""

from collections.abc import Callable, Mapping
from typing import Any

from bots import subscriptions, wire
from bots.accounts import Account
from bots.media import MediaStore
from bots.messages import Answer, Outgoing
from bots.official_account import customer_service, mass, passive_replies, people, templates
from bots.official_account.customer_service import refused
from bots.tokens import TokenStore
from bots.wechat_api import WeChatApi, checked
from bots.wechat_media import Media

QR_EXPIRE_MAX_S = 2_592_000  # 30 days

# The ways that are no customer-service messages.
WAYS: Mapping[str, Callable[[WeChatApi, Outgoing], Answer]] = {
    mass.TO_MANY: mass.send,
    mass.TO_TAG: mass.send,
    mass.PREVIEW: mass.send,
    templates.WAY: templates.send,
    subscriptions.WAY: subscriptions.send_as_account,
}
REPEATABLE = frozenset({mass.TO_MANY, mass.TO_TAG, templates.WAY})


class Client:
    """Speaks as one account. Make one per account and keep it: it holds the connections."""

    def __init__(
        self,
        account: Account,
        tokens: TokenStore,
        http: wire.Connections | None = None,
        media: MediaStore | None = None,
    ) -> None:
        self.api = self._api = WeChatApi(account, tokens, http)
        self._media = Media(account, self._api, media)

    def send(self, outgoing: Outgoing) -> Answer:
        """Send one customer-service message. The platform has no idempotency key for these, so an
        ambiguous answer must not be tried again. Or ask who the recipient is, which sends nothing.
        Raises nothing."""
        if outgoing.to_group:
            return refused("no_groups_here")
        if outgoing.way in WAYS:
            return WAYS[outgoing.way](self._api, outgoing)
        if outgoing.kind in people.QUESTIONS:
            return people.answer(self._api, outgoing)
        if outgoing.kind == "typing":
            return customer_service.show_typing(self._api, outgoing)
        return customer_service.send(self._api, self._media, outgoing)

    def prepared(self, kind: str, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """The content of a passive reply, files of ours uploaded. Raises CannotReply."""
        return passive_replies.prepared(self._media, kind, content)

    def repeatable(self, way: str) -> bool:
        """Customer-service messages, previews and subscribe messages know no idempotency key."""
        return way in REPEATABLE

    def ask_for_token(self) -> None:
        """Raises PlatformUnavailable: TokenRefused if our credentials are not good enough."""
        self._api.ask_for_token()

    def member_profile(self, openid: str) -> dict[str, Any]:
        """What the platform tells of a follower: subscribe, unionid, subscribe_scene, qr_scene_str
        and so on; no nickname since 2021-12-27. Raises PlatformRefused, PlatformUnavailable."""
        return people.profile(self._api, openid)

    def create_qr(self, scene: str, expire_s: int | None) -> dict[str, Any]:
        """A parametric QR code: {ticket, url, expire_seconds}. Permanent without ``expire_s``
        (there can be 100,000), else for up to 30 days; ``scene`` has 1 to 64 characters.

        Raises ValueError for others, PlatformRefused, PlatformUnavailable."""
        if not 1 <= len(scene) <= 64:
            raise ValueError("a scene has 1 to 64 characters")
        if expire_s is not None and not 1 <= expire_s <= QR_EXPIRE_MAX_S:
            raise ValueError("a QR code lasts for 1 s to 30 days")
        name = "QR_LIMIT_STR_SCENE" if expire_s is None else "QR_STR_SCENE"
        lifetime = {} if expire_s is None else {"expire_seconds": expire_s}
        body = {"action_name": name, "action_info": {"scene": {"scene_str": scene}}, **lifetime}
        return checked(self._api.ask("POST", "/cgi-bin/qrcode/create", body=body))
