"""Mail addresses of members, sealed like their numbers, and whether she can be reached at all."""

from app.domain.people.member_records import AnyMember
from app.domain.people.members import Member
from app.domain.vault import Vault


def keep_email(member: Member, email: str, vault: Vault) -> None:
    """Two members may share an address, so it names nobody for certain; empty forgets it."""
    if not email:
        member.sealed_email = member.email_index = None
        return
    member.sealed_email = vault.seal(email, context=f"member:{member.id}:email")
    member.email_index = vault.blind_index(email.lower())


def email_of(member: Member, vault: Vault) -> str | None:
    if member.sealed_email is None:
        return None
    return vault.open(member.sealed_email, context=f"member:{member.id}:email")


def masked_email_of(member: Member, vault: Vault) -> str:
    """``a***@example.com``; empty when there is none."""
    name, at, domain = (email_of(member, vault) or "").partition("@")
    return f"{name[:1]}***{at}{domain}" if at else ""


def has_address(member: AnyMember, medium: str) -> bool:
    """Whether she can be reached by sms, voice or mail at all."""
    sealed = member.sealed_email if medium == "mail" else member.sealed_phone
    return sealed is not None
