"""Absorbing: two records of the same person become one."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.people import addresses, members
from app.domain.people.members import Identity, Member
from app.domain.vault import Vault


def absorb(session: Session, kept: Member, absorbed: Member, vault: Vault, now: datetime) -> None:
    """Makes one member of two records of the same person: ``kept`` gets the other's identities and
    whatever it does not know itself. The absorbed record stays, so that its id keeps its meaning
    and its history. The caller holds both."""
    unionid, phone = absorbed.unionid, members.phone_of(absorbed, vault)
    email = addresses.email_of(absorbed, vault)
    absorbed.unionid = absorbed.sealed_phone = absorbed.phone_index = None
    absorbed.sealed_email = absorbed.email_index = None
    session.execute(
        sa.update(Identity).where(Identity.member_id == absorbed.id).values(member_id=kept.id)
    )
    session.flush()  # what is unique is free from here on
    kept.unionid = kept.unionid or unionid
    if kept.sealed_phone is None and phone is not None:
        members.keep_phone(kept, phone, vault)
    if kept.sealed_email is None and email is not None:
        addresses.keep_email(kept, email, vault)
    _complete(kept, absorbed)
    absorbed.same_as_id, absorbed.left_at = kept.id, now


def _complete(kept: Member, absorbed: Member) -> None:
    if absorbed.nickname and (not kept.nickname or kept.signed_up_at is None):
        kept.nickname = absorbed.nickname
    if absorbed.left_at is None:
        kept.left_at = None
    for name in (
        "birthday_on",
        "live_code_id",
        "opted_out_at",
        "zone",
        "attended_until",
        "attended_by",
    ):
        setattr(kept, name, getattr(kept, name) or getattr(absorbed, name))
    if kept.inviter_id is None and absorbed.inviter_id != kept.id:
        kept.inviter_id = absorbed.inviter_id
    for name in ("joined_at", "signed_up_at"):
        moments = [at for at in (getattr(kept, name), getattr(absorbed, name)) if at is not None]
        setattr(kept, name, min(moments, default=None))
