"""Opting out 退订 and coming back; and the token of a link that says whose it is, signed by us.

What she is spared is what she did not ask for, see ``sop.manners``; over direct lines, everything.
Each change is kept among her consents, with the event that made it; an operator's is audited.
"""

from datetime import datetime

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.orm import Session

from app.domain.people import consents, members
from app.domain.people.members import Member

MARKETING = "marketing"


def stop(session: Session, member: Member, event_id: int | None, now: datetime) -> None:
    members.opt_out(member, now)
    consents.refuse(session, member.id, MARKETING, "", event_id, now)


def come_back(session: Session, member: Member, event_id: int | None, now: datetime) -> None:
    members.come_back(member)
    consents.give(session, member.id, MARKETING, "", event_id, now)


class OptOutSigner:
    """Makes and reads the tokens of ``/h5/opt-out/<token>``. They do not expire: whoever finds an
    old mail may still want no more of them."""

    def __init__(self, secret: str):
        self._serializer = URLSafeSerializer(secret, salt="opt-out")

    def token(self, member_id: int) -> str:
        return str(self._serializer.dumps(member_id))

    def read(self, token: str) -> int | None:
        """The member's id; None for whatever is not a token of ours."""
        try:
            member_id = self._serializer.loads(token)
        except BadSignature:
            return None
        return member_id if isinstance(member_id, int) else None
