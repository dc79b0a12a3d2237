"""Ways to spoil a platform's callback, so that it is genuine no more, whatever it says.

A mutator takes a genuine callback and the chance, and returns what is posted instead. Those under
``BROKEN`` always break the proof; those under ``HARMLESS`` may leave it whole, and then it is the
very callback that is known already.
"""

import base64
import gzip
import hashlib
import json
import random
import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tests.foreign_client import Delivery, OfficialAccount, as_xml

ODD_TEXTS = ("", "0", "-1", "1e9", "９９９", "\x00", "签", "a" * 5000, "%00", "'; --", "null", "[]")
ENTITIES = (
    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    b"<xml><Encrypt>&b;</Encrypt></xml>"
)
DEEP = 20_000
_EPOCH = datetime(2026, 11, 2, 4, tzinfo=UTC)


@dataclass(frozen=True)
class Posted:
    """One request as it goes over the wire."""

    query: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Genuine:
    """A callback of an account of ours, sealed by ``whose`` in XML or JSON (``form``)."""

    whose: OfficialAccount
    delivery: Delivery
    form: str

    @property
    def encrypt(self) -> str:
        if self.form == "json":
            wrapper = json.loads(self.delivery.body)
            return str(wrapper.get("Encrypt") or wrapper.get("encrypt"))
        return self.delivery.body.decode().split("<Encrypt><![CDATA[")[1].split("]]>")[0]

    def posted(self) -> Posted:
        return as_posted(self.delivery)

    def with_encrypt(self, encrypt: str) -> Posted:
        """The same with another ciphertext, not signed anew."""
        body = self.delivery.body.replace(self.encrypt.encode(), encrypt.encode())
        return as_posted(replace(self.delivery, body=body))

    def signed_anew(self, encrypt: str) -> Posted:
        """The same with another ciphertext and the signature to it: what hides inside must tell."""
        query = dict(self.delivery.query)
        parts = (self.whose.token, query["timestamp"], query["nonce"], encrypt)
        query["msg_signature"] = hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()
        body = self.delivery.body.replace(self.encrypt.encode(), encrypt.encode())
        return as_posted(Delivery(query, self.delivery.headers, body))

    def framed(self, whole: bytes) -> Posted:
        """Any bytes in the place of the padded frame, encrypted and signed as they should be."""
        key = base64.b64decode(self.whose.encoding_aes_key + "=")
        cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
        return self.signed_anew(base64.b64encode(cipher.update(whole)).decode())


Mutator = Callable[[Genuine, random.Random], Posted]


def as_posted(delivery: Delivery) -> Posted:
    return Posted(urlencode(delivery.query), delivery.headers, delivery.body)


def flip_a_bit(genuine: Genuine, chance: random.Random) -> Posted:
    sealed = bytearray(base64.b64decode(genuine.encrypt))
    sealed[chance.randrange(len(sealed))] ^= 1 << chance.randrange(8)
    return genuine.with_encrypt(base64.b64encode(sealed).decode())


def change_a_character(genuine: Genuine, chance: random.Random) -> Posted:
    text, at = genuine.encrypt, chance.randrange(len(genuine.encrypt))
    other = chance.choice([one for one in "AZaz09+/=-_ \n" if one != text[at]])
    return genuine.with_encrypt(text[:at] + other + text[at + 1 :])


def cut_the_base64(genuine: Genuine, chance: random.Random) -> Posted:
    return genuine.with_encrypt(genuine.encrypt[: -chance.randrange(1, len(genuine.encrypt))])


def cut_and_sign(genuine: Genuine, chance: random.Random) -> Posted:
    return genuine.signed_anew(genuine.encrypt[: -chance.randrange(1, len(genuine.encrypt))] or "=")


def dirty_base64_and_sign(genuine: Genuine, chance: random.Random) -> Posted:
    at = chance.randrange(1, len(genuine.encrypt) - 4)
    dirt = chance.choice(["-", "_", "=", "!", "%", "."])
    return genuine.signed_anew(genuine.encrypt[:at] + dirt + genuine.encrypt[at + 1 :])


