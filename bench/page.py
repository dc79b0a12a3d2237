"""docs/speed.md, written of what bench/results.json holds."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results.json"
PAGE = Path(__file__).parent.parent / "docs" / "speed.md"
PARTS: Mapping[str, str] = {
    "callbacks": "Callbacks",
    "events": "Events",
    "tagging": "Keywords 关键词",
    "broadcasts": "Broadcasts 群发",
    "plans": "Plans 计划",
    "rehearsals": "Rehearsals 预演",
    "segments": "Segments 人群",
    "sends": "Sends 发送",
    "figures": "RFM and the other figures",
    "ledger": "Points 积分",
}
LEGEND = """# Speed

Written by `make bench`, never by hand. Every figure stands beside another of the same run: a floor
(the least that any program would have to do), a peer, or the limit that we set ourselves (*at
most*, *wanted*, *at least*). The ratio is ours to theirs, so with times and memory less is better,
with rates more. `load` is how many programs wanted a core in the five minutes before, the
measuring itself included; above four or so, a figure tells more of the machine than of us.
"""


def text(results: Iterable[Mapping[str, Any]]) -> str:
    """The page, with a table for each part."""
    tables = [_table(part, list(rows)) for part, rows in groupby(results, lambda row: row["part"])]
    return "\n".join([LEGEND, *tables])


def _table(part: str, rows: Iterable[Mapping[str, Any]]) -> str:
    head = "| what | ours | against | theirs | ratio | load | on |\n|---|--:|---|--:|--:|--:|---|\n"
    return f"## {PARTS[part]}\n\n{head}" + "".join(map(_line, rows))


def _line(row: Mapping[str, Any]) -> str:
    ours, theirs = (f"{_short(row[name])} {row['unit']}" for name in ("ours", "theirs"))
    on, ratio = row["measured_at"][:10], f"{row['ratio']:.2f}"
    fields = (row["what"], ours, row["against"], theirs, ratio, str(row["load"]), on)
    return f"| {' | '.join(fields)} |\n"


def _short(number: float) -> str:
    return f"{number:,.0f}" if number >= 10 else f"{number:.2f}"
