"""The sandbox's envelope, against known answers."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.sandbox.crypto import Envelope, NotSealedForUs, signature

VECTORS = json.loads((Path(__file__).parent / "vectors" / "wechat.json").read_text())
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


def opened(envelope: Envelope, vector: dict[str, Any], **changed: str) -> bytes:
    names = ("msg_signature", "timestamp", "nonce", "encrypt")
    return envelope.open(**{**{name: vector[name] for name in names}, **changed})


def envelope_of(vector: dict[str, Any], receive_id: str | None = None) -> Envelope:
    return Envelope(vector["token"], vector["encoding_aes_key"], receive_id or vector["receiveid"])


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_known_envelopes_open_to_their_text(vector: dict[str, Any]) -> None:
    assert opened(envelope_of(vector), vector).decode() == vector["plaintext"]


@pytest.mark.parametrize(
    "vector", [v for v in VECTORS if v["kind"] == "encrypt"], ids=lambda vector: vector["id"]
)
def test_known_texts_are_sealed_to_the_byte(vector: dict[str, Any]) -> None:
    sealed = envelope_of(vector).seal(
        vector["plaintext"].encode(),
        timestamp=vector["timestamp"],
        nonce=vector["nonce"],
        random16=vector["random16"].encode(),
    )
    assert sealed == (vector["encrypt"], vector["msg_signature"])


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_an_envelope_for_another_account_does_not_open(vector: dict[str, Any]) -> None:
    with pytest.raises(NotSealedForUs):
        opened(envelope_of(vector, receive_id="wx_somebody_else"), vector)


@given(plain=st.binary(max_size=300), receive_id=st.text(min_size=1, max_size=40))
def test_what_is_sealed_opens_again(plain: bytes, receive_id: str) -> None:
    envelope = Envelope("token", KEY, receive_id)
    encrypt, msg_signature = envelope.seal(plain, timestamp="1", nonce="2")
    again = envelope.open(msg_signature=msg_signature, timestamp="1", nonce="2", encrypt=encrypt)
    assert again == plain


@given(encrypt=st.text(max_size=200))
def test_nonsense_with_a_right_signature_is_refused_and_nothing_else(encrypt: str) -> None:
    right = signature("token", "1", "2", encrypt)
    with pytest.raises(NotSealedForUs):
        Envelope("token", KEY, "wx1").open(
            msg_signature=right, timestamp="1", nonce="2", encrypt=encrypt
        )


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="43 characters"):
        Envelope("token", KEY[:39], "wx1")
