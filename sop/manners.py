"""Manners 打扰规则: how much of us a member has to bear, and when, as the operators wrote it.

    {"quiet": {"from": "22:00", "to": "08:00", "categories": ["marketing", "loyalty"],
               "then": "wait"},
     "caps": [{"category": "marketing", "period": "week", "most": 3}],
     "holdout_percent": 0, "agent_minutes": 30,
     "opt_out_words": ["退订"], "come_back_words": ["恢复"]}

``quiet`` may be null. A message that comes into the quiet hours waits for their end (``wait``) or
is not sent (``drop``). A cap whose category is empty is for every one.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sop import caps
from sop.caps import Cap
from sop.plans import CATEGORIES
from sop.reading import Problem, Reader
from sop.times import quiet_hours
from sop.times.quiet_hours import QuietHours

UNASKED = frozenset({"marketing", "loyalty"})  # what she can be without: the rest answers or serves
REPLY = "reply"
WAIT, DROP = "wait", "drop"
CAPS_MAX, CAP_MAX, WORDS_MAX, WORD_CHARS = 20, 1000, 30, 20
FIELDS = (
    *("quiet", "caps", "holdout_percent", "agent_minutes"),
    *("opt_out_words", "come_back_words"),
)
USUAL: Mapping[str, Any] = {
    "quiet": {"from": "22:00", "to": "08:00", "categories": ["marketing", "loyalty"], "then": WAIT},
    "caps": [
        {"category": "marketing", "period": "day", "most": 1},
        {"category": "marketing", "period": "week", "most": 3},
        {"category": "marketing", "period": "month", "most": 8},
    ],
    "holdout_percent": 0,
    "agent_minutes": 30,
    "opt_out_words": ["退订", "TD", "T", "取消订阅"],
    "come_back_words": ["订阅", "恢复", "恢复订阅"],
}


class BadManners(ValueError):
    """Manners that cannot be followed; ``problems`` says what is wrong where."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{one.path}: {one.en}" for one in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Quiet:
    hours: QuietHours
    categories: frozenset[str]
    then: str

    def until(self, category: str, now: datetime, zone: ZoneInfo) -> datetime | None:
        """Until when such a message is not wanted there; None when it may go now."""
        holds = category in self.categories
        return quiet_hours.ends_at(self.hours, now, zone) if holds else None


@dataclass(frozen=True, slots=True)
class Manners:
    quiet: Quiet | None
    caps: tuple[Cap, ...]
    holdout_percent: int
    agent_minutes: int
    opt_out_words: tuple[str, ...]  # plain, see below
    come_back_words: tuple[str, ...]

    def counts(self, category: str) -> bool:
        """Whether a message of this category is counted. Replies are where a cap is for them, or
        for every category; the rest is always, so that a new cap knows what has been."""
        return category != REPLY or any(cap.counts(category) for cap in self.caps)


def parse(definition: Any) -> Manners:
    """Raises BadManners with everything that is wrong."""
    reader = Reader()
    fields = reader.mapping("", definition, FIELDS)
    written: Mapping[str, Any] = dict.fromkeys(FIELDS) | dict(fields or {})
    quiet = _quiet(reader, written["quiet"])
    rows = reader.listed("caps", written["caps"], 0, CAPS_MAX)
    found = [_cap(reader, f"caps[{number}]", row) for number, row in enumerate(rows)]
    percent = reader.whole("holdout_percent", written["holdout_percent"], 0, 50)
    minutes = reader.whole("agent_minutes", written["agent_minutes"], 0, 24 * 60)
    stops = _words(reader, "opt_out_words", written["opt_out_words"])
    comes = _words(reader, "come_back_words", written["come_back_words"])
    for word in sorted({*stops} & {*comes}):
        reader.wrong("come_back_words", f"「{word}」也是退订的词", f"{word} means opting out")
    _tell_twins(reader, found)
    if reader.problems:
        raise BadManners(reader.problems)
    assert percent is not None
    assert minutes is not None
    each = tuple(cap for cap in found if cap is not None)
    return Manners(quiet, each, percent, minutes, stops, comes)


def plain(text: str) -> str:
    """A message as a command: any width and case, without blanks and marks around it."""
    return unicodedata.normalize("NFKC", text).strip(" \t\r\n。.!！~～,，、").casefold()


def _quiet(reader: Reader, written: Any) -> Quiet | None:
    if written is None:
        return None
    fields = reader.mapping("quiet", written, ("from", "to", "categories", "then"))
    if fields is None:
        return None
    clocks = {name: fields.get(name) for name in ("from", "to")}
    hours = reader.read("quiet", quiet_hours.parse, clocks)
    then = reader.choice("quiet.then", fields.get("then"), (WAIT, DROP))
    listed = reader.listed("quiet.categories", fields.get("categories"), 1, len(CATEGORIES))
    for number, category in enumerate(listed):
        reader.choice(f"quiet.categories[{number}]", category, CATEGORIES)
    if hours is None or then is None or reader.problems:
        return None
    return Quiet(hours, frozenset(listed), then)


def _cap(reader: Reader, path: str, row: Any) -> Cap | None:
    fields = reader.mapping(path, row, ("category", "period", "most"))
    if fields is None:
        return None
    named = (caps.EVERY, REPLY, *CATEGORIES)
    category = reader.choice(f"{path}.category", fields.get("category"), named)
    period = reader.choice(f"{path}.period", fields.get("period"), tuple(caps.DAYS))
    most = reader.whole(f"{path}.most", fields.get("most"), 1, CAP_MAX)
    if category is None or period is None or most is None:
        return None
    return Cap(category, period, most)


def _tell_twins(reader: Reader, found: list[Cap | None]) -> None:
    seen: set[tuple[str, str]] = set()
    for number, cap in enumerate(found):
        if cap is None:
            continue
        if (cap.category, cap.period) in seen:
            reader.wrong(f"caps[{number}]", "同一类别同一周期只能有一条", "is there already")
        seen.add((cap.category, cap.period))


def _words(reader: Reader, path: str, written: Any) -> tuple[str, ...]:
    words = []
    for number, word in enumerate(reader.listed(path, written, 1, WORDS_MAX)):
        reader.name(f"{path}[{number}]", word, WORD_CHARS)
        words += [plain(word)] if isinstance(word, str) and plain(word) else []
    return tuple(dict.fromkeys(words))
