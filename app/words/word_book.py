"""The keyword rules as this process knows them, built anew when operators change them.

A few hundred rules are built between two messages. Many are built beside, in a thread of their own:
messages go on by the rules known so far until the new ones stand ready, and then all at once.
"""

import threading

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.db import Database
from app.domain.insight import keywords
from app.handlers import word_rules
from app.handlers.word_rules import Words

BUILT_BETWEEN_MESSAGES = 500  # rules; they take a hundredth of a second
_log = structlog.get_logger(__name__)


class WordBook:
    def __init__(self, database: Database):
        self._database = database
        self._words: Words | None = None
        self._building: threading.Thread | None = None
        self._lock = threading.Lock()

    def words(self) -> Words:
        """The rules to go by now. One cheap look at the revision when nothing has changed."""
        known = self._words
        with self._database.reading() as session:
            if known is not None and known.revision == keywords.revision(session):
                return known
            if known is None or keywords.count_enabled(session) <= BUILT_BETWEEN_MESSAGES:
                self._words = word_rules.read(session)
                return self._words
        self._build_beside()
        return known

    def finish(self) -> None:
        """Waits for what is being built beside."""
        building = self._building
        if building is not None:
            building.join()

    def _build_beside(self) -> None:
        with self._lock:
            if self._building is None or not self._building.is_alive():
                self._building = threading.Thread(target=self._build, name="words", daemon=True)
                self._building.start()

    def _build(self) -> None:
        try:
            with self._database.reading() as session:
                self._words = word_rules.read(session)
        except SQLAlchemyError as error:
            _log.warning("rules not read, tried again with the next message", error=str(error))
