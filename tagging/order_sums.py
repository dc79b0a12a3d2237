"""The sums of one member, from her orders; ``order_columns`` does the same for all at once."""

from collections.abc import Sequence

from tagging import life_cycle
from tagging.figures import Sums


def of(orders: Sequence[tuple[int, int]], known_day: int, seen_day: int | None) -> Sums:
    """From (day, fen net of what was paid back) of each order that counts, in order."""
    if not orders:
        return Sums(known_day=known_day, seen_day=seen_day)
    days = sorted({day for day, _ in orders})
    return Sums(
        len(orders),
        sum(fen for _, fen in orders),
        len(days),
        days[0],
        days[-1],
        sum(fen for day, fen in orders if day != days[0]),
        life_cycle.rhythm_days(days),
        known_day,
        seen_day,
    )
