"""What a rule would have done: it hears messages that were said, in order, and keeps count."""

from collections import defaultdict, deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from tagging import windows
from tagging.rules import WORDS, Hit, WordRule
from tagging.terms import Terms
from tagging.windows import PartSaid
from tagging.words import Tagger


class Said(NamedTuple):
    """A member's message, by its place in the order of all."""

    number: int
    member_id: int
    said_at: datetime
    text: str


class Trial:
    """``tagged`` says when each member would have been given the tag first."""

    def __init__(
        self, rule: WordRule, terms: Terms, synonyms: Mapping[str, tuple[str, ...]]
    ) -> None:
        self._tagger = Tagger([rule], synonyms)
        self._terms = terms
        self._parts: defaultdict[int, dict[int, PartSaid]] = defaultdict(dict)
        self._hits: defaultdict[int, deque[datetime]] = defaultdict(deque)
        self._last: defaultdict[int, deque[int]] = defaultdict(
            lambda: deque(maxlen=terms.within_messages)
        )
        self.tagged: dict[int, datetime] = {}

    def hear(self, said: Said) -> Hit | None:
        """Where the rule is met by this message, if it is."""
        if self._terms.within_messages > 1:
            self._last[said.member_id].append(said.number)
        reading = self._tagger.read(said.text)
        hit = self._completed(said, reading.parts) if reading.parts else None
        if reading.hits:
            hit = reading.hits[0]
        if hit is not None and self._is_often_enough(said):
            self.tagged.setdefault(said.member_id, said.said_at)
        return hit

    def _completed(self, said: Said, parts: list[Hit]) -> Hit | None:
        heard = self._parts[said.member_id]
        for part in parts:
            heard[part.part] = PartSaid(part.part, said.number, said.said_at)
        last = self._last[said.member_id]
        oldest = last[0] if len(last) == last.maxlen else 0
        if not windows.is_met(self._terms, heard.values(), oldest, said.said_at):
            return None
        heard.clear()
        return [part for part in parts if part.part >= WORDS][-1]

    def _is_often_enough(self, said: Said) -> bool:
        if self._terms.hits_needed == 1:
            return True
        hits = self._hits[said.member_id]
        hits.append(said.said_at)
        since = said.said_at - timedelta(days=self._terms.hits_days)
        while hits[0] <= since:
            hits.popleft()
        return len(hits) >= self._terms.hits_needed
