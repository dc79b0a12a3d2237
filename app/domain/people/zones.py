"""Zones: by which clock a member lives, her own where it is known, else the programme's."""

from datetime import date, datetime
from zoneinfo import ZoneInfo, available_timezones

from app.domain.people.member_records import AnyMember
from app.domain.people.members import Member


class NoZone(ValueError):
    """No zone of the IANA has this name."""


def of(member: AnyMember, programme: ZoneInfo) -> ZoneInfo:
    return ZoneInfo(member.zone) if member.zone else programme


def day(member: AnyMember, programme: ZoneInfo, at: datetime) -> date:
    """The local day of a moment where she is."""
    return at.astimezone(of(member, programme)).date()


def is_known(name: str) -> bool:
    return name in available_timezones()


def keep(member: Member, name: str) -> None:
    """She lives by this clock; an empty name is the programme's. Raises NoZone."""
    if name and not is_known(name):
        raise NoZone(name)
    member.zone = name or None