def pad_wrongly(genuine: Genuine, chance: random.Random) -> Posted:
    content = _frame(genuine, b"<xml></xml>")
    size = 32 - len(content) % 32
    padding = chance.choice(
        [
            bytes([0]) * size,
            bytes([33]) * (size + 32),
            bytes([size - 1 or 2]) * size if size > 1 else bytes([7]),
            bytes([255]) * size,
            bytes([size + 1]) + bytes([size]) * (size - 1) if size > 1 else b"\x00",
        ]
    )
    whole = content + padding
    return genuine.framed(whole + bytes([33]) * (-len(whole) % 16))


def lie_about_the_length(genuine: Genuine, chance: random.Random) -> Posted:
    lie = chance.choice([12, 4096, 2**31, 2**32 - 1, 0, 10])
    return genuine.framed(_padded(_frame(genuine, b"<xml></xml>", length=lie)))


def name_another_receiver(genuine: Genuine, chance: random.Random) -> Posted:
    ours = genuine.whose.appid
    other = chance.choice(["wx0000000000000000", "x", ours + "\0", ours[:-1] + "!", " " + ours])
    return genuine.framed(_padded(_frame(genuine, b"<xml></xml>", receiver=other)))


def frame_noise(genuine: Genuine, chance: random.Random) -> Posted:
    return genuine.framed(chance.randbytes(16 * chance.randrange(1, 9)))


def replace_a_parameter(genuine: Genuine, chance: random.Random) -> Posted:
    name = chance.choice([one for one in genuine.delivery.query if one in _NEEDED])
    value = chance.choice([one for one in ODD_TEXTS if one != genuine.delivery.query[name]])
    return as_posted(replace(genuine.delivery, query={**genuine.delivery.query, name: value}))


def drop_a_parameter(genuine: Genuine, chance: random.Random) -> Posted:
    name = chance.choice([one for one in genuine.delivery.query if one in _NEEDED])
    kept = {one: value for one, value in genuine.delivery.query.items() if one != name}
    return as_posted(replace(genuine.delivery, query=kept))


def give_a_parameter_twice(genuine: Genuine, chance: random.Random) -> Posted:
    name, value = chance.choice(list(genuine.delivery.query.items()))
    again = f"{name}={quote(chance.choice([*ODD_TEXTS, value]))}"
    query = urlencode(genuine.delivery.query)
    query = f"{query}&{again}" if chance.random() < 0.5 else f"{again}&{query}"
    return replace(genuine.posted(), query=query)


def break_the_query(genuine: Genuine, chance: random.Random) -> Posted:
    query = chance.choice(["%ff%fe=%80", "&&&=", "timestamp", "a=b" * 9000, "%", "nonce[]=1", ""])
    return replace(genuine.posted(), query=query)


def post_something_else(genuine: Genuine, chance: random.Random) -> Posted:
    encrypt = json.dumps(genuine.encrypt).encode()
    body = chance.choice(
        [
            *(b"", b" ", b"null", b"[]", b"{}", b"0", b"\xff\xfe\x00<xml>", b"<xml>", b"\x00" * 64),
            *(b"NaN", b'"Encrypt"', b"<xml/>", b"<html></html>", b"\xef\xbb\xbf", b"{" * DEEP),
            *(ENTITIES, b"<xml>" * DEEP, b"[" * DEEP, b'{"a":' * DEEP + b"1" + b"}" * DEEP),
            b"<xml>" + b"<a/>" * 3000 + b"</xml>",
            b'{"Encrypt":' + encrypt + b',"Encrypt":' + encrypt + b"}",
            b'{"Encrypt":[' + encrypt + b"]}",
            b'{"Encrypt":{"a":' + encrypt + b"}}",
            *(b'{"Encrypt":1' + b"0" * 5000 + b"}", b'{"Encrypt":NaN}', b'{"Encrypt":null}'),
            *(b'[{"Encrypt":' + encrypt + b"}]", b'{"Encrypt":' + encrypt),
            b"<?xml version='1.0' encoding='utf-16'?><xml></xml>",
            b"<xml><Encrypt><![CDATA[" + genuine.encrypt.encode() + b"</Encrypt></xml>",
            as_xml({"Encrypt": genuine.encrypt}).replace(b"</xml>", b"<Encrypt>x</Encrypt></xml>"),
            as_xml({"encrypt ": "x"}),
            chance.randbytes(chance.randrange(1, 400)),
            b"x" * (64 * 1024 + 1),
            gzip.compress(genuine.delivery.body),
        ]
    )
    return replace(genuine.posted(), body=body)


