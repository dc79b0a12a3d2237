"""Replenishment: when a product that somebody bought is about to be used up.

A product has its interval: what an operator has set, or else what its buyers do, the median of the
days between two orders of it by the same member. She is reminded when so many days of it have gone
by as the operator has set, or else two thirds: of ninety days, at sixty.
"""

from dataclasses import dataclass

INTERVALS_MIN = 20  # fewer of them teach no median
REMIND_AFTER = (2, 3)  # of the interval


@dataclass(frozen=True, slots=True)
class Interval:
    """Days; None is what nobody has set, or nothing has taught."""

    set_days: int | None
    learned_days: float | None
    remind_set_days: int | None = None

    @property
    def days(self) -> int | None:
        """How long the product lasts."""
        if self.set_days is not None:
            return self.set_days
        return None if self.learned_days is None else max(1, round(self.learned_days))

    @property
    def remind_after_days(self) -> int | None:
        """How many days after her order she is reminded; None when nobody knows how long the
        product lasts, and she is not."""
        if self.remind_set_days is not None:
            return self.remind_set_days
        share, whole = REMIND_AFTER
        return None if self.days is None else max(1, self.days * share // whole)
