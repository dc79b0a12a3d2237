"""`make bench`: measures, prints the table, and writes bench/results.json and docs/speed.md.

``python -m bench plans sends`` measures these parts alone; what the others came to stays in the
file. With each row stands when it was measured, and how many others wanted a core meanwhile.
"""

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from bench import (
    broadcasts,
    figures,
    ledger,
    page,
    plans,
    rehearsals,
    rows,
    segments,
    sends,
    tagging,
)
from bench.rows import Row

PARTS: Mapping[str, Callable[[], Iterable[Row]]] = {
    "callbacks": rows.callbacks,
    "events": rows.events,
    "tagging": tagging.rows,
    "broadcasts": broadcasts.rows,
    "plans": plans.rows,
    "rehearsals": rehearsals.rows,
    "segments": segments.rows,
    "sends": sends.rows,
    "figures": figures.rows,
    "ledger": ledger.rows,
}


def main(*names: str) -> None:
    if unknown := set(names) - PARTS.keys():
        sys.exit(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    print(f"{'what':50} {'ours':>10}  {'against':34} {'theirs':>10}  ratio")
    for name in names or PARTS:
        measured = []
        for row in _measured(name):
            measured.append(row)
            _write(name, measured)


def _measured(part: str) -> Iterator[dict[str, Any]]:
    for row in PARTS[part]():
        print(_line(row), flush=True)
        yield {
            "part": part,
            "what": row.name,
            "unit": row.unit,
            "ours": round(row.ours, 2),
            "against": row.against,
            "theirs": round(row.theirs, 2),
            "ratio": round(row.ratio, 3),
            "measured_at": datetime.now(UTC).isoformat(timespec="minutes"),
            "load": round(os.getloadavg()[1], 1),  # of five minutes, this measuring included
        }


def _write(part: str, measured: list[dict[str, Any]]) -> None:
    """In the order of the parts, whenever each was measured."""
    known = json.loads(page.RESULTS.read_text()) if page.RESULTS.exists() else []
    kept = [row for row in known if row["part"] != part]
    table = sorted([*kept, *measured], key=lambda row: list(PARTS).index(row["part"]))
    page.RESULTS.write_text(json.dumps(table, ensure_ascii=False, indent=1) + "\n")
    page.PAGE.write_text(page.text(table))


def _line(row: Row) -> str:
    ours, theirs = (
        f"{value:.0f}" if value >= 10 else f"{value:.2f}" for value in (row.ours, row.theirs)
    )
    ours, theirs = ours + row.unit, theirs + row.unit
    return f"{row.name:50} {ours:>10}  {row.against:34} {theirs:>10}  {row.ratio:5.2f}"


if __name__ == "__main__":
    main(*sys.argv[1:])
