"""Replay: real chat through the real front door, signed and encrypted as WeChat would send it.

Every line has a message id of its own, made of the run's number and the line's, so a replay that
was cut off is resumed by naming its run: what was accepted before is known and has no second
effect. A server that is away is waited for; no line is skipped.
"""

import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import requests
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.insight.tags import MemberTag, Tag
from app.inbox import InboxEvent
from app.outbox import OutboxMessage
from bots.accounts import Account
from bots.wechat_crypto import Envelope

PATIENCE_S = 180  # how long a server may be away, and how long nothing may move
TIMEOUT_S = 10
CHUNK = 400
DONE_STATES = ("accepted", "delivered", "failed", "unknown", "suppressed")


class Refused(Exception):
    """The front door does not accept what we send: the text says how it answered."""


class NothingMoves(Exception):
    """What was accepted is not being handled: is a worker running?"""


@dataclass(frozen=True, slots=True)
class Line:
    number: int
    openid: str
    text: str


@dataclass(frozen=True, slots=True)
class Run:
    """One replay: ``number`` names it, ``url`` is the callback address."""

    number: int
    account: Account
    url: str

    def message_id(self, line: Line) -> str:
        return f"{self.number}{line.number:07d}"

    def key(self, line: Line) -> str:
        return f"{self.account.key}/message:{line.openid}:{self.message_id(line)}"


@dataclass(slots=True)
class Summary:
    """What came of a replay, read from the tables."""

    events: int = 0
    handled: int = 0
    quarantined: int = 0
    messages: Counter[str] = field(default_factory=Counter)
    tags: Counter[str] = field(default_factory=Counter)

    @property
    def is_complete(self) -> bool:
        settled = sum(self.messages[state] for state in DONE_STATES)
        return self.handled + self.quarantined == self.events and settled == self.messages.total()


def lines_of(texts: Sequence[str], members: int) -> list[Line]:
    """The lines in turn as chat of so many members; blank lines say nothing."""
    said = [text.strip() for text in texts if text.strip()]
    return [
        Line(number, f"oReplayMember{number % members:015d}", text)
        for number, text in enumerate(said, start=1)
    ]


def deliver(
    run: Run, lines: Sequence[Line], threads: int, on_accepted: Callable[[int], None]
) -> None:
    """Sends every line, several at a time, each member's in order. Raises Refused, and
    NothingMoves when the server stays away."""
    shares: list[list[Line]] = [[] for _ in range(threads)]
    for line in lines:
        shares[hash(line.openid) % threads].append(line)
    with ThreadPoolExecutor(threads) as pool:
        jobs = [pool.submit(_deliver_share, run, share, on_accepted) for share in shares]
        for job in jobs:
            job.result()


def _deliver_share(run: Run, lines: Sequence[Line], on_accepted: Callable[[int], None]) -> None:
    with requests.Session() as http:
        http.trust_env = False
        for line in lines:
            _deliver(http, run, line)
            on_accepted(1)


def _deliver(http: requests.Session, run: Run, line: Line) -> None:
    give_up_at_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up_at_s:
        query, body = _sealed(run, line)
        try:
            answer = http.post(run.url, params=query, data=body, timeout=TIMEOUT_S)
        except requests.RequestException:
            time.sleep(0.5)
            continue
        if answer.ok and answer.text == "success":
            return
        if answer.status_code < 500:
            raise Refused(f"line {line.number}: {answer.status_code} {answer.reason}")
        time.sleep(0.5)
    raise NothingMoves(f"{run.url} does not answer")


def _sealed(run: Run, line: Line) -> tuple[dict[str, str], bytes]:
    envelope = Envelope(run.account.token, run.account.encoding_aes_key, run.account.appid)
    timestamp, nonce = str(int(time.time())), secrets.token_hex(8)
    encrypt, signature = envelope.seal(_xml(run, line, timestamp), timestamp=timestamp, nonce=nonce)
    query = {
        "timestamp": timestamp,
        "nonce": nonce,
        "encrypt_type": "aes",
        "msg_signature": signature,
        "openid": line.openid,
    }
    body = f"<xml><ToUserName>{run.account.original_id}</ToUserName><Encrypt>{encrypt}</Encrypt>"
    return query, f"{body}</xml>".encode()


def _xml(run: Run, line: Line, timestamp: str) -> bytes:
    content = line.text.replace("]]>", "]]]]><![CDATA[>")
    return (
        f"<xml><ToUserName>{run.account.original_id}</ToUserName>"
        f"<FromUserName>{line.openid}</FromUserName><CreateTime>{timestamp}</CreateTime>"
        f"<MsgType>text</MsgType><Content><![CDATA[{content}]]></Content>"
        f"<MsgId>{run.message_id(line)}</MsgId></xml>"
    ).encode()


def follow(look: Callable[[], Summary], on_progress: Callable[[Summary], None]) -> Summary:
    """Looks until everything is handled and every reply has its outcome. Raises NothingMoves."""
    last, moved_at_s = Summary(), time.monotonic()
    while True:
        now = look()
        on_progress(now)
        if now.is_complete:
            return now
        if now != last:
            last, moved_at_s = now, time.monotonic()
        if time.monotonic() - moved_at_s > PATIENCE_S:
            raise NothingMoves("nothing has been handled for a while")
        time.sleep(0.3)


def summary(session: Session, keys: Sequence[str]) -> Summary:
    """What has come of these events so far."""
    found = Summary()
    for chunk in _chunks(keys):
        rows = session.execute(
            sa.select(InboxEvent.id, InboxEvent.handled_at, InboxEvent.quarantined_at).where(
                InboxEvent.key.in_(chunk)
            )
        ).all()
        found.events += len(rows)
        found.handled += sum(row.handled_at is not None for row in rows)
        found.quarantined += sum(row.quarantined_at is not None for row in rows)
        _add_effects(session, [row.id for row in rows], found)
    return found


def _add_effects(session: Session, event_ids: Sequence[int], found: Summary) -> None:
    count = sa.func.count()
    messages = session.execute(
        sa.select(OutboxMessage.state, count)
        .where(OutboxMessage.event_id.in_(event_ids), OutboxMessage.purpose == "reply")
        .group_by(OutboxMessage.state)
    )
    for state, number in messages:
        found.messages[state] += number
    tags = session.execute(
        sa.select(Tag.name, MemberTag.rule, count)
        .join(Tag, Tag.id == MemberTag.tag_id)
        .where(MemberTag.event_id.in_(event_ids))
        .group_by(Tag.name, MemberTag.rule)
    )
    for name, rule, number in tags:
        found.tags[f"{name} ({rule})"] += number


def _chunks(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(keys), CHUNK):
        yield keys[start : start + CHUNK]
