"""The envelope against known answers, against itself, and against everything that is wrong."""

import base64
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from bots.accounts import BadCredentials
from bots.messages import NotGenuine
from bots.wechat_crypto import Envelope, signature

VECTORS = json.loads((Path(__file__).parent / "vectors" / "wechat.json").read_text())
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
APPID = "wxb11529c136998cb6"
ENVELOPE = Envelope("pamtest", KEY, APPID)


def named(vector: dict) -> str:
    return vector["id"]


def cipher(key: str) -> Cipher:
    """AES as the platform documents it, written down a second time."""
    aes_key = base64.b64decode(key + "=")
    return Cipher(algorithms.AES(aes_key), modes.CBC(aes_key[:16]))


def signed(framed: bytes) -> dict[str, str]:
    """A correctly signed envelope around any whole blocks."""
    encryptor = cipher(KEY).encryptor()
    encrypt = base64.b64encode(encryptor.update(framed) + encryptor.finalize()).decode()
    return sign(encrypt)


def sign(encrypt: str) -> dict[str, str]:
    return {
        "msg_signature": signature("pamtest", "1", "n", encrypt),
        "timestamp": "1",
        "nonce": "n",
        "encrypt": encrypt,
    }


@pytest.mark.parametrize("vector", VECTORS, ids=named)
def test_known_envelopes_open(vector):
    envelope = Envelope(vector["token"], vector["encoding_aes_key"], vector["receiveid"])
    plain = envelope.open(
        msg_signature=vector["msg_signature"],
        timestamp=vector["timestamp"],
        nonce=vector["nonce"],
        encrypt=vector["encrypt"],
    )
    assert plain.decode() == vector["plaintext"]


@pytest.mark.parametrize("vector", VECTORS, ids=named)
def test_known_envelopes_are_sealed_to_the_last_bit(vector):
    decryptor = cipher(vector["encoding_aes_key"]).decryptor()
    random16 = decryptor.update(base64.b64decode(vector["encrypt"]))[:16]
    envelope = Envelope(vector["token"], vector["encoding_aes_key"], vector["receiveid"])
    assert envelope.seal(
        vector["plaintext"].encode(),
        timestamp=vector["timestamp"],
        nonce=vector["nonce"],
        random16=random16,
    ) == (vector["encrypt"], vector["msg_signature"])


@given(plain=st.binary(max_size=300), nonce=st.text(max_size=20), token=st.text(min_size=1))
def test_what_is_sealed_opens_again(plain, nonce, token):
    envelope = Envelope(token, KEY, APPID)
    encrypt, msg_signature = envelope.seal(plain, timestamp="1700000000", nonce=nonce)
    assert plain == envelope.open(
        msg_signature=msg_signature, timestamp="1700000000", nonce=nonce, encrypt=encrypt
    )


def test_two_seals_of_one_text_differ():
    assert ENVELOPE.seal(b"x", timestamp="1", nonce="n") != ENVELOPE.seal(
        b"x", timestamp="1", nonce="n"
    )


@pytest.mark.parametrize("part", ["msg_signature", "timestamp", "nonce", "encrypt"])
@pytest.mark.parametrize("other", ["", "x", "签名", "\ud800"])
def test_a_signature_covers_every_part(part, other):
    encrypt, _ = ENVELOPE.seal(b"hello", timestamp="1", nonce="n")
    with pytest.raises(NotGenuine):
        ENVELOPE.open(**{**sign(encrypt), part: other})


@given(noise=st.text(max_size=200))
def test_signed_noise_is_not_genuine(noise):
    with pytest.raises(NotGenuine):
        ENVELOPE.open(**sign(noise))


@given(framed=st.binary(min_size=1, max_size=12).map(lambda some: (some * 96)[:96]))
def test_signed_blocks_without_our_appid_are_not_genuine(framed):
    with pytest.raises(NotGenuine):
        ENVELOPE.open(**signed(framed))


def framed(plain: bytes = b"hi", length: int | None = None, appid: str = APPID) -> bytes:
    size = len(plain) if length is None else length
    return b"r" * 16 + size.to_bytes(4, "big") + plain + appid.encode()


def padded(content: bytes) -> bytes:
    count = 32 - len(content) % 32
    return content + bytes([count]) * count


def test_the_frame_of_these_tests_is_the_platform_s():
    assert ENVELOPE.open(**signed(padded(framed()))) == b"hi"


@pytest.mark.parametrize(
    "blocks",
    [
        pytest.param(padded(framed())[:-1] + b"\x00", id="padding 0"),
        pytest.param(padded(framed())[:-1] + b"\x21", id="padding 33"),
        pytest.param(padded(framed())[:-2] + b"\x00" + padded(framed())[-1:], id="uneven padding"),
        pytest.param(b"\x10" * 16, id="nothing but padding"),
        pytest.param(padded(framed(length=2**32 - 1)), id="length beyond the end"),
        pytest.param(padded(framed(length=3)), id="length into the appid"),
        pytest.param(padded(framed(appid="wx-another")), id="another appid"),
        pytest.param(padded(framed(appid="")), id="no appid"),
    ],
)
def test_a_signed_but_wrong_frame_is_not_genuine(blocks):
    with pytest.raises(NotGenuine):
        ENVELOPE.open(**signed(blocks))


@pytest.mark.parametrize("key", ["", "short", KEY + "A", KEY[:-1] + "=", KEY[:-1] + "钥"])
def test_a_key_that_cannot_be_one_is_refused_at_once(key):
    with pytest.raises(BadCredentials) as refusal:
        Envelope("token", key, APPID)
    assert not key or key not in str(refusal.value)


@pytest.mark.parametrize(("token", "appid"), [("", APPID), ("token", "")])
def test_an_account_without_token_or_appid_hears_nothing(token, appid):
    with pytest.raises(BadCredentials):
        Envelope(token, KEY, appid)
