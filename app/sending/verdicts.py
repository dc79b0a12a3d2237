"""Verdicts: what a check says of messages about to be sent. Who gets none may go.

Checks are asked about many messages at once and load what they need for all of them together, see
``eligibility.CHECKS``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.programme import Programme
from app.sending.due_messages import AnyMessage


@dataclass(frozen=True, slots=True)
class Suppress:
    """It must not go this way any more."""

    reason: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Not before then. ``its_like``: nor anything else in its lane that goes this way on this
    channel."""

    until: datetime
    reason: str
    its_like: bool = False


@dataclass(frozen=True, slots=True)
class Occasion:
    """When messages are judged, and in whose house."""

    programme: Programme
    now: datetime

    @property
    def zone(self) -> ZoneInfo:
        return self.programme.zone


Verdict = Suppress | Wait
Verdicts = Mapping[int, Verdict]  # by the message's id
Check = Callable[[Session, Sequence[AnyMessage], Occasion], Verdicts]
