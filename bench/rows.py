"""The rows of the table: what is measured, against what, in the same run."""

import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from app import demo, inbox, lanes, worker
from app.domain.people import channels
from app.inbox import InboxEvent
from app.wiring import Siyu
from bench import house, load, sealed
from bots.accounts import Account
from bots.messages import Received

ROUNDS = 3
CALLBACKS = 1_500
EVENTS = 1_000


@dataclass(frozen=True, slots=True)
class Row:
    """``ratio`` is ours to ``against``; medians of the rounds, in ``unit``."""

    name: str
    unit: str
    ours: float
    against: str
    theirs: float

    @property
    def ratio(self) -> float:
        return self.ours / self.theirs


def callbacks() -> list[Row]:
    """Callbacks accepted, durably, against the floor and a bare view on the same server."""
    with house.furnished() as siyu:
        with siyu.database.reading() as session:
            channel = channels.by_key(session, "demo-oa")
        assert channel is not None
        account = siyu.account(channel)
        ours = {"SIYU_VAR": str(siyu.settings.var)}
        theirs = {
            "FLOOR_TOKEN": account.token,
            "FLOOR_APPID": account.appid,
            "FLOOR_AES_KEY": account.encoding_aes_key,
            "FLOOR_DB": str(siyu.settings.var / "floor.db"),
        }
        with (
            house.served("wsgi:app", ours) as our_port,
            house.served("bench.floor:app", theirs) as floor_port,
        ):
            rounds = [_callback_round(account, our_port, floor_port) for _ in range(ROUNDS)]
    siyu_rate, floor_rate, bare_rate = (_median(rates) for rates in zip(*rounds, strict=True))
    name = "callbacks accepted (committed before the answer)"
    return [
        Row(name, "/s", siyu_rate, "hand-written floor, same server", floor_rate),
        Row(name, "/s", siyu_rate, "bare view, same server", bare_rate),
    ]


def _callback_round(account: Account, our_port: int, floor_port: int) -> tuple[float, ...]:
    def rate(port: int, path: str) -> float:
        return load.rate(port, sealed.requests_for(account, path, CALLBACKS))

    return (
        rate(our_port, "/callback/demo-oa"),
        rate(floor_port, "/floor"),
        rate(floor_port, "/bare"),
    )


def events() -> list[Row]:
    """Events handled, tags and replies included, against moving as many bare rows through the
    same database: read, mark handled, one insert each, the same number to a transaction."""
    ours, theirs = [], []
    with house.furnished() as siyu:
        for number in range(ROUNDS):
            _receive(siyu, number)
            ours.append(_rate(EVENTS, lambda: _handle_all(siyu)))
            theirs.append(_rate(EVENTS, lambda: _move_bare_rows(siyu)))
    name = "events handled (tags, replies planned, marked)"
    return [Row(name, "/s", _median(ours), "bare rows moved, same database", _median(theirs))]


def _receive(siyu: Siyu, round_number: int) -> None:
    now, said = siyu.clock(), _lines()
    with siyu.database.writing() as session:
        for number in range(EVENTS):
            sender = f"oBench{number % 200}"
            fields = {"Content": said[number % len(said)], "MsgType": "text"}
            key = f"message:{sender}:{round_number}-{number}"
            inbox.receive(
                session, 1, "demo-oa", Received(key, "text", sender, now, None, fields), now
            )


def _handle_all(siyu: Siyu) -> None:
    handled = sum(worker.handle_lane(siyu, lane) for lane in range(lanes.LANES))
    assert handled == EVENTS, handled


def _move_bare_rows(siyu: Siyu) -> None:
    bare = sa.table("bare", sa.column("id"), sa.column("handled"))
    with siyu.database.writing() as session:
        session.execute(
            sa.text("CREATE TABLE IF NOT EXISTS bare (id INTEGER PRIMARY KEY, handled INT)")
        )
        session.execute(
            sa.text("CREATE TABLE IF NOT EXISTS said (id INTEGER PRIMARY KEY, text TEXT)")
        )
        session.execute(sa.delete(bare))
        session.execute(sa.insert(bare), [{"id": number, "handled": 0} for number in range(EVENTS)])
    for start in range(0, EVENTS, worker.BATCH):
        with siyu.database.writing() as session:
            for number in range(start, min(start + worker.BATCH, EVENTS)):
                session.execute(sa.select(InboxEvent.id).where(InboxEvent.id == number + 1))
                session.execute(sa.update(bare).where(bare.c.id == number).values(handled=1))
                session.execute(sa.text("INSERT INTO said (text) VALUES ('好的')"))


def _lines() -> list[str]:
    """Real chat where it is at hand, else sentences around the demo's words."""
    chat = Path(__file__).resolve().parents[2] / "shared" / "data" / "chat_shop.txt"
    if chat.exists():
        return [line for line in chat.read_text().splitlines() if line.strip()]
    rules = json.loads((Path(demo.__file__).parent / "tag_rules.json").read_text())["rules"]
    return [
        f"请问一下这个{word}的问题怎么办呀"
        for rule in rules
        for word in rule["words"]
        if word[0] not in "/*"
    ]


def _rate(count: int, work: Callable[[], object]) -> float:
    began_s = time.perf_counter()
    work()
    return count / (time.perf_counter() - began_s)


def _median(rates: Sequence[float]) -> float:
    return statistics.median(rates)
