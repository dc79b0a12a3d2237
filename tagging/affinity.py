"""Affinity: which products are bought together more often than chance would have it.

Of ``baskets`` orders, so many had the one product, the other, and both. *Support* is the share of
orders with both; *confidence* the share of those with the one that had the other too; *lift* how
many times more often than if the two had nothing to do with each other (Agrawal, Imielinski and
Swami, "Mining Association Rules", SIGMOD 1993; Brin et al., SIGMOD 1997, for lift).
"""

from dataclasses import dataclass

TOGETHER_MIN = 5  # two products that met fewer times met by chance


@dataclass(frozen=True, slots=True)
class Pair:
    """Counts of orders."""

    baskets: int
    first: int
    second: int
    together: int

    @property
    def support(self) -> float:
        return self.together / self.baskets

    @property
    def confidence(self) -> float:
        """Of the second, given the first."""
        return self.together / self.first

    @property
    def confidence_back(self) -> float:
        """Of the first, given the second."""
        return self.together / self.second

    @property
    def lift(self) -> float:
        return self.together * self.baskets / (self.first * self.second)
