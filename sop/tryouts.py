"""Tryouts 先试后发: the variants of a broadcast go to a share of its audience first, and what did
best there goes to the rest.

    {"percent": 20, "hours": 24, "happened": {"kind": "clicked"}, "decide": "certain"}

``hours`` after the last of the share has been told it is decided: ``certain`` takes the variant
that is certainly better than each other one and leaves it to an operator where there is none;
``best`` takes the one ahead then; ``by_hand`` always waits for an operator. She may decide at any
time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sop import experiments, happenings
from sop.experiments import Arm
from sop.happenings import Happening
from sop.reading import Reader, under

PERCENT_MAX = 90
HOURS_MAX = 14 * 24
CERTAIN, BEST, BY_HAND = "certain", "best", "by_hand"
DECISIONS = (CERTAIN, BEST, BY_HAND)
_FIELDS = ("percent", "hours", "happened", "decide")


@dataclass(frozen=True, slots=True)
class Tryout:
    """``percent`` of the audience are told first; ``what`` counts as success."""

    percent: int
    hours: int
    what: Happening
    decide: str


def read(reader: Reader, path: str, value: Any) -> Tryout | None:
    fields = reader.mapping(path, value, _FIELDS)
    if fields is None:
        return None
    percent = reader.whole(under(path, "percent"), fields.get("percent"), 1, PERCENT_MAX)
    hours = reader.whole(under(path, "hours"), fields.get("hours"), 1, HOURS_MAX)
    what = happenings.read(reader, under(path, "happened"), fields.get("happened"))
    decide = reader.choice(under(path, "decide"), fields.get("decide"), DECISIONS)
    if percent is None or hours is None or what is None or decide is None:
        return None
    return Tryout(percent, hours, what, decide)


def decided(tryout: Tryout, arms: Sequence[Arm]) -> str | None:
    """The name of the variant that goes to the rest when the hours are over; None leaves it to an
    operator. Of several that are equally far ahead the first is taken."""
    if tryout.decide == BY_HAND:
        return None
    winner = experiments.winner(arms)
    if winner is None and tryout.decide == BEST:
        winner = max(arms, key=lambda arm: arm.rate, default=None)
    return winner.name if winner else None
