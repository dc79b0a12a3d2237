"""Callbacks ready to be sent: signed, encrypted and written out as HTTP requests beforehand, so
that the client costs as little as possible while the server is measured."""

import secrets
import time
from urllib.parse import urlencode

from bots.accounts import Account
from bots.wechat_crypto import Envelope

MEMBERS = 200


def requests_for(account: Account, path: str, count: int) -> list[bytes]:
    """``count`` different text messages as raw HTTP requests to ``path``."""
    envelope = Envelope(account.token, account.encoding_aes_key, account.appid)
    start = secrets.randbits(40)
    return [_request(envelope, account, path, start + number) for number in range(count)]


def _request(envelope: Envelope, account: Account, path: str, number: int) -> bytes:
    timestamp, nonce = str(int(time.time())), secrets.token_hex(8)
    plain = (
        f"<xml><ToUserName>{account.original_id}</ToUserName>"
        f"<FromUserName>oBenchMember{number % MEMBERS:016d}</FromUserName>"
        f"<CreateTime>{timestamp}</CreateTime><MsgType>text</MsgType>"
        f"<Content><![CDATA[今天的活动什么时候结束呀]]></Content><MsgId>{number}</MsgId></xml>"
    )
    encrypt, signature = envelope.seal(plain.encode(), timestamp=timestamp, nonce=nonce)
    query = urlencode(
        {
            "timestamp": timestamp,
            "nonce": nonce,
            "encrypt_type": "aes",
            "msg_signature": signature,
        }
    )
    body = f"<xml><ToUserName>{account.original_id}</ToUserName><Encrypt>{encrypt}</Encrypt></xml>"
    head = f"POST {path}?{query} HTTP/1.1\r\nHost: bench\r\nContent-Length: {len(body)}\r\n\r\n"
    return (head + body).encode()