def come_late(genuine: Genuine, chance: random.Random) -> Posted:
    """A recording, or a clock of its own: rightly sealed and signed for another moment."""
    query = dict(genuine.delivery.query)
    query["timestamp"] = str(int(query["timestamp"]) + chance.choice([-301, 301, -86_400, 10**9]))
    parts = (genuine.whose.token, query["timestamp"], query["nonce"])
    query["signature"] = hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()
    return Genuine(genuine.whose, replace(genuine.delivery, query=query), genuine.form).signed_anew(
        genuine.encrypt
    )


def say_it_plainly(genuine: Genuine, chance: random.Random) -> Posted:
    """As in plaintext mode, with the signature of the address, which covers no body."""
    plain = {name: genuine.delivery.query[name] for name in ("timestamp", "nonce")}
    parts = (genuine.whose.token, plain["timestamp"], plain["nonce"])
    plain["signature"] = hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()
    if chance.random() < 0.5:
        plain["encrypt_type"] = "raw"
    said = genuine.whose.text("oStranger", "送我积分", _EPOCH)
    return as_posted(Delivery(plain, {}, as_xml(said)))


def change_any_byte(genuine: Genuine, chance: random.Random) -> Posted:
    body = bytearray(genuine.delivery.body)
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(len(body))
        body[at : at + chance.randrange(2)] = chance.randbytes(chance.randrange(3))
    return replace(genuine.posted(), body=bytes(body))


def send_other_headers(genuine: Genuine, chance: random.Random) -> Posted:
    other = chance.choice(
        [
            {"Content-Type": "multipart/form-data"},
            {"Content-Type": "application/x-www-form-urlencoded; charset=utf-7"},
            {"Content-Type": "\x00"},
            {"Content-Encoding": "gzip"},
            {"Content-Length": "-1"},
            {"Content-Length": "abc"},
            {"Content-Length": str(len(genuine.delivery.body) + 1)},
            {"Content-Length": str(10**12)},
            {"Transfer-Encoding": "chunked"},
            {"Host": "evil.example:99999"},
            {"X-Forwarded-For": "a" * 9000},
        ]
    )
    return replace(genuine.posted(), headers={**genuine.delivery.headers, **other})


_NEEDED = ("timestamp", "nonce", "msg_signature", "encrypt_type")

BROKEN: tuple[Mutator, ...] = (
    *(flip_a_bit, change_a_character, cut_the_base64, cut_and_sign, dirty_base64_and_sign),
    *(pad_wrongly, lie_about_the_length, name_another_receiver, frame_noise, come_late),
    *(replace_a_parameter, drop_a_parameter, give_a_parameter_twice, break_the_query),
    *(post_something_else, say_it_plainly),
)
HARMLESS: tuple[Mutator, ...] = (change_any_byte, send_other_headers)


def _frame(genuine: Genuine, content: bytes, *, length: int = -1, receiver: str = "") -> bytes:
    said = len(content) if length < 0 else length
    whom = (receiver or genuine.whose.appid).encode()
    return bytes(16) + struct.pack(">I", said) + content + whom


def _padded(framed: bytes) -> bytes:
    size = 32 - len(framed) % 32
    return framed + bytes([size]) * size
