"""CDNOW's orders, published by Fader and Hardie (2001), where they are at hand."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data"
CALIBRATED_TO = date(1997, 9, 30)


def orders(name: str, customer: int) -> Iterator[tuple[int, date, int]]:
    """(customer, day, fen) of each line; ``customer`` is the column of the number."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"{path} is not here")  # which fails with CI=true, see no_skips
    for line in path.read_text().splitlines():
        parts = line.split()
        day, amount = parts[-3], parts[-1]
        fen = round(float(amount) * 100)
        yield int(parts[customer]), date(int(day[:4]), int(day[4:6]), int(day[6:])), fen


def sample() -> list[tuple[int, date, int]]:
    return list(orders("orders_cdnow_sample.txt", 1))


def everybody() -> list[tuple[int, date, int]]:
    return list(orders("orders_cdnow.txt", 0))
