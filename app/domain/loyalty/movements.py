"""Movements: what is decided about a member's points, as a value. ``booking`` writes it down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.loyalty.entries import Account, Cause, Content

_LIES_IN_LOTS = (Account.MEMBER, Account.PENDING)


@dataclass(frozen=True, slots=True)
class Part:
    """So much of a lot, taken (negative) or put back (positive)."""

    lot_id: int
    amount: int


@dataclass(frozen=True, slots=True)
class Opened:
    """A lot that is filled. ``pending_until`` is when its points can be spent, if not at once."""

    amount: int
    expires_at: datetime | None
    pending_until: datetime | None


@dataclass(frozen=True, slots=True)
class Flow:
    """Where points go, and the first moment at which the clock has to do with them."""

    postings: Mapping[Account, int]
    parts: Sequence[Part]
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Movement:
    """Points that go from account to account, and from lot to lot.

    ``due_at`` is the first moment at which the clock has to do with what it moved. Raises
    ValueError where it does not add up.
    """

    key: str
    kind: str
    member_id: int
    amount: int
    cause: Cause
    postings: Mapping[Account, int]
    growth: int = 0
    reverses_id: int | None = None
    opened: Opened | None = None
    parts: Sequence[Part] = ()
    due_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.amount <= 0:
            raise ValueError(f"{self.key}: an entry needs a positive amount, not {self.amount}")
        if total := sum(self.postings.values()):
            raise ValueError(f"{self.key}: double entry, but the postings sum to {total}")
        posted = sum(self.postings.get(account, 0) for account in _LIES_IN_LOTS)
        in_lots = sum(part.amount for part in self.parts)
        in_lots += self.opened.amount if self.opened else 0
        if posted != in_lots:
            raise ValueError(f"{self.key}: {posted} posted to her, {in_lots} in her lots")

    @property
    def content(self) -> Content:
        """What a second movement under its key must say, too."""
        return Content(
            *(self.kind, self.member_id, self.amount, self.growth),
            *(self.cause.rule, self.reverses_id),
        )

    @property
    def entry(self) -> dict[str, Any]:
        """What its entry says, by column; when it is booked, is the writer's to say."""
        return {
            "key": self.key,
            "kind": self.kind,
            "member_id": self.member_id,
            "amount": self.amount,
            "growth": self.growth,
            "rule": self.cause.rule,
            "rule_version": self.cause.rule_version,
            "event_id": self.cause.event_id,
            "reverses_id": self.reverses_id,
        }

    @property
    def change(self) -> dict[str, int]:
        """Of the member's balance: nothing but what is posted."""
        posted = self.postings.get
        return {
            "points": posted(Account.MEMBER, 0),
            "pending": posted(Account.PENDING, 0),
            "reserved": posted(Account.RESERVED, 0),
            "arrears": -posted(Account.ARREARS, 0),
            "growth": self.growth,
        }
