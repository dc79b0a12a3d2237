"""Phrases: words in order, a few characters apart at most, in one sentence."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from tagging.notation import GAP_CHARACTERS
from tagging.passages import Passage

Span = tuple[int, int]


class Pieces:
    """The pieces of one phrase that stand in a text."""

    def __init__(self) -> None:
        self._at: defaultdict[int, list[Span]] = defaultdict(list)

    def add(self, place: int, start: int, end: int) -> None:
        self._at[place].append((start, end))

    def chains(self, pieces: int, passage: Passage) -> Iterator[tuple[Span, ...]]:
        """The pieces of every way to say the phrase, for each first piece the nearest."""
        if len(self._at) < pieces:
            return
        for first in sorted(self._at[0]):
            chain = self._go_on([first], pieces, passage)
            if chain is not None:
                yield tuple(chain)

    def _go_on(self, chain: list[Span], pieces: int, passage: Passage) -> list[Span] | None:
        if len(chain) == pieces:
            return chain
        for following in _behind(chain[-1][1], self._at[len(chain)]):
            if passage.sentence(following[0]) == passage.sentence(chain[0][0]):
                longer = self._go_on([*chain, following], pieces, passage)
                if longer is not None:
                    return longer
        return None


def _behind(end: int, spans: Iterable[Span]) -> list[Span]:
    return sorted(span for span in spans if end <= span[0] <= end + GAP_CHARACTERS)
