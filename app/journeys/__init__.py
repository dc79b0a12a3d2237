"""Journeys 旅程: how members and groups go through plans. The clock moves them on (``running``),
and so does what happens to them (``hearing``); ``sop.journeys`` says where to. Who comes in by the
clock is in ``clock_triggers``."""

from app.journeys.running import run_due
from app.journeys.switching import start, stop

__all__ = ["run_due", "start", "stop"]
