"""What wx.getUserInfo gives a mini-program on a member's phone, sealed and signed with her present
session_key (platform.md §3); here POST /sandbox/member-data hands it out."""

import base64
import hashlib
import json
import os
from datetime import datetime

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from bots.sandbox.accounts import Account

BLOCK_BYTES = 16


def sealed(
    account: Account, openid: str, name: str, session_key: str, now: datetime
) -> dict[str, str]:
    """rawData and its signature, encryptedData and its iv."""
    shown = {"nickName": name, "gender": 0, "language": "zh_CN", "avatarUrl": ""}
    raw = json.dumps(shown, ensure_ascii=False)
    stamp = {"timestamp": int(now.timestamp()), "appid": account.appid}
    whole = json.dumps({"openId": openid, **shown, "watermark": stamp}, ensure_ascii=False).encode()
    iv, size = os.urandom(BLOCK_BYTES), BLOCK_BYTES - len(whole) % BLOCK_BYTES
    cipher = Cipher(algorithms.AES(base64.b64decode(session_key)), modes.CBC(iv)).encryptor()
    encrypted = cipher.update(whole + bytes([size]) * size) + cipher.finalize()
    return {
        "rawData": raw,
        "signature": hashlib.sha1((raw + session_key).encode(), usedforsecurity=False).hexdigest(),
        "encryptedData": base64.b64encode(encrypted).decode(),
        "iv": base64.b64encode(iv).decode(),
    }
