"""Rules whose parts are said in several messages: which parts are fresh, and is the rule met?"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from tagging.rules import NONE_OF, WORDS
from tagging.terms import Terms


class PartSaid(NamedTuple):
    """A part of a rule, the message that said it last (by its place in the order of events), and
    when."""

    part: int
    message: int
    said_at: datetime


def is_met(terms: Terms, said: Iterable[PartSaid], oldest_message: int, now: datetime) -> bool:
    """Whether all parts were said within the terms' span and nothing that forbids it.
    ``oldest_message`` is the first of her last ``within_messages``."""
    since = now - timedelta(days=terms.within_days) if terms.within_days else None
    fresh = {
        part
        for part, message, said_at in said
        if (said_at > since if since is not None else message >= oldest_message)
    }
    wanted = {WORDS, *range(1, len(terms.all_of) + 1)}
    return wanted <= fresh and NONE_OF not in fresh
