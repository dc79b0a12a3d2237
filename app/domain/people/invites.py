"""Invite codes 邀请码: short, the member's own, and not to be guessed.

The member's number in base 32, followed by 40 bits that only the vault's key makes. The alphabet
is Crockford's: no I, L, O and U, so a code can be read out and typed again.
"""

import hmac

from app.domain.vault import Vault

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CHECK_LENGTH = 8
LENGTH_MAX = CHECK_LENGTH + 13  # thirteen digits hold any id of the database
LOOK_ALIKES = str.maketrans("ILO", "110")


def code_of(member_id: int, vault: Vault) -> str:
    return _digits(member_id) + _check(member_id, vault)


def member_id_in(code: str, vault: Vault) -> int | None:
    """Whose code this is, in any case and with look-alikes mixed up; None when it is nobody's."""
    read = code.strip().upper().translate(LOOK_ALIKES)
    digits, check = read[:-CHECK_LENGTH], read[-CHECK_LENGTH:]
    if not digits or len(read) > LENGTH_MAX or not set(read) <= set(ALPHABET):
        return None
    member_id = sum(ALPHABET.index(digit) << 5 * place for place, digit in enumerate(digits[::-1]))
    return member_id if hmac.compare_digest(_check(member_id, vault), check) else None


def _digits(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 32)
        digits = ALPHABET[digit] + digits
    return digits


def _check(member_id: int, vault: Vault) -> str:
    bits = int(vault.blind_index(f"invite:{member_id}")[:10], 16)
    return _digits(bits).rjust(CHECK_LENGTH, ALPHABET[0])
