"""Radar nights: views that are older than the house keeps them become sums of their day.

A thread of the scheduler does it beside the ticks, a batch a transaction, so that nobody waits for
it and a killed one loses nothing.
"""

from datetime import timedelta

import structlog
from sqlalchemy.exc import OperationalError

from app.clockwork import nights
from app.domain.insight import radar_sums
from app.wiring import Siyu

BATCHES = 40  # a look
_log = structlog.get_logger(__name__)


def look(siyu: Siyu) -> None:
    """After the night has begun: what it does not get done, the next look goes on with."""
    now = siyu.clock()
    if nights.begun_on(siyu.programme, now) is None:
        return
    before = now - timedelta(days=siyu.settings.radar_views_days)
    try:
        for _ in range(BATCHES):
            with siyu.database.writing() as session:
                if not radar_sums.add_up(session, siyu.programme.zone, before):
                    return
    except OperationalError as error:
        _log.warning("database trouble, the next look tries again", error=str(error.orig))
