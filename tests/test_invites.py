"""Invite codes: short, nobody else's, and not to be guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.people import invites
from app.domain.vault import Vault

VAULT = Vault(b"a secret of at least 16 bytes")
ids = st.integers(min_value=1, max_value=2**63 - 1)


@given(ids)
def test_a_code_names_its_member_however_it_is_typed(member_id: int):
    code = invites.code_of(member_id, VAULT)
    typed = f" {code.lower().replace('0', 'o').replace('1', 'l')} "
    assert invites.member_id_in(typed, VAULT) == member_id
    assert len(code) <= invites.LENGTH_MAX


@given(ids, ids)
def test_a_member_cannot_make_another_s_code_from_her_own(mine: int, theirs: int):
    check = invites.code_of(mine, VAULT)[-invites.CHECK_LENGTH :]
    digits = invites.code_of(theirs, VAULT)[: -invites.CHECK_LENGTH]
    assert invites.member_id_in(digits + check, VAULT) in ((mine,) if mine == theirs else (None,))


@given(st.text())
def test_what_is_no_code_is_nobody_s(text: str):
    assert invites.member_id_in(text, VAULT) is None


@pytest.mark.parametrize("member_id", [1, 31, 32, 1_000_000])
def test_codes_are_short_and_of_this_house_only(member_id: int):
    code = invites.code_of(member_id, VAULT)
    assert len(code) <= 12
    assert invites.member_id_in(code, Vault(b"another secret, just as long")) is None
