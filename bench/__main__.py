"""`make bench`: measures, prints the table, and writes bench/results.json."""

import json
from pathlib import Path

from bench import broadcasts, plans, rehearsals, sends
from bench.rows import ALL, Row

RESULTS = Path(__file__).parent / "results.json"


def main() -> None:
    rows: list[Row] = []
    print(f"{'what':50} {'ours':>10}  {'against':34} {'theirs':>10}  ratio")
    for measure in (*ALL, broadcasts.rows, plans.rows, rehearsals.rows, sends.rows):
        for row in measure():
            print(_line(row), flush=True)
            rows.append(row)
    table = [
        {
            "what": row.name,
            "unit": row.unit,
            "ours": round(row.ours, 2),
            "against": row.against,
            "theirs": round(row.theirs, 2),
            "ratio": round(row.ratio, 3),
        }
        for row in rows
    ]
    RESULTS.write_text(json.dumps(table, ensure_ascii=False, indent=1) + "\n")


def _line(row: Row) -> str:
    ours, theirs = (
        f"{value:.0f}" if value >= 10 else f"{value:.2f}" for value in (row.ours, row.theirs)
    )
    ours, theirs = ours + row.unit, theirs + row.unit
    return f"{row.name:50} {ours:>10}  {row.against:34} {theirs:>10}  {row.ratio:5.2f}"


if __name__ == "__main__":
    main()
