"""WeCom (企业微信): speaking. What is put names its way; each module here brings its own."""

from collections.abc import Mapping

from bots import wire
from bots.accounts import Account
from bots.media import MediaStore
from bots.messages import Answer, Outgoing
from bots.tokens import TokenStore
from bots.wecom import (
    app_messages,
    archive,
    contacts,
    group_welcomes,
    groups,
    kf,
    live_codes,
    moments,
    staff,
    staff_messages,
    tags,
    ways,
)
from bots.wecom.api import WeComApi
from bots.wecom.live_codes import Made, WayIn
from bots.wecom.media import Media
from bots.wecom.ways import Way

WAYS: Mapping[str, Way] = {
    **contacts.WAYS,
    **groups.WAYS,
    **staff.WAYS,
    **tags.WAYS,
    **kf.WAYS,
    **app_messages.WAYS,
    **archive.WAYS,
    **staff_messages.WAYS,
    **group_welcomes.WAYS,
    **moments.WAYS,
    **live_codes.WAYS,
}


class Client:
    """Speaks as one app. Make one per account and keep it: it holds the connections. ``media``
    finds the files in what is said."""

    def __init__(
        self,
        account: Account,
        tokens: TokenStore,
        http: wire.Connections | None = None,
        media: MediaStore | None = None,
    ) -> None:
        self.api = WeComApi(account, tokens, http)
        self._media = Media(account, self.api, media)

    def send(self, outgoing: Outgoing) -> Answer:
        """Say or ask one thing, the way it names. Raises nothing."""
        if outgoing.way not in WAYS:
            return ways.refused("way_not_offered")
        return self._media.said(outgoing, self._go)

    def repeatable(self, way: str) -> bool:
        return way in WAYS and WAYS[way].is_repeatable

    def ask_for_token(self) -> None:
        """Raises PlatformUnavailable: TokenRefused if our credentials are not good enough."""
        self.api.ask_for_token()

    def add_way_in(self, way_in: WayIn) -> Made:
        """A QR code that leads to staff or into groups. Raises BadWayIn, Refused."""
        return live_codes.add(self.api, way_in)

    def update_way_in(self, made: Made, way_in: WayIn) -> None:
        """The code leads elsewhere from now on. Raises BadWayIn, Refused."""
        live_codes.update(self.api, made, way_in)

    def delete_way_in(self, made: Made, leads_to_groups: bool) -> None:
        """The code leads nowhere any more. Raises Refused."""
        live_codes.delete(self.api, made, leads_to_groups)

    def _go(self, outgoing: Outgoing) -> Answer:
        try:
            return WAYS[outgoing.way].go(self.api, outgoing)
        except ways.Refused as refusal:
            return refusal.answer
        except KeyError as missing:
            return ways.refused(f"no_{missing.args[0]}")
