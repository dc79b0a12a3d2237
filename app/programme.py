"""The programme: what every rule needs to know of the house it runs in, fixed for a process."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from app.domain.insight.form_tokens import FormSigner
from app.domain.insight.radar_tokens import RadarSigner
from app.domain.people.opt_outs import OptOutSigner
from app.domain.vault import Vault


@dataclass(frozen=True, slots=True)
class Programme:
    zone: ZoneInfo
    public_url: str
    radar_signer: RadarSigner
    vault: Vault
    opt_out_signer: OptOutSigner
    form_signer: FormSigner

    def business_day(self, moment: datetime) -> date:
        """The day a moment belongs to where the shop is."""
        return moment.astimezone(self.zone).date()

    def opt_out_url(self, member_id: int) -> str:
        return f"{self.public_url}/h5/opt-out/{self.opt_out_signer.token(member_id)}"

    def coupon_url(self, code: str) -> str:
        return f"{self.public_url}/h5/coupons/{code}"

    @property
    def rewards_url(self) -> str:
        return f"{self.public_url}/h5/rewards"

    def form_url(self, key: str, form_id: int, member_id: int) -> str:
        return f"{self.public_url}/h5/forms/{key}/{self.form_signer.token(form_id, member_id)}"

    def radar_url(self, link_id: int, member_id: int) -> str:
        return f"{self.public_url}/r/{self.radar_signer.token(link_id, member_id)}"

    def onward_url(self, link_id: int, reader_id: int) -> str:
        """The page as a reader of it passes it on."""
        return f"{self.public_url}/r/{self.radar_signer.onward(link_id, reader_id)}"
