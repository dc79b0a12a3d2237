"""Awards: what giving points comes to. Arrears are paid first, and the rest fills a lot."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.loyalty.entries import Account, Cause, Content
from app.domain.loyalty.movements import Movement, Opened


@dataclass(frozen=True, slots=True)
class Award:
    """What is to be given. ``growth`` is as much as ``amount`` unless it is said.

    Before ``available_at`` the points are pending.
    """

    member_id: int
    amount: int
    key: str
    cause: Cause
    growth: int | None = None
    expires_at: datetime | None = None
    available_at: datetime | None = None

    @property
    def content(self) -> Content:
        grown = self.amount if self.growth is None else self.growth
        return Content("award", self.member_id, self.amount, grown, self.cause.rule, None)


def decide(award: Award, arrears: int, now: datetime) -> Movement:
    """For a member who owes so much. Pending points pay no arrears."""
    pending_until = award.available_at if award.available_at and award.available_at > now else None
    paid_back = 0 if pending_until else min(arrears, award.amount)
    left = award.amount - paid_back
    account = Account.PENDING if pending_until else Account.MEMBER
    return Movement(
        award.key,
        "award",
        award.member_id,
        award.amount,
        award.cause,
        {Account.ISSUED: -award.amount, Account.ARREARS: paid_back, account: left},
        growth=award.content.growth,
        opened=Opened(left, award.expires_at, pending_until) if left else None,
        due_at=(pending_until or award.expires_at) if left else None,
    )
