"""Addressed: a provider's client that is told members, not numbers.

What is put into the outbox names the member alone, ``member:5``. Her number or address is unsealed
here, at the moment of sending, outside any transaction, and goes nowhere but to the provider.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from app.db import Database
from app.domain.people import addresses, members
from app.programme import Programme
from bots.messages import Answer, Outcome, Outgoing


class Client(Protocol):
    def repeatable(self, way: str) -> bool: ...
    def send(self, outgoing: Outgoing) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Addressed:
    client: Client
    medium: str
    database: Database
    programme: Programme

    def repeatable(self, way: str) -> bool:
        return self.client.repeatable(way)

    def send(self, outgoing: Outgoing) -> Answer:
        """Raises CannotOpen when her number was sealed under another key."""
        member_id = int(outgoing.recipient.removeprefix("member:"))
        with self.database.reading() as session:
            member = members.get(session, member_id)
            address = ADDRESS[self.medium](member, self.programme.vault)
        if address is None:
            return Answer(Outcome.REFUSED, reason="not_reachable")
        content = dict(outgoing.content)
        if self.medium == "mail":
            content["opt_out_url"] = self.programme.opt_out_url(member.id)
        return self.client.send(replace(outgoing, recipient=address, content=content))


ADDRESS: dict[str, Callable[..., str | None]] = {
    "sms": members.phone_of,
    "voice": members.phone_of,
    "mail": addresses.email_of,
}
