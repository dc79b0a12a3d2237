"""What a corp's app and a smart bot are told: always encrypted, tried again only when the network
failed or took too long (pages 回调配置, 加解密方案说明)."""

import json
import secrets
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests

from bots.sandbox import crypto, deliveries, faults, markup, wiring
from bots.sandbox.accounts import SMART_BOT, Account
from bots.sandbox.deliveries import Attempt, BadAnswer, Delivery


def deliver(sandbox: wiring.Sandbox, account: Account, push: Mapping[str, Any]) -> Delivery:
    """One event to a corp's app. Its answer is kept as it is: nothing is replied to an event."""
    with sandbox.store.writing() as db:
        if faults.take(db, faults.callback_of(account.kind)):
            return Delivery(False, 0, "the callback was lost, on purpose")
    return deliveries.deliver(
        partial(_sealed_xml, sandbox, account, push),
        lambda answer: None,
        sandbox.pace,
        deliveries.AFTER_NETWORK_FAILURES,
    )


def deliver_json(
    sandbox: wiring.Sandbox, account: Account, push: Mapping[str, Any]
) -> tuple[Delivery, dict[str, Any] | None]:
    """One message to a smart bot, and the reply that was in its answer, opened."""
    with sandbox.store.writing() as db:
        if faults.take(db, faults.callback_of(account.kind)):
            return Delivery(False, 0, "the callback was lost, on purpose"), None
    delivery = deliveries.deliver(
        partial(_sealed_json, sandbox, account, push),
        partial(_opened_json, account),
        sandbox.pace,
        deliveries.AFTER_NETWORK_FAILURES,
    )
    return delivery, delivery.reply


def verify(sandbox: wiring.Sandbox, account: Account) -> bool:
    """What happens when a callback URL is entered: a GET with an encrypted echostr, which has to
    come back in plain, and nothing else with it. Raises requests.RequestException."""
    echo = str(secrets.randbelow(10**19))
    encrypt, query = _sealed(sandbox, account, echo.encode())
    with requests.Session() as http:
        http.trust_env = False
        address = _with(account.callback_url, {**query, "echostr": encrypt})
        response = http.get(address, timeout=sandbox.pace.answer_within_s)
    return response.status_code == 200 and response.content == echo.encode()


def _sealed_xml(sandbox: wiring.Sandbox, account: Account, push: Mapping[str, Any]) -> Attempt:
    encrypt, query = _sealed(sandbox, account, markup.written(push))
    agent_id = str(account.settings.get("agent_id", ""))
    outer = {"ToUserName": account.appid, "AgentID": agent_id, "Encrypt": encrypt}
    headers = {"Content-Type": "text/xml"}
    return Attempt(_with(account.callback_url, query), markup.written(outer), headers)


def _sealed_json(sandbox: wiring.Sandbox, account: Account, push: Mapping[str, Any]) -> Attempt:
    plain = json.dumps(push, ensure_ascii=False).encode()
    encrypt, query = _sealed(sandbox, account, plain)
    headers = {"Content-Type": "application/json"}
    body = json.dumps({"encrypt": encrypt}).encode()
    return Attempt(_with(account.callback_url, query), body, headers)


def _sealed(sandbox: wiring.Sandbox, account: Account, plain: bytes) -> tuple[str, dict[str, str]]:
    timestamp = str(int(sandbox.clock.real().timestamp()))
    nonce = str(secrets.randbelow(10**10))
    encrypt, signature = envelope(account).seal(plain, timestamp=timestamp, nonce=nonce)
    return encrypt, {"msg_signature": signature, "timestamp": timestamp, "nonce": nonce}


def envelope(account: Account) -> crypto.Envelope:
    """A smart bot's receive id is empty, an app's is its corpid."""
    receive_id = "" if account.kind == SMART_BOT else account.appid
    return crypto.Envelope(account.token, account.encoding_aes_key, receive_id)


def _opened_json(account: Account, answer: bytes) -> dict[str, Any] | None:
    """Raises BadAnswer."""
    if not answer or answer == b"success":
        return None
    try:
        outer = json.loads(answer)
        plain = envelope(account).open(
            msg_signature=str(outer["msgsignature"]),
            timestamp=str(outer["timestamp"]),
            nonce=str(outer["nonce"]),
            encrypt=str(outer["encrypt"]),
        )
        reply = json.loads(plain)
    except (ValueError, KeyError, TypeError, crypto.NotSealedForUs) as error:
        raise BadAnswer(f"not an encrypted reply: {type(error).__name__}: {error}") from error
    if not isinstance(reply, dict):
        raise BadAnswer("an encrypted reply that is not an object")
    return reply


def _with(url: str, query: Mapping[str, str]) -> str:
    return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(query)}"
