"""Conversations: while somebody of ours is talking with a member, no marketing comes between.

An agent may take her over at a platform, write to her, or say so in the console. How long a
conversation lasts after the last word is the operators' to say, see ``sop.manners``.
"""

from datetime import datetime, timedelta

from app.domain.people.member_records import AnyMember
from app.domain.people.members import Member

SESSION_MAX = timedelta(hours=12)  # a platform's word that a session has ended may be lost


def attend(member: Member, by: str, until: datetime) -> None:
    """``by`` is talking with her until then, if nothing comes; a longer conversation stays."""
    if member.attended_until is None or member.attended_until < until:
        member.attended_until = until
    member.attended_by = by


def end(member: Member) -> None:
    """Nobody is talking with her any more."""
    member.attended_until = member.attended_by = None


def is_open(member: AnyMember, now: datetime) -> bool:
    return member.attended_until is not None and member.attended_until > now
