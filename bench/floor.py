"""The floor: what one would write by hand to do no more than must be done.

``/floor`` verifies, decrypts, parses, inserts one row and commits, with the same durability;
``/bare`` does nothing at all. Both run on the same server with the same settings as the product.
"""

import base64
import hashlib
import hmac
import os
import sqlite3
import threading
from xml.etree import ElementTree

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from flask import Flask, Response, abort, request

app = Flask(__name__)
TOKEN, APPID = os.environ["FLOOR_TOKEN"], os.environ["FLOOR_APPID"]
KEY = base64.b64decode(os.environ["FLOOR_AES_KEY"] + "=")
_of_thread = threading.local()


@app.get("/healthz")
def healthz() -> str:
    return "ok"


@app.post("/bare")
def bare() -> Response:
    request.get_data()
    return Response("success")


@app.post("/floor")
def floor() -> Response:
    encrypt = ElementTree.fromstring(request.get_data()).findtext("Encrypt", "")
    query = request.args
    signed = "".join(sorted([TOKEN, query["timestamp"], query["nonce"], encrypt]))
    if not hmac.compare_digest(hashlib.sha1(signed.encode()).hexdigest(), query["msg_signature"]):
        abort(403)
    decryptor = Cipher(algorithms.AES(KEY), modes.CBC(KEY[:16])).decryptor()
    framed = decryptor.update(base64.b64decode(encrypt)) + decryptor.finalize()
    end = 20 + int.from_bytes(framed[16:20], "big")
    fields = {field.tag: field.text for field in ElementTree.fromstring(framed[20:end])}
    connection = _connection()
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(
        "INSERT INTO inbox (key, sender, content) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        (fields["MsgId"], fields["FromUserName"], fields["Content"]),
    )
    connection.execute("COMMIT")
    return Response("success")


def _connection() -> sqlite3.Connection:
    if not hasattr(_of_thread, "connection"):
        connection = sqlite3.connect(os.environ["FLOOR_DB"], isolation_level=None, timeout=20)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS inbox "
            "(id INTEGER PRIMARY KEY, key TEXT UNIQUE, sender TEXT, content TEXT)"
        )
        _of_thread.connection = connection
    connection: sqlite3.Connection = _of_thread.connection
    return connection
