"""`make bench`: measures, prints the table, and writes bench/results.json."""

import json
from pathlib import Path

from bench import broadcasts, plans, rehearsals
from bench.rows import ALL, Row

RESULTS = Path(__file__).parent / "results.json"


def main() -> None:
    rows: list[Row] = []
    for measure in (*ALL, broadcasts.rows, plans.rows, rehearsals.rows):
        rows += measure()
    print(f"{'what':50} {'ours':>10}  {'against':34} {'theirs':>10}  ratio")
    for row in rows:
        print(
            f"{row.name:50} {row.ours:8.0f}{row.unit}  {row.against:34}"
            f" {row.theirs:8.0f}{row.unit}  {row.ratio:5.2f}"
        )
    table = [
        {
            "what": row.name,
            "unit": row.unit,
            "ours": round(row.ours, 1),
            "against": row.against,
            "theirs": round(row.theirs, 1),
            "ratio": round(row.ratio, 3),
        }
        for row in rows
    ]
    RESULTS.write_text(json.dumps(table, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
