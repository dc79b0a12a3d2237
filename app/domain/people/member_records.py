"""Member records: what is asked of many members before each is told something, as plain rows. A
``Member`` costs six times as much to load."""

from datetime import datetime
from typing import NamedTuple

from app.domain.people.members import Member


class MemberRecord(NamedTuple):
    """The record of one id, be it absorbed or not."""

    id: int
    same_as_id: int | None
    zone: str | None
    tier_id: int | None
    left_at: datetime | None
    opted_out_at: datetime | None
    attended_until: datetime | None
    sealed_phone: bytes | None
    sealed_email: bytes | None


class IdentityRecord(NamedTuple):
    """The same of a member as one channel knows her."""

    id: int
    member_id: int
    external_id: str
    unfollowed_at: datetime | None


AnyMember = Member | MemberRecord
