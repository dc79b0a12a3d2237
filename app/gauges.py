"""Gauges: what an alarm would be set on, read from the tables when somebody asks."""

from collections.abc import Iterable

import sqlalchemy as sa
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from app import inbox
from app.db import Database
from app.inbox import InboxEvent
from app.outbox import OutboxMessage, State

OPEN_STATES = (State.PLANNED, State.ATTEMPTING, State.UNKNOWN, State.FAILED)


class HouseGauges(Collector):
    """The backlog of the pipeline and what waits for an operator."""

    def __init__(self, database: Database):
        self._database = database

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Nothing ahead of time: registering must not read the database."""
        return ()

    def collect(self) -> Iterable[GaugeMetricFamily]:
        waiting = GaugeMetricFamily("siyu_inbox_waiting", "Events that nobody has handled yet")
        oldest = GaugeMetricFamily(
            "siyu_inbox_oldest_received_seconds", "When the oldest of them came, Unix time; 0: none"
        )
        quarantined = GaugeMetricFamily("siyu_inbox_quarantined", "Events that were set aside")
        messages = GaugeMetricFamily(
            "siyu_outbox_open", "Messages without a good end, by state", labels=["state"]
        )
        with self._database.reading() as session:
            count, first_at = session.execute(
                sa.select(sa.func.count(), sa.func.min(InboxEvent.received_at)).where(
                    inbox.is_waiting()
                )
            ).one()
            waiting.add_metric([], count)
            oldest.add_metric([], first_at.timestamp() if first_at else 0)
            aside = sa.select(sa.func.count()).where(InboxEvent.quarantined_at.is_not(None))
            quarantined.add_metric([], session.scalar(aside) or 0)
            for state in OPEN_STATES:
                # the state is written out, so that the partial indexes answer
                of_state = sa.select(sa.func.count()).where(
                    OutboxMessage.state == sa.literal_column(f"'{state}'")
                )
                messages.add_metric([state], session.scalar(of_state) or 0)
        return waiting, oldest, quarantined, messages
