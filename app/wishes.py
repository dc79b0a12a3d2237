"""Wishes: what a member asks for at one of our doors, with her points. A wish has a word that her
page has chosen: the same word is the same wish, however often it is sent, and has the same outcome.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app import inbox, whereabouts
from app.domain.loyalty.spending import redemptions, refusals
from app.domain.people.members import Member
from app.domain.vault import Vault

REDEEM, DRAW = "redeem_asked", "draw_asked"


class OtherWish(Exception):
    """The same word was used for another wish before."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """``refused`` says why, in the words of ``rewards.Why`` and ``lotteries.Why``."""

    refused: str | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where goods go."""

    name: str
    phone: str
    address: str

    def sealed(self, vault: Vault, key: str) -> str:
        fields = {"name": self.name, "phone": self.phone, "address": self.address}
        return vault.seal_fields(fields, context=redemptions.delivery_context(key)).hex()


def redeem_key(member: Member, word: str) -> str:
    return f"redeem:{member.id}:{word}"


def draw_key(member: Member, word: str) -> str:
    return f"draw:{member.id}:{word}"


def put(
    session: Session,
    member: Member,
    *,
    kind: str,
    key: str,
    fields: Mapping[str, str],
    now: datetime,
) -> int | None:
    """Keeps a wish in her lane. Returns it, or None when it was there. Raises OtherWish; what is
    sealed anew each time makes no other wish of it."""
    known = inbox.by_key(session, key)
    if known is not None:
        if any(known.fields.get(name) != fields[name] for name in fields if name != "Sealed"):
            raise OtherWish(key)
        return None
    return whereabouts.receive(session, member.id, key=key, kind=kind, fields=fields, now=now)


def outcome(session: Session, key: str) -> Outcome | None:
    """What became of a wish; None as long as nobody has handled it."""
    event = inbox.by_key(session, key)
    if event is None or event.handled_at is None:
        return None
    return Outcome(refusals.of_event(session, event.id))
