"""What a keyword rule would have done to the last 30 days, reckoned from the inbox. A few thousand
messages are read while the operator waits; more in a thread beside, up to a bound."""

import heapq
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.db import Database
from app.domain.insight import keyword_previews, synonyms
from app.words import recent_chat
from tagging.rules import WordRule
from tagging.terms import Terms
from tagging.trials import Trial

DAYS = 30
EVENTS_MAX = 300_000  # the newest; a minute's work
WHILE_WAITING = 5_000  # events; a fraction of a second
SAMPLES = 20


def reckon(
    database: Database,
    preview_id: int,
    rule: WordRule,
    terms: Terms,
    zone: ZoneInfo,
    now: datetime,
) -> None:
    """Writes the outcome down, at once or, with much to read, a little later."""
    since = now - timedelta(days=DAYS)
    with database.reading() as session:
        trial = Trial(rule, terms, synonyms.book(session))
        events = recent_chat.count(session, since, EVENTS_MAX + 1)

    def work() -> None:
        outcome = _outcome(database, trial, since, zone)
        outcome["is_cut"] = events > EVENTS_MAX
        with database.writing() as session:
            keyword_previews.finish(session, preview_id, outcome, now)

    if events <= WHILE_WAITING:
        work()
    else:
        beside(work)


def beside(work: Callable[[], None]) -> None:
    threading.Thread(target=work, name="keyword-trial", daemon=True).start()


def _outcome(database: Database, trial: Trial, since: datetime, zone: ZoneInfo) -> dict[str, Any]:
    messages, members = 0, set()
    days: Counter[str] = Counter()
    samples: list[tuple[int, tuple[int, int, int, int, str]]] = []
    for said in recent_chat.said(database, since, EVENTS_MAX):
        messages += 1
        hit = trial.hear(said)
        if hit is None:
            continue
        members.add(said.member_id)
        days[said.said_at.astimezone(zone).date().isoformat()] += 1
        sample = (said.number, said.member_id, hit.start, hit.end, hit.word)
        _keep(samples, sample)
    return {
        "messages": messages,
        "hits": days.total(),
        "members": len(members),
        "tagged": len(trial.tagged),
        "days": dict(sorted(days.items())),
        "samples": [_as_mapping(sample) for _, sample in sorted(samples, reverse=True)],
    }


def _keep(
    samples: list[tuple[int, tuple[int, int, int, int, str]]],
    sample: tuple[int, int, int, int, str],
) -> None:
    """Some, spread by their numbers: not only those of one busy hour."""
    spread = sample[0] * 2_654_435_761 % 4_294_967_291
    heapq.heappush(samples, (-spread, sample))
    if len(samples) > SAMPLES:
        heapq.heappop(samples)


def _as_mapping(sample: tuple[int, int, int, int, str]) -> Mapping[str, Any]:
    names = ("event_id", "member_id", "begins", "ends", "word")
    return dict(zip(names, sample, strict=True))
